"""Formulas over figures, for units as reported and for everything above them as summed."""

from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.indicator_value import indicator_value
from schemas.load import indicators, measures
from tests.jobs.marts.small import gold, parameters, shown

_ALL = {"period": "2024-03", "form": "small", "scope": "single"}


def _figures(unit: str, scope: str = "single", **values: Any) -> list[dict[str, Any]]:
    made = []
    for field, value in values.items():
        item, _, measure = field.rpartition("_")
        made.append(
            {
                **_ALL,
                "unit_id": unit,
                "scope": scope,
                "field": field,
                "item": item,
                "measure": measure,
                "value": value,
            }
        )
    return made


def _made(
    spark: SparkSession,
    figures: list[dict[str, Any]],
    tree: dict[str, str],
    coverage: list[dict[str, Any]] | None = None,
) -> DataFrame:
    """`tree`: unit → ancestor, each unit also below itself; everything below jg:sasac."""
    rows = [
        {"unit_id": u, "ancestor_id": a}
        for u, above in tree.items()
        for a in {u, above, "jg:sasac"}
    ]
    placed = [
        {
            "period": "2024-03",
            "is_supervisor": r["ancestor_id"].startswith("jg:"),
            "ancestor_name": f"{r['ancestor_id']}名",
            **r,
        }
        for r in rows
    ]
    chosen = tuple(i for i in indicators() if i.id in ("total_profit", "debt_ratio"))
    return indicator_value(
        gold(spark, "statement", figures), gold(spark, "measure", []), gold(spark, "enterprise_tree", placed),
        gold(spark, "submission_coverage", [{**_ALL, "expected": True, "received": True, "late": False, "excluded": False,
                                             "maturity": "确定", **c} for c in coverage or []]),
        parameters("2024-03", indicators=chosen),
    )  # fmt: skip


def test_a_group_is_its_single_statements_and_their_differences_summed(spark: SparkSession) -> None:
    figures = [
        *_figures("A", assets_closing=100, liabilities_closing=50), *_figures("B", assets_closing=50, liabilities_closing=40),
        *_figures("A", "difference", assets_closing=-30, liabilities_closing=-30),
        *_figures("A", "consolidated", assets_closing=121, liabilities_closing=60),
    ]  # fmt: skip
    made = _made(spark, figures, {"A": "A", "B": "A"}).where("indicator_id = 'debt_ratio'")
    assert shown(made, "unit_id", "scope", "value") == {
        ("A", "single", 0.5), ("B", "single", 0.8), ("A", "consolidated", 0.49586777), ("A", "aggregate", 0.5),
        ("jg:sasac", "aggregate", 0.5),
    }  # fmt: skip


def test_a_missing_figure_or_an_empty_denominator_gives_no_value(spark: SparkSession) -> None:
    figures = [
        *_figures("A", assets_closing=0, liabilities_closing=5),
        *_figures("B", liabilities_closing=5),
    ]
    made = _made(spark, figures, {"A": "A", "B": "B"}).where("indicator_id = 'debt_ratio'")
    assert shown(made, "unit_id", "scope", "value") == {
        ("A", "single", None), ("B", "single", None), ("jg:sasac", "aggregate", None),
    }  # fmt: skip


def test_a_sum_says_whose_statements_it_holds(spark: SparkSession) -> None:
    coverage = [
        {"unit_id": "A"}, {"unit_id": "B", "received": False, "maturity": "迟报"},
        {"unit_id": "C", "expected": False, "received": False, "excluded": True, "maturity": "免报"},
    ]  # fmt: skip
    made = _made(spark, _figures("A", total_profit_ytd=7), {"A": "A", "B": "A", "C": "A"}, coverage)
    chosen = made.where("indicator_id = 'total_profit' AND unit_id = 'A'")
    assert shown(chosen, "scope", "value", "expected", "received", "excluded", "maturity", "unit_name") == {
        ("single", 7.0, 1, 1, 0, "确定", None), ("aggregate", 7.0, 2, 1, 1, "迟报", "A名"),
    }  # fmt: skip


def test_public_companies_have_no_indicators(spark: SparkSession) -> None:
    figures = [
        {**f, "form": "listed_profile", "label": "公开披露样例"}
        for f in _figures("sse:1", total_profit_ytd=7)
    ]
    assert _made(spark, figures, {}).count() == 0


