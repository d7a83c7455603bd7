"""使用考核: from the base to full marks, and what must not divide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.office_assessment import office_assessment
from schemas.codes import Code
from tests.jobs.marts.small import gold, parameters, shown


def _made(spark: SparkSession, *rows: dict[str, Any], satisfactory: str = "", unacceptable: str = "") -> DataFrame:
    """Only the side `login` differs; its line: base 3, full 5."""
    extra = {"base": "3", "full": "5", "weight": "1", "satisfactory": satisfactory, "unacceptable": unacceptable}
    lines = tuple(Code(side, side, date(2023, 1, 1), None, extra) for side in ("login", "collect", "manage", "share"))
    given = parameters()
    used = [{"office": f"处{i}", "period": "2024-03", "has_module": True, **row} for i, row in enumerate(rows, 1)]
    return office_assessment(gold(spark, "office_usage", used), replace(given, codes={**given.codes, "usage_dimension": lines}))


def _login(made: DataFrame) -> set[tuple[Any, ...]]:
    return shown(made.where("dimension = 'login'"), "office", "score", "full_by_rule")


def test_the_score_lies_between_base_and_full_by_the_share_of_the_range(spark: SparkSession) -> None:
    made = _made(spark, {"raw_login": 2}, {"raw_login": 12}, {"raw_login": 7})
    assert _login(made) == {("处1", 3.0, False), ("处2", 5.0, False), ("处3", 4.0, False)}
    assert shown(made.where("dimension = 'login'"), "worst", "best") == {(2.0, 12.0)}


def test_all_equal_does_not_divide(spark: SparkSession) -> None:
    assert _login(_made(spark, {"raw_login": 7}, {"raw_login": 7})) == {("处1", 5.0, False), ("处2", 5.0, False)}
    assert _login(_made(spark, {"raw_login": 0}, {"raw_login": 0})) == {("处1", 3.0, False), ("处2", 3.0, False)}


def test_an_office_without_module_or_business_has_full_marks_and_is_no_measure_for_others(spark: SparkSession) -> None:
    made = _made(spark, {"raw_login": 99, "has_module": False}, {"raw_login": 4}, {"raw_login": 6}, {})
    assert _login(made) == {("处1", 5.0, True), ("处2", 3.0, False), ("处3", 5.0, False), ("处4", 5.0, True)}


def test_declared_values_take_the_place_of_best_and_worst_within_the_bounds(spark: SparkSession) -> None:
    made = _made(spark, {"raw_login": 0}, {"raw_login": 10}, {"raw_login": 30}, satisfactory="20", unacceptable="5")
    assert _login(made) == {("处1", 3.0, False), ("处2", 3.666667, False), ("处3", 5.0, False)}


def test_the_total_is_the_mean_of_the_sides(spark: SparkSession) -> None:
    """Login 3, the other sides without business 5: (3 + 5 + 5 + 5) / 4."""
    made = _made(spark, {"raw_login": 1}, {"raw_login": 2}).where("dimension = 'total' AND office = '处1'")
    assert shown(made, "score", "full", "full_by_rule", "title") == {(4.5, 5.0, False, "合计")}
    assert _made(spark).count() == 0
