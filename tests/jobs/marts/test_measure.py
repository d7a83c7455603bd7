"""Measures over a few records: which count in which period, and what they add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from expectations.predicate import parse_value, parse_when
from expectations.target import NUMERIC
from jobs.inputs import Parameters
from jobs.marts.measure import measure
from schemas.contract import Form
from schemas.delivered import Measure
from schemas.load import form, measures, readable
from schemas.measured import read_measure
from schemas.reading import Reader
from tests.jobs.marts.small import gold, records, shown

FORMS = ("guarantee", "large_payment", "accountability_case", "decision_item_list", "monthly_finance")


def declared(form_name: str, aggregate: str, **more: Any) -> Measure:
    entry = {"id": "m", "title": "数", "unit": "元", "type": "sum", "form": form_name, "aggregate": aggregate, "every": "month", **more}
    return read_measure(Reader("m", entry), readable)


def made(
    spark: SparkSession, rows: Mapping[str, Sequence[Mapping[str, Any]]], *given: Measure,
    periods: Mapping[str, Sequence[str]] | None = None,
) -> set[tuple[Any, ...]]:  # fmt: skip
    """(measure, unit, period, scope, value, rows) of measures numbered m0, m1 … over records of forms."""
    numbered = tuple(replace(m, id=f"m{i}") for i, m in enumerate(given))
    known = periods or {name: sorted({str(r["period"]) for r in found}) for name, found in rows.items()}
    forms = {name: form(name) for name in FORMS}
    parameters = Parameters(forms, (), (), {}, {n: tuple(p) for n, p in known.items()}, numbered)
    frames = {m.form: records(spark, forms[m.form], rows.get(m.form, [])) for m in numbered}
    return shown(measure(parameters, **frames), "measure_id", "unit_id", "period", "scope", "value", "rows")


def test_every_declared_measure_is_in_the_predicate_language() -> None:
    for one in measures():
        source = readable(one.form)
        if one.where:
            parse_when(one.where, source, {})
        if one.expression and one.function != "count_distinct" and isinstance(source, Form):
            assert parse_value(one.expression, source).node.type.kind in NUMERIC, one.id


GUARANTEES = [
    {"unit_id": "A", "period": "2025-03", "guarantee_no": "1", "balance": 30, "overdue": True, "creditor": "甲", "_batch": 4},
    {"unit_id": "A", "period": "2025-03", "guarantee_no": "2", "balance": 50, "overdue": False, "creditor": "甲", "_batch": 5},
    {"unit_id": "A", "period": "2025-03", "guarantee_no": "3", "balance": None, "creditor": "乙", "_batch": 5},
    {"unit_id": "B", "period": "2025-03", "guarantee_no": "9", "balance": 7, "overdue": False, "creditor": "丙"},
]


def test_every_function_over_the_records_that_meet_the_condition(spark: SparkSession) -> None:
    """A condition that is unknown is not met; where records exist and none meets it sums and counts are 0."""
    given = [declared("guarantee", text) for text in ("sum(balance)", "count()", "max(balance)", "min(balance)", "avg(balance)")]
    given += [declared("guarantee", "count_distinct(creditor)"), declared("guarantee", "sum(balance)", where="overdue"),
              declared("guarantee", "max(balance)", where="overdue"),
              declared("guarantee", "sum(balance + COALESCE(debt, 1) * 2)")]  # fmt: skip
    assert made(spark, {"guarantee": GUARANTEES}, *given) == {
        ("m0", "A", "2025-03", "single", 80.0, 3), ("m1", "A", "2025-03", "single", 3.0, 3), ("m2", "A", "2025-03", "single", 50.0, 3),
        ("m3", "A", "2025-03", "single", 30.0, 3), ("m4", "A", "2025-03", "single", 40.0, 3), ("m5", "A", "2025-03", "single", 2.0, 3),
        ("m6", "A", "2025-03", "single", 30.0, 1), ("m7", "A", "2025-03", "single", 30.0, 1), ("m8", "A", "2025-03", "single", 84.0, 3),
        ("m0", "B", "2025-03", "single", 7.0, 1), ("m1", "B", "2025-03", "single", 1.0, 1), ("m2", "B", "2025-03", "single", 7.0, 1),
        ("m3", "B", "2025-03", "single", 7.0, 1), ("m4", "B", "2025-03", "single", 7.0, 1), ("m5", "B", "2025-03", "single", 1.0, 1),
        ("m6", "B", "2025-03", "single", 0.0, 0), ("m8", "B", "2025-03", "single", 9.0, 1),
    }  # fmt: skip


def test_a_quarter_and_a_year_take_the_records_of_their_last_month(spark: SparkSession) -> None:
    rows = [{"unit_id": "A", "period": p, "guarantee_no": "1", "balance": b} for p, b in
            (("2025-02", 1), ("2025-03", 2), ("2025-12", 4), ("2026-01", 8))]  # fmt: skip
    given = [declared("guarantee", "sum(balance)", every=every) for every in ("quarter", "year")]
    assert made(spark, {"guarantee": rows}, *given) == {
        ("m0", "A", "2025Q1", "single", 2.0, 1), ("m0", "A", "2025Q4", "single", 4.0, 1), ("m1", "A", "2025", "single", 4.0, 1),
    }  # fmt: skip


def test_events_count_in_the_month_of_their_day_or_in_their_year_so_far(spark: SparkSession) -> None:
    rows = [{"unit_id": "A", "period": f"{day}", "payment_no": f"{n}", "paid_at": day, "amount": n} for n, day in
            ((1, date(2025, 1, 31)), (2, date(2025, 2, 1)), (4, date(2025, 2, 28)), (8, date(2024, 12, 31)))]  # fmt: skip
    given = [declared("large_payment", "sum(amount)", at="paid_at"), declared("large_payment", "sum(amount)", at="paid_at", since="year")]
    assert made(spark, {"large_payment": rows}, *given) == {
        ("m0", "A", "2024-12", "single", 8.0, 1), ("m0", "A", "2025-01", "single", 1.0, 1), ("m0", "A", "2025-02", "single", 6.0, 2),
        ("m1", "A", "2024-12", "single", 8.0, 1), ("m1", "A", "2025-01", "single", 1.0, 1), ("m1", "A", "2025-02", "single", 7.0, 3),
    }  # fmt: skip


def test_a_case_stands_from_its_day_until_it_is_closed(spark: SparkSession) -> None:
    rows = [
        {"unit_id": "A", "period": "2025-01-10", "clue_no": "1", "received_on": date(2025, 1, 10), "closed_on": date(2025, 2, 28)},
        {"unit_id": "A", "period": "2025-02-10", "clue_no": "2", "received_on": date(2025, 2, 10), "closed_on": None},
    ]
    given = declared("accountability_case", "count()", standing=["received_on", "closed_on"])
    known = {"accountability_case": ["2025-01-10", "2025-02-10"], "monthly_finance": ["2025-03"]}
    assert made(spark, {"accountability_case": rows}, given, periods=known) == {
        ("m0", "A", "2025-01", "single", 1.0, 1), ("m0", "A", "2025-02", "single", 1.0, 1), ("m0", "A", "2025-03", "single", 1.0, 1),
    }  # fmt: skip


def test_of_dated_records_those_hold_that_began_last(spark: SparkSession) -> None:
    """A new version of an item takes the place of the old one; one that ended holds no more."""
    rows = [
        {"unit_id": "A", "period": "x", "item_code": "1", "valid_from": date(2025, 1, 1), "amount_line": 100},
        {"unit_id": "A", "period": "x", "item_code": "1", "valid_from": date(2025, 2, 1), "amount_line": 50},
        {"unit_id": "A", "period": "x", "item_code": "2", "valid_from": date(2025, 1, 1), "valid_to": date(2025, 2, 28), "amount_line": 7},
    ]
    given = declared("decision_item_list", "sum(amount_line)", standing=True)
    known = {"decision_item_list": ["2025-01-01", "2025-02-01"]}
    assert made(spark, {"decision_item_list": rows}, given, periods=known) == {
        ("m0", "A", "2025-01", "single", 107.0, 2), ("m0", "A", "2025-02", "single", 50.0, 1),
    }  # fmt: skip


def test_a_statement_is_measured_in_each_of_its_scopes_and_a_parameter_is_that_of_its_time(spark: SparkSession) -> None:
    rows = [{"unit_id": "A", "period": p, "scope": s, "total_profit_ytd": v} for p, s, v in
            (("2024-12", "single", -5), ("2025-01", "single", -5), ("2025-01", "consolidated", 9))]  # fmt: skip
    line = [{"value": -3, "valid_from": date(2020, 1, 1), "valid_to": date(2025, 1, 1), "source": "（p）"},
            {"value": -6, "valid_from": date(2025, 1, 1), "source": "（p）"}]  # fmt: skip
    given = declared("monthly_finance", "count()", where="total_profit_ytd < {line}", parameters={"line": line})
    assert made(spark, {"monthly_finance": rows}, given) == {
        ("m0", "A", "2024-12", "single", 1.0, 1), ("m0", "A", "2025-01", "single", 0.0, 0), ("m0", "A", "2025-01", "consolidated", 0.0, 0),
    }  # fmt: skip


def test_a_number_names_the_batches_it_rests_on(spark: SparkSession) -> None:
    one = declared("guarantee", "sum(balance)", where="overdue")
    parameters = Parameters({"guarantee": form("guarantee")}, (), (), {}, {"guarantee": ("2025-03",)}, (one,))
    found = measure(parameters, guarantee=records(spark, form("guarantee"), GUARANTEES[:3])).collect()
    assert [row["_batches"] for row in found] == [[4, 5]]


def test_nothing_filed_is_no_measure(spark: SparkSession) -> None:
    assert made(spark, {}, declared("guarantee", "count()"), periods={}) == set()


@pytest.mark.parametrize("name", ["unit_id", "period", "scope", "measure_id"])
def test_its_key_is_never_empty(spark: SparkSession, name: str) -> None:
    parameters = Parameters({"guarantee": form("guarantee")}, (), (), {}, {"guarantee": ("2025-03",)}, measures())
    frames = {
        m.form: records(spark, source, GUARANTEES if m.form == "guarantee" else []) if isinstance(source, Form) else gold(spark, m.form, [])
        for m in measures() for source in [readable(m.form)]
    }  # fmt: skip
    assert measure(parameters, **frames).where(f"{name} IS NULL").count() == 0


def test_rows_of_a_mart_are_measured_and_its_sums_are_left_out(spark: SparkSession) -> None:
    given = replace(declared("reporting_work", "sum(received)", where="scope = 'single'"), id="m0")
    place = {"form": "monthly_finance", "unit_id": "A", "period": "2025-03"}
    rows = [{**place, "scope": "single", "received": 2}, {**place, "unit_id": "jg:sasac", "scope": "aggregate", "received": 9}]
    parameters = Parameters({}, (), (), {}, {"monthly_finance": ("2025-03",)}, (given,))
    made = measure(parameters, reporting_work=gold(spark, "reporting_work", rows))
    assert shown(made, "unit_id", "period", "scope", "value", "rows") == {("A", "2025-03", "single", 2.0, 1)}
