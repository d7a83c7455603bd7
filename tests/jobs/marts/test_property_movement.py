"""Registrations and transactions of property rights."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.marts.property_movement import property_movement
from schemas.load import form
from tests.jobs.marts.small import entries, gold, parameters, records, shown

Rows = list[dict[str, Any]]
_FORMS = ("property_registration", "property_transaction", "asset_appraisal", "market_registry", "annual_finance")


def _moved(spark: SparkSession, today: date = date(2024, 6, 28), **given: Rows) -> DataFrame:
    """Unit B below A. A registration of 2024-03-01 and a public transfer approved on 2024-01-10 where a row says nothing else."""
    first: dict[str, dict[str, Any]] = {
        "property_registration": {"registration_kind": "变动", "event_date": date(2024, 3, 1), "registration_no": "R1"},
        "property_transaction": {"kind": "产权转让", "method": "进场公开", "approved_on": date(2024, 1, 10), "transaction_no": "T1"},
        "asset_appraisal": {"appraisal_no": "A1", "base_date": date(2023, 3, 31), "period": "2023-03-31"},
        "market_registry": {"fetched_on": today, "fetch_status": "ok", "period": today.isoformat()}, "annual_finance": {"period": "2024"},
    }  # fmt: skip
    rows = {name: [{"unit_id": "B", **first[name], **row} for row in given.get(name, [])] for name in _FORMS}
    for name, column in (("property_registration", "event_date"), ("property_transaction", "approved_on")):
        rows[name] = [{"period": row[column].isoformat(), **row} for row in rows[name]]
    tree = [
        {"period": "2024-03", "unit_id": "B", "ancestor_id": above, "depth": depth, "is_supervisor": False, "unit_name": "乙"}
        for depth, above in enumerate(("B", "A"))
    ]  # fmt: skip
    frames = {name: records(spark, form(name), rows[name]) for name in _FORMS}
    given_tree = gold(spark, "enterprise_tree", tree)
    return property_movement(enterprise_tree=given_tree, entry=entries(spark, []), parameters=parameters(), as_of=today, **frames)


def test_equity_moves_and_the_last_registration_is_compared_with_other_sources(spark: SparkSession) -> None:
    registration: Rows = [
        {"registration_no": "R0", "event_date": date(2023, 3, 1), "state_equity_before": 0, "state_equity_after": 40},
        {"paid_in_capital": 80, "state_equity_before": 40, "state_equity_after": 25},
    ]  # fmt: skip
    out = {"fetch_status": "source_down", "fetched_on": date(2024, 6, 29)}
    market = [{"paid_in": 100}, {"paid_in": 9, "fetched_on": date(2024, 5, 1)}, out]
    made = _moved(spark, property_registration=registration, market_registry=market, annual_finance=[{"paid_in_capital_closing": 76}])
    compared = ("market_paid_in", "market_difference", "annual_difference")
    assert shown(made, "event_no", "state_equity_change", "is_current", *compared, "unit_name", "top_unit") == {
        ("R0", 40, False, None, None, None, None, None), ("R1", -15, True, 100, -0.25, 0.05, "乙", "A"),
    }  # fmt: skip


def test_an_audit_of_a_year_before_the_registration_says_nothing_of_it(spark: SparkSession) -> None:
    annual = [{"period": "2023", "paid_in_capital_closing": 76}]
    assert shown(_moved(spark, property_registration=[{"paid_in_capital": 80}], annual_finance=annual), "annual_paid_in") == {(None,)}


# After 2024-03-01, with Qingming (4–6 April; the 7th worked), 2024-04-15 is the 30th workday, 2024-06-28 the 82nd.
@pytest.mark.parametrize(("row", "overdue"), [
    ({"applied_on": date(2024, 4, 15)}, 0), ({"applied_on": date(2024, 4, 16)}, 1), ({"approved_on": date(2024, 4, 17)}, 2), ({}, 52),
])  # fmt: skip
def test_a_registration_is_due_within_thirty_workdays(spark: SparkSession, row: dict[str, Any], overdue: int) -> None:
    assert shown(_moved(spark, property_registration=[row]), "registration_overdue") == {(overdue,)}


def test_a_unit_gone_from_the_market_registry_must_cancel_its_rights(spark: SparkSession) -> None:
    gone = [{"status": "注销", "ended": date(2024, 6, 18)}]
    assert shown(_moved(spark, property_registration=[{}], market_registry=gone), "market_status", "market_ended_days") == {("注销", 10)}
    cancelled = _moved(spark, property_registration=[{"registration_kind": "注销"}], market_registry=gone)
    assert shown(cancelled, "market_ended_days") == {(None,)}


def test_floors_are_shares_of_the_appraisal_and_a_low_one_needs_consent(spark: SparkSession) -> None:
    price = {"appraised_share_value": 100, "floor_first": 99, "floor_now": "89.99"}
    rows: Rows = [
        price, {**price, "transaction_no": "T2", "cut_approval_no": "同1"}, {**price, "transaction_no": "T3", "floor_now": 90},
        {**price, "transaction_no": "T4", "method": "非公开协议", "price": 120},
    ]  # fmt: skip
    made = _moved(spark, property_transaction=rows)
    assert shown(made, "event_no", "floor_first_share", "floor_now_share", "cut_without_consent", "price_share") == {
        ("T1", 0.99, 0.8999, True, None), ("T2", 0.99, 0.8999, False, None), ("T3", 0.99, 0.9, False, None),
        ("T4", 0.99, 0.8999, False, 1.2),
    }  # fmt: skip


def test_an_appraisal_is_used_within_its_year_whichever_report_tells_it_earlier(spark: SparkSession) -> None:
    used = {"appraisal_no": "A1", "first_disclosed_on": date(2024, 4, 1)}
    rows: Rows = [
        used, {**used, "transaction_no": "T2", "appraisal_no": "A2"}, {"transaction_no": "T3", "appraisal_base_date": date(2023, 2, 28)},
        {**used, "transaction_no": "T4", "method": "非公开协议", "contract_on": date(2024, 3, 1)},
        {**used, "transaction_no": "T5", "appraisal_no": "A2", "appraisal_base_date": date(2023, 2, 28)},
    ]  # fmt: skip
    appraisals: Rows = [{}, {"appraisal_no": "A2", "valid_until": date(2024, 5, 1), "done_on": date(2024, 4, 2)}]
    made = _moved(spark, property_transaction=rows, asset_appraisal=appraisals)
    assert shown(made, "event_no", "appraisal_valid_until", "appraisal_days_left", "appraised_before") == {
        ("T1", date(2024, 3, 31), -1, None), ("T2", date(2024, 5, 1), 30, False), ("T3", date(2024, 2, 28), 49, None),
        ("T4", date(2024, 3, 31), 30, None), ("T5", date(2024, 2, 28), -33, False),
    }  # fmt: skip


def test_disclosure_lasts_its_workdays(spark: SparkSession) -> None:
    # 2024-03-04 to 2024-03-29 are four whole weeks.
    shown_for = {"disclosed_from": date(2024, 3, 4), "disclosed_to": date(2024, 3, 29)}
    kinds = {"T1": "产权转让", "T2": "企业增资", "T3": "无偿划转"}
    rows: Rows = [{**shown_for, "transaction_no": number, "kind": kind} for number, kind in kinds.items()]
    assert shown(_moved(spark, property_transaction=rows), "event_no", "disclosed_workdays", "disclosure_short") == {
        ("T1", 20, 0), ("T2", 20, 20), ("T3", 20, None),
    }  # fmt: skip


def test_a_price_is_overdue_from_its_contract_on(spark: SparkSession) -> None:
    sold = {"price": 100, "received": 60, "contract_on": date(2024, 6, 14), "payment_mode": "一次付清"}
    rows: Rows = [
        sold, {**sold, "transaction_no": "T2", "payment_mode": "分期付款", "contract_on": date(2023, 6, 14)},
        {**sold, "transaction_no": "T3", "received": 100},
        {**sold, "transaction_no": "T4", "received": 100, "settled_on": date(2024, 6, 24)},
    ]  # fmt: skip
    assert shown(_moved(spark, property_transaction=rows), "event_no", "unpaid", "price_overdue") == {
        ("T1", 40, 5), ("T2", 40, 14), ("T3", 0, None), ("T4", 0, 1),
    }  # fmt: skip


def test_rights_handed_over_must_be_registered(spark: SparkSession) -> None:
    handed: dict[str, Any] = {"transferred_on": date(2024, 3, 1)}
    rows: Rows = [handed, {**handed, "transaction_no": "T2", "registration_no": "R9"}]
    assert shown(_moved(spark, property_transaction=rows), "event_no", "registration_overdue") == {("T1", 52), ("T2", None)}


def test_nothing_moved_is_no_row(spark: SparkSession) -> None:
    assert _moved(spark).count() == 0
