"""Clues of unlawful operation and investment."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.accountability import accountability
from schemas.load import form
from tests.jobs.marts.small import entries, gold, parameters, records, shown

TODAY = date(2024, 6, 30)
_DAY = date(2024, 3, 1)
Rows = list[dict[str, Any]]


def _made(spark: SparkSession, cases: Rows, lines: Rows | None = None) -> DataFrame:
    first = {"unit_id": "A", "period": "2024-03-01", "received_on": _DAY, "scope": "", "stage": "初核", "loss_class": None}
    tree = {"period": "2024-03", "unit_id": "A", "ancestor_id": "A", "depth": 0,
            "is_supervisor": False, "unit_name": "甲", "supervisor": "sasac"}  # fmt: skip
    head = {"unit_id": "A", "period": "2024-03-01", "scope": "", "clue_no": "C1"}
    return accountability(
        records(spark, form("accountability_case"), [{**first, "clue_no": f"C{i}", **row} for i, row in enumerate(cases, 1)]),
        records(spark, form("accountability_case_line"), [{**head, "line_no": i, **row} for i, row in enumerate(lines or [], 1)]),
        gold(spark, "enterprise_tree", [tree]), entries(spark, []), parameters(), TODAY,
    )  # fmt: skip


def test_the_deadline_of_its_stage_decides_whether_a_clue_is_overdue(spark: SparkSession) -> None:
    dues = {"first_due": date(2024, 5, 31), "inquiry_due": date(2024, 6, 20), "remedy_due": date(2024, 6, 1)}
    cases: Rows = [
        {**dues}, {**dues, "stage": "立项核查"}, {**dues, "stage": "整改"}, {**dues, "stage": "整改", "remedied_on": date(2024, 6, 5)},
        {**dues, "stage": "办结", "closed_on": date(2024, 4, 1)}, {**dues, "stage": "处理"}, {"first_due": TODAY},
    ]  # fmt: skip
    assert shown(_made(spark, cases), "clue_no", "overdue_days", "overdue_what", "days_open") == {
        ("C1", 30, "初核", 121), ("C2", 10, "立项核查", 121), ("C3", 29, "整改", 121), ("C4", 0, None, 121), ("C5", 0, None, 31),
        ("C6", None, None, 121), ("C7", 0, None, 121),
    }  # fmt: skip


def test_the_loss_is_classed_by_the_lines_in_force(spark: SparkSession) -> None:
    cases: Rows = [
        {"loss_direct": 4_999_999, "loss_class": "一般"}, {"loss_direct": 4_000_000, "loss_indirect": 1_000_000, "loss_class": "一般"},
        {"loss_indirect": 50_000_000, "recovered": 1_000_000}, {}, {"loss_direct": 9_000_000, "received_on": date(2017, 1, 1)},
    ]  # fmt: skip
    assert shown(_made(spark, cases), "clue_no", "loss", "net_loss", "line_class", "class_differs") == {
        ("C1", 4_999_999.0, 4_999_999.0, "一般", False), ("C2", 5_000_000.0, 5_000_000.0, "较大", True),
        ("C3", 50_000_000.0, 49_000_000.0, "重大", False), ("C4", None, None, None, False), ("C5", 9_000_000.0, 9_000_000.0, None, False),
    }  # fmt: skip


def test_persons_are_counted_once_each(spark: SparkSession) -> None:
    lines: Rows = [
        {"person_ref": "ZR0001", "treatment": "扣减薪酬", "pay_cut": 1000}, {"person_ref": "ZR0001", "treatment": "禁入限制", "ban": True},
        {"person_ref": "ZR0002", "pay_cut": 5},
    ]  # fmt: skip
    made = _made(spark, [{}, {}], lines)
    assert shown(made, "clue_no", "persons", "treated", "banned", "pay_cut") == {("C1", 2, 1, 1, 1005.0), ("C2", 0, 0, 0, 0.0)}
    assert shown(made, "unit_name", "top_unit") == {("甲", "A")} and _made(spark, []).count() == 0
