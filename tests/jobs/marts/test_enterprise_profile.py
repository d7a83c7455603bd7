"""The profile of a unit in a month."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.enterprise_profile import enterprise_profile
from schemas.load import form
from tests.jobs.marts.small import gold, parameters, records, shown

Rows = list[dict[str, Any]]
P = "2024-03"


def _made(spark: SparkSession, **given: Rows) -> DataFrame:
    """G heads A; B is of the same class, Z of another."""
    ways = {"G": ["G"], "A": ["A", "G"], "B": ["B"], "Z": ["Z"]}
    tree = [
        {"period": P, "unit_id": u, "ancestor_id": a, "depth": d, "is_supervisor": False, "unit_name": f"{u}公司", "supervisor": "sasac",
         "function_class": "公益类" if u == "Z" else "商业一类", "valid_from": date(2020, 1, 1)}
        for u, way in ways.items() for d, a in enumerate(way)
    ]  # fmt: skip
    sized = [{"unit_id": "A", "valid_from": date(2020, 1, 1), "size_class": "中型", "management_level": 2}]
    figures = [{"period": P, "scope": "single", **row} for row in given.get("indicator_value", [])]
    names = ("statement", "warning", "relation_finding", "submission_coverage", "performance_score")
    marts = {n: gold(spark, n, given.get(n, [])) for n in names}
    return enterprise_profile(
        enterprise_tree=gold(spark, "enterprise_tree", tree), enterprise_registry=records(spark, form("enterprise_registry"), sized),
        indicator_value=gold(spark, "indicator_value", figures), parameters=parameters(P), **marts,
    )  # fmt: skip


def test_every_unit_has_its_row_with_what_is_known_of_it(spark: SparkSession) -> None:
    made = _made(spark).cache()
    assert shown(made, "unit_id", "unit_name", "top_unit", "units_below", "size_class", "scope", "red", "peers") == {
        ("G", "G公司", "G", 1, None, "single", 0, 0), ("A", "A公司", "G", 0, "中型", "single", 0, 0),
        ("B", "B公司", "B", 0, None, "single", 0, 0), ("Z", "Z公司", "Z", 0, None, "single", 0, 0),
    }  # fmt: skip


def test_figures_are_consolidated_where_there_are_and_ranked_within_the_class_by_direction(spark: SparkSession) -> None:
    profit = [
        {"unit_id": "G", "indicator_id": "total_profit", "value": 1},
        {"unit_id": "G", "indicator_id": "total_profit", "value": 9, "scope": "consolidated"},
        {"unit_id": "A", "indicator_id": "total_profit", "value": 5}, {"unit_id": "Z", "indicator_id": "total_profit", "value": 99},
        {"unit_id": "A", "indicator_id": "debt_ratio", "value": "0.4"}, {"unit_id": "B", "indicator_id": "debt_ratio", "value": "0.7"},
    ]  # fmt: skip
    head = {"form": "small", "unit_id": "G", "period": P, "field": "assets_closing"}
    assets = [{**head, "scope": s, "value": v} for s, v in (("single", 2), ("consolidated", 30))]
    made = _made(spark, indicator_value=profit, statement=assets)
    assert shown(made, "unit_id", "scope", "total_profit", "total_profit_rank", "debt_ratio_rank", "assets", "peers") == {
        ("G", "consolidated", 9.0, 1, None, 30.0, 2), ("A", "single", 5.0, 2, 1, None, 2), ("B", "single", None, None, 2, None, 2),
        ("Z", "single", 99.0, 1, None, None, 1),
    }  # fmt: skip


def test_warnings_questions_and_coverage_are_counted_beside_it(spark: SparkSession) -> None:
    warned = [{"unit_id": "A", "period": p, "level": level} for p, level in ((P, "红"), (f"{P}-05", "红"), (P, "黄"), ("2024-02", "红"))]
    asked = [{"unit_id": "A", "period": P, "severity": s} for s in ("query", "query", "notice")]
    came = [{"form": "small", "unit_id": "A", "period": P, "scope": "single", "expected": True, "received": True, "late": True,
             "excluded": False, "maturity": "暂定"}]  # fmt: skip
    made = _made(spark, warning=warned, relation_finding=asked, submission_coverage=came).where("unit_id = 'A'")
    figures = ("red", "yellow", "blue", "questions", "expected", "late", "maturity")
    assert shown(made, *figures) == {(2, 1, 0, 2, 1, 1, "暂定")}


def test_the_last_score_of_a_year_that_had_ended(spark: SparkSession) -> None:
    totals = (("2022", "single", 60, "C"), ("2023", "single", 80, "B"), ("2023", "consolidated", 90, "A"), ("2024", "single", 1, "E"))
    scored = [{"unit_id": "A", "period": p, "scope": s, "kind": "total", "score": v, "grade": g} for p, s, v, g in totals]
    made = _made(spark, performance_score=scored).where("unit_id = 'A'")
    assert shown(made, "scored_period", "performance_score", "performance_grade") == {("2023", 90.0, "A")}
