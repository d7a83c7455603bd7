"""Minority holdings that should be left."""

from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.equity_participation_review import equity_participation_review
from schemas.load import form
from tests.jobs.marts.small import entries, gold, parameters, records, shown


def _made(spark: SparkSession, rows: list[dict[str, Any]]) -> DataFrame:
    first = {"unit_id": "A", "unit_name": "甲", "period": "2024Q4", "scope": "", "status": "正常", "cost": 100, "book": 90, "dividend": 0,
             "no_dividend_years": 0, "loss_years": 0, "exit_plan": "保留"}  # fmt: skip
    filed = [{**first, "target": f"X{i}", **row} for i, row in enumerate(rows, 1)]
    return equity_participation_review(
        records(spark, form("equity_participation"), filed), gold(spark, "enterprise_tree", []), entries(spark, []), parameters()
    )


def test_each_line_is_a_reason_to_leave_and_keeping_is_not_handling(spark: SparkSession) -> None:
    rows: list[dict[str, Any]] = [
        {"no_dividend_years": 4, "loss_years": 2}, {"no_dividend_years": 5}, {"loss_years": 3, "exit_plan": "拟退出"}, {"status": "清算"},
        {"no_dividend_years": 6, "loss_years": 6, "status": "吊销"}, {"status": "筹建"},
    ]  # fmt: skip
    assert shown(_made(spark, rows), "target", "should_exit", "exit_reasons", "unhandled") == {
        ("X1", False, "", False), ("X2", True, "长期未分红", True), ("X3", True, "长期亏损", False), ("X4", True, "非持续经营", True),
        ("X5", True, "长期未分红；长期亏损；非持续经营", True), ("X6", False, "", False),
    }  # fmt: skip


def test_before_the_rules_of_2023_nothing_has_to_be_left(spark: SparkSession) -> None:
    assert shown(_made(spark, [{"period": "2022Q4", "no_dividend_years": 9}]), "long_without_dividend", "exit_reasons") == {(None, "")}


def test_return_and_gain(spark: SparkSession) -> None:
    made = _made(spark, [{"dividend": 5}, {"cost": 0, "book": 0}])
    assert shown(made, "target", "dividend_yield", "gain", "unit_name") == {("X1", 0.05, -10.0, "甲"), ("X2", None, 0.0, "甲")}
    assert _made(spark, []).count() == 0
