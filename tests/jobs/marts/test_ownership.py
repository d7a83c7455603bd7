"""Who holds whom at a month's end, by the registry's lines."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.ownership import ownership
from schemas.codes import code_list
from schemas.load import form
from tests.jobs.marts.small import parameters, records, shown

START = date(2020, 1, 1)


def _owned(spark: SparkSession, heads: list[dict[str, Any]], lines: list[tuple[Any, ...]], *months: str) -> DataFrame:
    """`lines`: unit, owner (a name where it has a space), share, and the day if not 2020-01-01."""
    registry = records(spark, form("enterprise_registry"), [
        {"supervisor": "sasac", "valid_from": START, "unit_name": f"{h['unit_id']}公司", "is_controlled": True, **h} for h in heads
    ])  # fmt: skip
    rows = [
        {"unit_id": unit, "owner_id": None if " " in owner else owner, "owner_name": owner, "share": share, "line_no": n,
         "valid_from": day[0] if day else START}
        for n, (unit, owner, share, *day) in enumerate(lines)
    ]  # fmt: skip
    given = parameters(*(months or ("2024-03",)))
    given.codes["ownership_method"] = code_list("ownership_method")  # type: ignore[index]  # a plain dict in tests
    return ownership(registry, records(spark, form("enterprise_registry_line"), rows), given)


def test_direct_and_indirect_shares_stand_beside_each_other_with_the_chain(spark: SparkSession) -> None:
    heads = [{"unit_id": u} for u in "ABC"]
    made = _owned(spark, heads, [("A", "市 国资", "1"), ("B", "A", "0.6"), ("C", "B", "0.7"), ("C", "A", "0.1")])
    columns = ("unit_id", "direct_share", "share_by_product", "share_by_control", "effective_share", "controls", "chain", "steps")
    assert shown(made.where("owner_id = 'A'"), *columns) == {
        ("B", 0.6, 0.6, 0.6, 0.6, True, "A/B", 1), ("C", 0.1, 0.52, 0.8, 0.8, True, "A/B/C", 2),
    }  # fmt: skip
    assert shown(made.where("owner_id = '市 国资' AND unit_id = 'C'"), "owner_name", "unit_name", "share_by_product", "chain") == {
        ("市 国资", "C公司", 0.52, "市 国资/A/B/C")
    }


def test_a_unit_that_moved_in_mid_year_is_held_by_its_new_owner_from_that_months_end(spark: SparkSession) -> None:
    moved = date(2024, 7, 1)
    heads = [{"unit_id": "A"}, {"unit_id": "B"}, {"unit_id": "C", "valid_to": moved}, {"unit_id": "C", "valid_from": moved}]
    made = _owned(spark, heads, [("C", "A", "1"), ("C", "B", "1", moved)], "2024-06", "2024-07")
    assert shown(made, "period", "owner_id", "unit_id") == {("2024-06", "A", "C"), ("2024-07", "B", "C")}


def test_a_unit_that_ended_is_held_by_nobody(spark: SparkSession) -> None:
    made = _owned(spark, [{"unit_id": "A"}, {"unit_id": "B", "valid_to": date(2024, 3, 31)}], [("A", "X", "1"), ("B", "A", "1")])
    assert shown(made, "owner_id", "unit_id") == {("X", "A")}


def test_units_that_hold_each_other_are_marked_and_solved(spark: SparkSession) -> None:
    lines = [("B", "A", "0.8"), ("B", "C", "0.2"), ("C", "A", "0.9"), ("C", "B", "0.1")]
    made = _owned(spark, [{"unit_id": u} for u in "ABC"], lines)
    assert shown(made.where("owner_id = 'A'"), "unit_id", "share_by_product", "share_by_control", "in_cycle") == {
        ("B", 1.0, 1.0, True), ("C", 1.0, 1.0, True),
    }  # fmt: skip


def test_of_fifty_fifty_the_one_the_registry_names_controls(spark: SparkSession) -> None:
    heads = [{"unit_id": "A"}, {"unit_id": "B"}, {"unit_id": "C", "ownership_parent": "B"}]
    made = _owned(spark, heads, [("C", "A", "0.5"), ("C", "B", "0.5")])
    assert shown(made, "owner_id", "controls") == {("A", False), ("B", True)}


def test_a_share_that_no_system_gives_is_empty_and_thirds_are_rounded_half_up(spark: SparkSession) -> None:
    lines = [("B", "A", "0.01"), ("B", "C", "1"), ("C", "B", "1"), ("D", "A", "0.66666667"), ("E", "D", "0.5")]
    made = _owned(spark, [{"unit_id": u} for u in "ABCDE"], lines).where("owner_id = 'A'")
    assert shown(made.where("unit_id IN ('B', 'E')"), "unit_id", "share_by_product") == {("B", None), ("E", 0.33333334)}
