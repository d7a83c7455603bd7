"""Which record a record is held against: the event of the same day, the list item of that code, the line of the same key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations.relations import mentioned, shared_key
from jobs.marts.relation_finding import relation_finding
from schemas.contract import Check
from schemas.load import form, form_names, mart
from tests.jobs.marts.small import batches, parameters, records, shown

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
    return relation_finding(told, given, **frames)


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


def test_an_item_that_no_list_of_that_day_has_is_told_once_any_list_was_filed(spark: SparkSession) -> None:
    items = [_item("I1", "董事会", 6), _item("I2", "董事会", 6, valid_to=date(2025, 1, 1)), _item("I3", "董事会", 7, unit_id="B")]
    decisions = [_decision(item_code=f"I{n}", topic_id=f"T{n}", _row=n) for n in (1, 2, 3)]
    found = _found(spark, decision=decisions, decision_item_list=items).where("rule_id = 'DEC-30'")
    assert sorted(row._row for row in found.collect()) == [2, 3]
    assert _found(spark, decision=decisions).where("rule_id = 'DEC-30'").count() == 0


def test_a_line_is_held_against_the_line_of_the_same_key_in_the_period_before(spark: SparkSession) -> None:
    def loan(number: str, period: str, amount: int, batch: int, row: int) -> dict[str, Any]:
        return {"financing_no": number, "period": period, "principal_amount": amount, "_batch": batch, "_row": row}

    before = [loan("F1", "2025-02", 100, 3, 2), loan("F2", "2025-02", 200, 3, 3)]
    rows = [*before, loan("F1", "2025-03", 100, 4, 2), loan("F2", "2025-03", 900, 4, 3), loan("F3", "2025-03", 300, 4, 4)]
    unguarded = {"FI-20": Check("principal_amount = previous.principal_amount", "principal_amount", "previous.principal_amount")}
    assert _found(spark, unguarded, financing=rows).select(*_KEYS).collect() == [("FI-20", 3, "principal_amount", "200", 3)]


@pytest.mark.parametrize("few", [100_000, -1], ids=["duckdb", "spark"])
def test_from_april_on_opening_figures_are_held_against_last_years_accounts_where_they_stand(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("jobs.marts.relation_finding.FEW", few)
    reports = [
        {"unit_id": unit, "period": period, f"cash_{'closing' if period < '2025' else 'opening'}": cash, "scope": "single", "_batch": batch}
        for unit, cash, start in (("A", 100, 3), ("B", 90, 6)) for batch, period in enumerate(("2024-12", "2025-03", "2025-04"), start)
    ]  # fmt: skip
    reports[3]["cash_closing"] = 100
    accounts = {"period": "2024", "cash_closing": 110, "audit_opinion": "标准无保留", "_batch": 9}
    audited = [{**accounts, "scope": scope} for scope in ("single", "difference")]
    rules = ("B15-1", "B15-3")
    found = _found(spark, monthly_finance=reports, annual_finance=audited).where(F.col("rule_id").isin(*rules))
    assert sorted(found.select("unit_id", "period", *_KEYS).collect()) == [
        ("A", "2025-04", "B15-3", 2, "cash_opening", "110", 9), ("B", "2025-03", "B15-1", 2, "cash_opening", "100", 6),
        ("B", "2025-04", "B15-1", 2, "cash_opening", "100", 6),
    ]  # fmt: skip
    alone = _found(spark, monthly_finance=reports).where(F.col("rule_id").isin(*rules))
    assert shown(alone, "rule_id", "unit_id") == {("B15-1", "B")}


def test_a_rule_that_mentions_a_form_nobody_filed_says_nothing(spark: SparkSession) -> None:
    assert shown(_found(spark, decision=[_decision(item_code="I1")]), "rule_id") == set()


def test_every_rule_finds_at_most_one_record_of_another_form() -> None:
    for made in map(form, form_names()):
        for rule in made.relation_rules:
            for other in map(form, mentioned(made, rule)):
                assert set(other.own_key) - {"valid_from"} <= set(shared_key(made, other)), f"{rule.id}: {other.name}"


def _registration(**change: Any) -> dict[str, Any]:
    return {"period": str(DAY), "event_date": DAY, "registration_no": "C1", "registration_kind": "占有", "paid_in_capital": 900,
            "registered_capital": 1000, "_batch": 5, **change}  # fmt: skip


def _contributor(line: int, paid: int, share: str, **change: Any) -> dict[str, Any]:
    return {"period": str(DAY), "event_date": DAY, "registration_no": "C1", "line_no": line, "paid": paid, "subscribed": 500,
            "share": share, "_batch": 6, "_row": line, **change}  # fmt: skip


def test_a_head_is_held_against_the_sum_of_its_lines_alone(spark: SparkSession) -> None:
    lines = [_contributor(1, 500, "0.5"), _contributor(2, 300, "0.4999"), _contributor(1, 7, "1", registration_no="C2"),
             _contributor(1, 9, "1", unit_id="B", _batch=7)]  # fmt: skip
    found = _found(spark, property_registration=[_registration()], property_registration_line=lines)
    assert sorted(found.select(*_KEYS).collect()) == [
        ("PR-19", 2, "paid_in_capital", "800", 6), ("PRL-7", 1, "registration_no", None, 0), ("PRL-7", 1, "registration_no", None, 0),
    ]  # fmt: skip


def test_each_figure_of_a_sum_may_be_rounded_and_one_more_step_is_too_much(spark: SparkSession) -> None:
    head = _registration(paid_in_capital=10_000, registered_capital=None, _step=100)
    lines = [_contributor(n, p, s, _step=100) for n, p, s in ((1, 3_300, "0.33"), (2, 3_300, "0.33"), (3, 3_300, "0.34"))]
    assert _found(spark, property_registration=[head], property_registration_line=lines).count() == 0
    lines[2]["paid"] = 3_199
    assert shown(_found(spark, property_registration=[head], property_registration_line=lines), "rule_id") == {("PR-19",)}


def test_a_head_without_lines_is_told_once_any_lines_were_ever_filed(spark: SparkSession) -> None:
    elsewhere = [_contributor(1, 900, "1", registration_no="C9", unit_id="B")]
    alone = _found(spark, property_registration=[_registration()], property_registration_line=elsewhere)
    assert ("PR-21", "A") in shown(alone, "rule_id", "unit_id")
    assert _found(spark, property_registration=[_registration()]).count() == 0


def test_only_lines_of_the_direction_count_where_a_sum_names_it(spark: SparkSession) -> None:
    def line(n: int, direction: str, amount: int) -> dict[str, Any]:
        return {"period": "2024", "scope": "single", "line_no": n, "direction": direction, "amount": amount, "_batch": 6, "_row": n}

    head = {"period": "2024", "scope": "single", "objective_increase": 100, "objective_decrease": 30, "_batch": 5}
    lines = [line(1, "增加", 60), line(2, "增加", 40), line(3, "减少", 20)]
    found = _found(spark, annual_finance=[head], annual_finance_line=lines).where("rule_id LIKE 'AF%'")
    assert found.select(*_KEYS).collect() == [("AF-59", 2, "objective_decrease", "20", 6)]


def test_records_of_other_calendars_are_beside_each_other_when_their_periods_end_alike(spark: SparkSession) -> None:
    month = {"scope": "single", "headcount_closing": 10, "_batch": 5}
    parties = [{"period": "2024Q1", "party_org_id": f"P{n}", "members": 6, "_batch": 6, "_row": n} for n in (1, 2)]
    filed = [{**month, "period": "2024-02"}, {**month, "period": "2024-03"}, {**month, "period": "2024-03", "scope": "consolidated"}]
    found = _found(spark, monthly_finance=filed, party_organisation=parties)
    assert shown(found.where("rule_id = 'B21-3'"), "period", "scope", "seen", "expected") == {("2024-03", "single", "10", "12")}


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


def test_a_circle_among_very_many_lines_is_told_by_spark(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.marts.relation_finding.FEW", -1)
    lines = [_held("A", "B", 2), _held("B", "C", 3), _held("C", "A", 4, "2025-06-01")]
    found = _found(spark, enterprise_registry_line=lines).where("rule_id LIKE 'ERL-%'")
    assert shown(found, "rule_id", "_row") == {("ERL-5", 4)}
