"""Which record a record is held against: the event of the same day, the list item of that code, the line of the same key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.marts.relation_finding import relation_finding
from jobs.relations import mentioned, shared_key
from schemas.contract import Check
from schemas.load import form, form_names, mart
from tests.jobs.marts.small import batches, gold, parameters, records, shown

DAY, NEXT = date(2025, 3, 4), date(2025, 3, 5)
_KEYS = ("rule_id", "_row", "column", "expected", "_other_batch")


def _found(spark: SparkSession, only: Mapping[str, Check] | None = None, **filed: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Findings over a few records of these forms, of unit A unless they say another. `only`: a form's one rule with this check."""
    given = parameters(listed={name: sorted({r["period"] for r in rows}) for name, rows in filed.items()})
    for rule, check in (only or {}).items():
        made = next(f for f in given.forms.values() if rule in f.rule)
        alone = replace(made, rules=(replace(made.rule[rule], checks=(check,)),))
        given = replace(given, forms={**given.forms, made.name: alone})
    frames = {
        name: records(spark, form(name), [{"unit_id": "A", "scope": form(name).scope.removeprefix("="), **row} for row in rows])
        for name, rows in filed.items()
    }  # fmt: skip
    told = batches(spark, dict.fromkeys((r["_batch"] for rows in filed.values() for r in rows), "{}"))
    return relation_finding(gold(spark, "statement", []), told, given, **frames)


def _decision(**change: Any) -> dict[str, Any]:
    return {"period": str(DAY), "decided_on": DAY, "topic_id": "T1", "meeting_id": "M1", "members_due": 7, "_batch": 5, **change}


def _meeting(meeting: str, due: int, batch: int, **change: Any) -> dict[str, Any]:
    return {"period": str(DAY), "held_on": DAY, "meeting_id": meeting, "members_due": due, "_batch": batch, **change}


def test_a_decision_is_held_against_the_meeting_it_names_on_its_day(spark: SparkSession) -> None:
    meetings = [_meeting("M1", 9, 6), _meeting("M2", 5, 7), _meeting("M1", 4, 8, unit_id="B")]
    unguarded = {"DEC-26": Check("members_due = decision_meeting.members_due", "members_due", "decision_meeting.members_due")}
    found = _found(spark, unguarded, decision=[_decision()], decision_meeting=meetings)
    assert found.select(*_KEYS).collect() == [("DEC-26", 2, "members_due", "9", 6)]


@pytest.mark.parametrize("meeting", [_meeting("M1", 9, 6, period=str(NEXT), held_on=NEXT), _meeting("M2", 9, 6), _meeting("M1", 7, 6)])
def test_a_meeting_of_another_day_or_number_or_that_agrees_says_nothing(spark: SparkSession, meeting: dict[str, Any]) -> None:
    assert _found(spark, decision=[_decision()], decision_meeting=[meeting]).count() == 0


def _item(code: str, body: str, batch: int, **change: Any) -> dict[str, Any]:
    return {"period": "2024-01-01", "valid_from": date(2024, 1, 1), "item_code": code, "final_body": body, "_batch": batch, **change}


def test_a_list_keeps_one_item_of_each_code_and_of_one_code_the_last_that_began(spark: SparkSession) -> None:
    items = [
        _item("I1", "董事会", 6), _item("I2", "党委会", 6, period="2025-01-01", valid_from=date(2025, 1, 1)),
        _item("I3", "股东会", 8), _item("I3", "董事会", 9, period="2025-02-01", valid_from=date(2025, 2, 1)),
        _item("I4", "股东会", 10, valid_to=date(2025, 1, 1)),
    ]  # fmt: skip
    decisions = [_decision(item_code=f"I{n}", topic_id=f"T{n}", decided_by="总经理办公会", _row=n) for n in (1, 2, 3, 4)]
    found = _found(spark, decision=decisions, decision_item_list=items).where("rule_id = 'DEC-23'")
    assert sorted(found.select(*_KEYS).collect()) == [
        ("DEC-23", 1, "decided_by", "董事会", 6), ("DEC-23", 2, "decided_by", "党委会", 6), ("DEC-23", 3, "decided_by", "董事会", 9),
    ]  # fmt: skip
    assert found.select(*mart("relation_finding").key).distinct().count() == 3


def test_a_line_is_held_against_the_line_of_the_same_key_in_the_period_before(spark: SparkSession) -> None:
    def loan(number: str, period: str, amount: int, batch: int, row: int) -> dict[str, Any]:
        return {"financing_no": number, "period": period, "principal_amount": amount, "_batch": batch, "_row": row}

    before = [loan("F1", "2025-02", 100, 3, 2), loan("F2", "2025-02", 200, 3, 3)]
    rows = [*before, loan("F1", "2025-03", 100, 4, 2), loan("F2", "2025-03", 900, 4, 3), loan("F3", "2025-03", 300, 4, 4)]
    unguarded = {"FI-20": Check("principal_amount = previous.principal_amount", "principal_amount", "previous.principal_amount")}
    assert _found(spark, unguarded, financing=rows).select(*_KEYS).collect() == [("FI-20", 3, "principal_amount", "200", 3)]


def test_a_rule_that_mentions_a_form_nobody_filed_says_nothing(spark: SparkSession) -> None:
    assert shown(_found(spark, decision=[_decision(item_code="I1")]), "rule_id") == set()


def test_every_rule_finds_at_most_one_record_of_another_form() -> None:
    for made in map(form, form_names()):
        for rule in made.relation_rules:
            for other in map(form, mentioned(made, rule)):
                assert set(other.own_key) - {"valid_from"} <= set(shared_key(made, other)), f"{rule.id}: {other.name}"


def _held(unit: str, owner: str, row: int, day: str = "2025-03-04") -> dict[str, Any]:
    return {"unit_id": unit, "owner_id": owner, "owner_name": owner, "share": "0.3", "valid_from": date.fromisoformat(day),
            "period": day, "line_no": 1, "_row": row, "_batch": 4}  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([_held("A", "B", 2), _held("B", "C", 3)], set()),
        ([_held("A", "B", 2), _held("B", "A", 3)], {("ERL-4", 2), ("ERL-4", 3)}),
        ([_held("A", "B", 2), _held("B", "C", 3), _held("C", "A", 4), _held("D", "C", 5)], {("ERL-5", 2), ("ERL-5", 3), ("ERL-5", 4)}),
        ([_held("A", "B", 2), _held("B", "A", 3, "2025-06-01")], {("ERL-4", 3)}),
        ([_held("A", "B", 2), _held("A", "C", 3, "2025-05-01"), _held("B", "A", 4, "2025-06-01")], set()),
    ],
    ids=["a chain", "each other", "a circle of three, not what hangs on it", "closed by the later", "not any more"],
)
def test_the_line_that_closes_a_circle_of_holdings_is_told(
    spark: SparkSession, lines: list[dict[str, Any]], told: set[tuple[str, int]]
) -> None:
    found = _found(spark, enterprise_registry_line=lines).where("rule_id LIKE 'ERL-%'")
    assert shown(found, "rule_id", "_row") == told
