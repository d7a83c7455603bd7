"""Duplicates borne out, or not, by the figures filed; and the burden they are to a unit."""

from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.inputs import Parameters
from jobs.marts.collection_burden import collection_burden
from jobs.marts.collection_duplicate import collection_duplicate
from schemas.column import Column
from tests.jobs.marts.small import entries, gold, records, shown, small_form

LAND = Column("land", "土地款", "amount", unit="元", owner="财务监管处")
MONTHS = tuple(f"2024-{n:02d}" for n in range(2, 8))
HEAD = ("unit_id", "period", "scope")


def forms(second: Column) -> dict[str, Any]:
    """`small` with a column of its own and a second form with another."""
    made = small_form()
    keep = tuple(c for c in made.columns if c.name in HEAD)
    two = replace(made, name="two", title="另表", columns=(*keep, second), items=())
    return {"small": replace(made, columns=(*made.columns, LAND)), "two": two}


def duplicates(spark: SparkSession, second: Column, left: list[int], right: list[int]) -> DataFrame:
    given = forms(second)
    parameters = Parameters(given, (), (), {}, {"small": MONTHS, "two": MONTHS})
    rows = {name: [{"unit_id": "A", "period": p, column: v} for p, v in zip(MONTHS, values, strict=False)]
            for name, column, values in (("small", "land", left), ("two", second.name, right))}  # fmt: skip
    frames = {name: records(spark, given[name], found) for name, found in rows.items()}
    return collection_duplicate(parameters, entries(spark, []), **frames)


def told(spark: SparkSession, second: Column, left: list[int], right: list[int]) -> set[tuple[Any, ...]]:
    columns = ("left_item", "right_item", "why", "compared", "equal_share", "correlation", "verdict")
    return shown(duplicates(spark, second, left, right), *columns)


def test_one_name_and_the_same_figures_are_a_duplicate(spark: SparkSession) -> None:
    assert told(spark, replace(LAND, name="soil"), [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]) == {("land", "soil", "同名", 5, 1.0, 1.0, "重复")}


def test_one_name_and_other_figures_are_a_definition_that_differs(spark: SparkSession) -> None:
    """x = 1…5, y = 2x + 1: never equal, wholly correlated."""
    assert told(spark, replace(LAND, name="soil"), [1, 2, 3, 4, 5], [3, 5, 7, 9, 11]) == {("land", "soil", "同名", 5, 0.0, 1.0, "同名异数")}


def test_a_name_that_is_only_alike_is_judged_by_its_figures(spark: SparkSession) -> None:
    """Letters 土地|地出|出让|让款 against 土地|地出|出让|让金: 6 / 8 = 0.75 is too little, with two more shared 10 / 12."""
    near = replace(LAND, name="near", label="土地款项支出合计")
    assert told(spark, near, [1], [1]) == set()
    first, second = replace(LAND, label="国有土地出让款"), replace(LAND, name="near", label="国有土地出让金")
    made = forms(second)
    made["small"] = replace(made["small"], columns=(*small_form().columns, first))
    parameters = Parameters(made, (), (), {}, {"small": MONTHS, "two": MONTHS})

    def verdict(left: list[int], right: list[int]) -> set[tuple[Any, ...]]:
        frames = {
            name: records(spark, made[name], [{"unit_id": "A", "period": p, c: v} for p, v in zip(MONTHS, values, strict=False)])
            for name, c, values in (("small", "land", left), ("two", "near", right))
        }
        found = collection_duplicate(parameters, entries(spark, []), **frames)
        return shown(found, "why", "likeness", "verdict")

    assert verdict([1, 2], [1, 2]) == {("名称相近", 0.8333, "疑似")}
    assert verdict([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]) == {("名称相近", 0.8333, "重复")}
    assert verdict([1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]) == {("名称相近", 0.8333, "不重复")}


def test_the_burden_of_a_year_is_what_was_asked_and_what_of_it_twice(spark: SparkSession) -> None:
    """small asks 2 flows × 4, 2 stocks × 3, land, and three codes of its head; two asks one item, which nobody owns."""
    given = forms(replace(LAND, name="soil", owner=""))
    parameters = Parameters(given, (), (), {}, {"small": MONTHS, "two": MONTHS})
    coverage = gold(spark, "submission_coverage", [
        {"form": "small", "unit_id": u, "period": p, "scope": "single", "expected": True, "received": False, "unit_name": f"{u}公司"}
        for u, p in (("A", "2024-02"), ("A", "2024-03"), ("B", "2024-03"))
    ])  # fmt: skip
    filed = entries(spark, [
        *({"form": "two", "unit_id": "A", "period": p} for p in ("2024-02", "2024-03")),
        {"form": "two", "unit_id": "C", "period": "2023-12"},
        {"form": "two", "unit_id": "D", "state": "returned", "period": "2024-02"},
    ])  # fmt: skip
    pair = {"left_source": "small", "left_item": "land", "right_source": "two", "right_item": "soil", "verdict": "重复"}
    other = {**pair, "left_item": "assets_closing", "verdict": "疑似"}
    made = collection_burden(coverage, gold(spark, "collection_duplicate", [pair, other]), filed, parameters)
    columns = ("unit_id", "period", "unit_name", "forms", "reports", "items", "figures", "items_twice", "figures_twice", "items_unowned")
    own = 2 * 4 + 2 * 3 + 1 + 3
    assert shown(made, *columns) == {
        ("A", "2024", "A公司", 2, 4, own + 1, 2 * own + 2, 2, 4, 1), ("B", "2024", "B公司", 1, 1, own, own, 0, 0, 0),
        ("C", "2023", None, 1, 1, 1, 1, 0, 0, 1),
    }  # fmt: skip
