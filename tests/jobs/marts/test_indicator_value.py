"""Formulas over figures, for units as reported and for everything above them as summed."""

from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.indicator_value import indicator_value
from schemas.load import indicators
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