def _grown(
    spark: SparkSession, trees: dict[str, dict[str, str]], profits: dict[str, dict[str, Any]], *chosen: str
) -> set[tuple[Any, ...]]:
    """(unit, scope, value, comparable value, comparable previous, growth) for 2024-03. `trees`: period → unit → group; below jg:sasac."""
    tree = [
        {"period": p, "unit_id": u, "ancestor_id": a, "is_supervisor": a == "jg:sasac", "ancestor_name": a}
        for p, units in trees.items() for u, group in units.items() for a in {u, group, "jg:sasac"}
    ]  # fmt: skip
    figures = [
        {"form": "small", "scope": "single", "period": p, "unit_id": u, "field": "total_profit_ytd", "value": v}
        for p, units in profits.items() for u, v in units.items()
    ]  # fmt: skip
    made = indicator_value(
        gold(spark, "statement", figures), gold(spark, "measure", []), gold(spark, "enterprise_tree", tree),
        gold(spark, "submission_coverage", []),
        parameters("2023-03", "2024-03", indicators=tuple(i for i in indicators() if i.id == "total_profit")),
    )  # fmt: skip
    columns = ("unit_id", "scope", "value", "comparable_value", "comparable_previous", "comparable_growth")
    return {row for row in shown(made.where("period = '2024-03'"), *columns) if row[0] in chosen}


def test_growth_is_over_the_units_that_are_there_in_both_periods(spark: SparkSession) -> None:
    """C was founded since, B moved from G to H: neither counts for the groups, B counts for the city."""
    trees = {"2023-03": {"A": "G", "B": "G", "G": "G"}, "2024-03": {"A": "G", "B": "H", "C": "G", "G": "G", "H": "H"}}
    profits = {"2023-03": {"A": 10, "B": 40}, "2024-03": {"A": 15, "B": 50, "C": 7}}
    assert _grown(spark, trees, profits, "A", "C", "G", "H", "jg:sasac") == {
        ("A", "single", 15.0, 15.0, 10.0, 0.5), ("C", "single", 7.0, None, None, None),
        ("G", "aggregate", 22.0, 15.0, 10.0, 0.5), ("H", "aggregate", 50.0, None, None, None),
        ("jg:sasac", "aggregate", 72.0, 65.0, 50.0, 0.3),
    }  # fmt: skip


def test_a_base_of_zero_or_less_has_no_growth(spark: SparkSession) -> None:
    trees = {p: {"A": "A", "B": "B"} for p in ("2023-03", "2024-03")}
    profits = {"2023-03": {"A": -10, "B": 0}, "2024-03": {"A": 15, "B": 5}}
    assert _grown(spark, trees, profits, "A", "B") == {
        ("A", "single", 15.0, 15.0, -10.0, None), ("B", "single", 5.0, 5.0, 0.0, None),
    }  # fmt: skip


def test_a_measure_is_added_over_the_tree_and_a_quarter_takes_its_last_month(spark: SparkSession) -> None:
    """Single statements are counted; of the group's consolidated one nothing is measured."""
    tree = [{"period": "2024-03", "unit_id": u, "ancestor_id": a, "is_supervisor": False, "ancestor_name": a}
            for u, a in (("A", "A"), ("B", "B"), ("A", "G"), ("B", "G"), ("G", "G"))]  # fmt: skip
    place = {"form": "small", "period": "2024-03", "field": "assets_closing"}
    figures = [{**place, "unit_id": "A", "scope": "single", "value": 60}, {**place, "unit_id": "B", "scope": "single", "value": 20},
               {**place, "unit_id": "G", "scope": "consolidated", "value": 70}]  # fmt: skip
    assets = {"measure_id": "overseas_assets", "period": "2024Q1", "scope": "single"}
    told = [{**assets, "unit_id": u, "value": v} for u, v in (("A", 6), ("B", 2))]
    given = parameters("2024-03", indicators=tuple(i for i in indicators() if i.id == "overseas_asset_share"))
    given = replace(given, measures=measures(), periods={**given.periods, "overseas_asset": ("2024Q1",)})
    made = indicator_value(gold(spark, "statement", figures), gold(spark, "measure", told), gold(spark, "enterprise_tree", tree),
                           gold(spark, "submission_coverage", []), given)  # fmt: skip
    assert shown(made, "unit_id", "period", "scope", "value") == {
        ("A", "2024Q1", "single", 0.1), ("B", "2024Q1", "single", 0.1), ("G", "2024Q1", "aggregate", 0.1),
    }  # fmt: skip
