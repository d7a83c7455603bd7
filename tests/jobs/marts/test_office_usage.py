"""What offices did with the system, from its own log and ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.office_usage import office_usage
from schemas.load import form
from tests.jobs.marts.small import accesses, entries, gold, parameters, records, shown

Rows = list[dict[str, Any]]
P = "2024-03"


def _made(spark: SparkSession, **given: Rows) -> DataFrame:
    """The form `small` belongs to 财务监管处."""
    read, filed, sent, asked = (given.get(name, []) for name in ("read", "filed", "sent", "asked"))
    first = {"form": "small", "unit_id": "A", "period": P, "scope": "single", "expected": True, "received": True, "late": False,
             "maturity": "确定"}  # fmt: skip
    requests = [{"unit_id": "J", "period": "2024-03-01", "scope": "", "request_no": f"Q{i}", **row} for i, row in enumerate(asked, 1)]
    return office_usage(
        accesses(spark, read), gold(spark, "submission_coverage", [{**first, **row} for row in filed]),
        entries(spark, [{"unit_id": "A", "period": P, **row} for row in sent]), records(spark, form("data_request"), requests),
        parameters(P, indicators=()), date(2024, 6, 1),
    )  # fmt: skip


def test_readers_days_and_what_others_read_come_from_the_log(spark: SparkSession) -> None:
    line = {"day": "2024-03-01", "office": "预算处", "account": "u1", "about": "small;warning"}
    read: Rows = [line, {**line, "account": "u2"}, {**line, "day": "2024-03-04", "about": ""}]
    read.append({**line, "office": "财务监管处", "about": "small"})
    made = _made(spark, read=read).where("period = '2024-03'")
    assert shown(made.where("office = '预算处'"), "users", "login_days", "logins", "calls") == {(2, 2, 3, 0)}
    owner = made.where("office = '财务监管处'")
    assert shown(owner, "login_days", "calls", "shared_items", "raw_login", "raw_share") == {(1, 2, 1, 1.0, 1.0)}


def test_collection_is_what_was_due_and_came_in_time(spark: SparkSession) -> None:
    """In time, late, missing, not due yet; a quarter counts in its last month."""
    filed: Rows = [
        {}, {"unit_id": "B", "late": True}, {"unit_id": "C", "received": False, "maturity": "迟报"},
        {"unit_id": "D", "received": False, "maturity": "未到期"}, {"unit_id": "E", "period": "2024Q1"},
    ]  # fmt: skip
    made = _made(spark, filed=filed).where("office = '财务监管处'")
    assert shown(made, "period", "due_items", "on_time", "raw_collect") == {(P, 4, 2, 0.5)}


def test_management_is_the_mean_of_what_was_accepted_and_what_was_settled(spark: SparkSession) -> None:
    """Five tries, one returned: 0.8; of two with questions one is still open: 0.5."""
    sent: Rows = [{"state": "returned"}, {}, {}, {"queries": 1, "state": "to explain"}, {"queries": 2}]
    made = _made(spark, sent=sent, filed=[{}]).where("office = '财务监管处'")
    assert shown(made, "tries", "returns", "findings", "handled", "raw_manage") == {(5, 1, 2, 1, 0.65)}


def test_requests_count_in_the_month_they_were_due(spark: SparkSession) -> None:
    due = {"owner_office": "财务监管处", "due": date(2024, 3, 20)}
    asked: Rows = [{**due, "answered_on": date(2024, 3, 20)}, {**due, "answered_on": date(2024, 3, 21)}, {**due, "due": date(2024, 7, 1)}]
    made = _made(spark, filed=[{}], asked=asked).where("office = '财务监管处'")
    assert shown(made, "requests", "answered", "answered_rate", "raw_share") == {(2, 1, 0.5, 0.25)}


def test_an_office_that_owns_nothing_has_no_module_and_without_anything_there_is_no_row(spark: SparkSession) -> None:
    made = _made(spark, filed=[{}])
    assert ("办公室", False) in shown(made, "office", "has_module") and ("财务监管处", True) in shown(made, "office", "has_module")
    assert _made(spark).count() == 0
