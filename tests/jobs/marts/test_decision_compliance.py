"""Decided topics against the unit's own list."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.marts.decision_compliance import decision_compliance
from schemas.load import form
from tests.jobs.marts.small import entries, gold, parameters, records, shown

Rows = list[dict[str, Any]]
_DAY = date(2024, 3, 15)


def _checked(spark: SparkSession, topics: Rows, **others: Rows) -> DataFrame:
    """Topics of B, decided by its board of nine on 2024-03-15 where a row says nothing else; looked at on 2024-06-15."""
    first = {
        "unit_id": "B", "decided_on": _DAY, "topic_id": "T1", "item_code": "S1", "decision_class": "重大决策", "decided_by": "董事会",
        "result": "通过", "members_due": 9, "members_present": 9, "votes_for": 9, "party_first": False,
    }  # fmt: skip
    item = {
        "unit_id": "B", "item_code": "S1", "valid_from": date(2020, 1, 1), "item_name": "事项", "bodies": "党委前置→总办会→董事会",
        "party_first": True, "final_body": "董事会", "legal": False, "report": False,
    }  # fmt: skip
    decision = [{**first, **row} for row in topics]
    for row in decision:
        row["period"] = row["decided_on"].isoformat()
    meetings = [{"unit_id": "B", **row} for row in others.get("meeting", [])]
    paid = {"unit_id": "B", "topic_id": "T1", "period": "x"}
    payments = [{**paid, "payment_no": f"P{i}", **row} for i, row in enumerate(others.get("payment", []))]
    given = {
        "decision": decision, "decision_item_list": [{**item, **row} for row in others.get("item", [{}])], "decision_meeting": meetings,
        "decision_meeting_line": [{"topic_id": "T1", **row, "line_no": 1} for row in meetings], "large_payment": payments,
    }  # fmt: skip
    tree = [
        {"period": "2024-03", "unit_id": "B", "ancestor_id": above, "depth": depth, "is_supervisor": False, "unit_name": "乙"}
        for depth, above in enumerate("BA")
    ]  # fmt: skip
    frames = {name: records(spark, form(name), rows) for name, rows in given.items()}
    known = {"enterprise_tree": gold(spark, "enterprise_tree", tree), "entry": entries(spark, [])}
    return decision_compliance(**frames, **known, parameters=parameters(), as_of=date(2024, 6, 15))


def _met(kind: str, day: date, number: str = "M", **more: Any) -> dict[str, Any]:
    return {"meeting_kind": kind, "held_on": day, "meeting_id": f"{number}{kind}", **more}


@pytest.mark.parametrize(("topic", "state"), [
    ({"party_on": _DAY, "party_result": "同意"}, "已前置"), ({}, "未前置"), ({"party_on": date(2024, 3, 16)}, "前置晚于决策"),
    ({"party_on": _DAY, "party_result": "不同意"}, "前置未同意而通过"),
    ({"party_on": _DAY, "party_result": "缓议", "result": "缓议"}, "已前置"),
    ({"item_code": "S9"}, "不须前置"), ({"item_code": "S9", "party_first": True}, "未前置"),
])  # fmt: skip
def test_the_party_studies_first_what_the_list_or_the_topic_says_it_must(spark: SparkSession, topic: dict[str, Any], state: str) -> None:
    assert shown(_checked(spark, [topic]), "party_state") == {(state,)}


def test_every_body_of_the_list_is_asked_in_its_order(spark: SparkSession) -> None:
    topics: Rows = [{"topic_id": f"T{i}", "party_on": date(2024, 3, 1)} for i in (1, 2, 3)]
    office, party = "总经理（院长）办公会", "党委（党组）会"
    meeting = [_met(office, date(2024, 3, 5)), _met(office, date(2024, 2, 28), "N", topic_id="T2")]
    meeting += [_met(party, date(2024, 3, 1), topic_id="T3")]
    made = _checked(spark, topics, meeting=meeting)
    assert shown(made, "topic_id", "missing_bodies", "order_ok", "body_ok", "listed") == {
        ("T1", "", True, True, True), ("T2", "", False, True, True), ("T3", "总办会", True, True, True),
    }  # fmt: skip


def test_a_unit_that_files_no_meetings_is_judged_by_what_the_decision_says(spark: SparkSession) -> None:
    made = _checked(spark, [{"party_on": date(2024, 3, 16)}, {"topic_id": "T2", "decided_by": "总经理（院长）办公会"}])
    assert shown(made, "topic_id", "missing_bodies", "order_ok", "body_ok") == {
        ("T1", "", False, True), ("T2", "党委前置、董事会", True, False),
    }  # fmt: skip


def test_a_body_whose_meetings_the_unit_never_files_is_not_called_missing(spark: SparkSession) -> None:
    topic = {"party_on": date(2024, 3, 1)}
    party = [_met("党委（党组）会", date(2024, 3, 1))]
    assert shown(_checked(spark, [topic], meeting=party), "missing_bodies") == {("",)}
    office = [_met("总经理（院长）办公会", date(2024, 1, 5), topic_id="T9")]
    assert shown(_checked(spark, [topic], meeting=[*party, *office]), "missing_bodies") == {("总办会",)}


def test_the_list_is_that_of_the_day(spark: SparkSession) -> None:
    item: Rows = [{"bodies": "董事会", "party_first": False}, {"bodies": "股东会", "valid_from": date(2024, 3, 16)}]
    made = _checked(spark, [{}, {"topic_id": "T2", "item_code": "S2"}], item=item)
    assert shown(made, "topic_id", "bodies", "listed", "body_ok", "order_ok") == {
        ("T1", "董事会", True, True, True), ("T2", None, False, None, None),
    }  # fmt: skip


@pytest.mark.parametrize(("topic", "quorum", "majority"), [
    ({"members_present": 5, "votes_for": 5}, True, True), ({"members_due": 8, "members_present": 4, "votes_for": 4}, False, False),
    ({"decided_by": "党委（党组）会", "members_present": 6, "votes_for": 5}, True, True),
    ({"decided_by": "党委（党组）会", "members_present": 5, "votes_for": 5}, False, True),
    ({"decided_by": "总经理（院长）办公会", "members_present": 2, "votes_for": 2, "result": "否决"}, None, None),
])  # fmt: skip
def test_enough_must_be_there_and_agree(spark: SparkSession, topic: dict[str, Any], quorum: bool | None, majority: bool | None) -> None:
    assert shown(_checked(spark, [topic]), "quorum_ok", "majority_ok") == {(quorum, majority)}


def test_review_and_report_count_where_they_are_asked(spark: SparkSession) -> None:
    topics: Rows = [
        {}, {"topic_id": "T2", "item_code": "S2"}, {"topic_id": "T3", "item_code": "S2", "legal_review": True, "report_no": "报1"},
        {"topic_id": "T4", "decision_class": "重大项目安排", "needs_report": True}, {"topic_id": "T5", "item_code": "S2", "result": "否决"},
    ]  # fmt: skip
    made = _checked(spark, topics, item=[{}, {"item_code": "S2", "legal": True, "report": True}])
    assert shown(made, "topic_id", "legal_ok", "reported_ok") == {
        ("T1", None, None), ("T2", False, False), ("T3", True, True), ("T4", False, False), ("T5", None, None),
    }  # fmt: skip


def test_what_was_passed_is_followed_until_it_is_done(spark: SparkSession) -> None:
    due = {"due_on": date(2024, 5, 16)}
    topics: Rows = [
        {**due, "status": "未实施"}, {**due, "topic_id": "T2", "status": "实施中", "progress": "0.4"},
        {**due, "topic_id": "T3", "status": "已完成"}, {**due, "topic_id": "T4", "result": "否决"},
    ]  # fmt: skip
    assert shown(_checked(spark, topics), "topic_id", "overdue_days", "idle_days") == {
        ("T1", 30, 92), ("T2", 30, None), ("T3", None, None), ("T4", None, None),
    }  # fmt: skip


def test_payments_under_a_topic_stand_beside_it(spark: SparkSession) -> None:
    back = {"amount": 9, "paid_at": _DAY, "returned": True}
    payment = [{"amount": 70, "paid_at": date(2024, 3, 14)}, {"amount": 50, "paid_at": _DAY}, back]
    made = _checked(spark, [{"amount": 100}, {"topic_id": "T2"}], payment=payment)
    assert shown(made, "topic_id", "payments", "paid", "first_paid_on", "paid_before", "overpaid") == {
        ("T1", 2, 120, date(2024, 3, 14), True, 20), ("T2", None, None, None, None, None),
    }  # fmt: skip


def test_nothing_decided_is_no_row(spark: SparkSession) -> None:
    assert _checked(spark, []).count() == 0
