"""Large payments beside their lines, decisions, payees and groups."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.fund_flow import fund_flow
from schemas.load import form
from tests.jobs.marts.small import entries, gold, parameters, records, shown

_DAY = date(2024, 3, 15)
Rows = list[dict[str, Any]]


def _flow(spark: SparkSession, payments: Rows, **others: Rows) -> DataFrame:
    """Unit B below A below the supervisor; payments of B on 2024-03-15 where a row says nothing else."""
    first = {"unit_id": "B", "paid_at": _DAY, "amount": 100, "payee": "甲", "in_budget": True, "payment_purpose": "工程款"}
    paid = [{**first, "payment_no": f"P{i}", **row} for i, row in enumerate(payments, 1)]
    for row in paid:
        row["period"] = row["paid_at"].isoformat()
    tree = [
        {"period": "2024-03", "unit_id": "B", "ancestor_id": above, "depth": depth, "is_supervisor": depth == 2,
         "unit_name": "乙", "supervisor": "sasac"}
        for depth, above in enumerate(("B", "A", "jg:sasac"))
    ]  # fmt: skip
    names = ("decision_item_list", "decision", "market_registry", "court_credit", "tax")
    given = {name: records(spark, form(name), others.get(name, [])) for name in names}
    entry = entries(spark, others.get("entry", []))
    known = parameters(listed={"large_payment": sorted({row["period"] for row in paid})})
    payment = records(spark, form("large_payment"), paid)
    return fund_flow(payment, enterprise_tree=gold(spark, "enterprise_tree", tree), entry=entry, parameters=known, **given)


def _item(code: str, line: int | None, start: date, **more: Any) -> dict[str, Any]:
    return {"unit_id": "B", "item_code": code, "amount_line": line, "valid_from": start, "decision_class": "大额度资金运作", **more}


def _decision(day: date, amount: int | None = None, **more: Any) -> dict[str, Any]:
    return {"unit_id": "B", "topic_id": "T1", "decided_on": day, "amount": amount, "result": "通过", **more}


def test_the_line_is_that_of_the_item_on_the_day_then_the_units_lowest_then_the_supervisors(spark: SparkSession) -> None:
    listed = [
        _item("S1", 300, date(2020, 1, 1)), _item("S1", 200, date(2024, 1, 1)), _item("S1", 9, date(2024, 4, 1)),
        _item("S2", 150, date(2020, 1, 1)), _item("S3", 10, date(2020, 1, 1), decision_class="重大决策"),
    ]  # fmt: skip
    payments: Rows = [{"item_code": "S1", "amount": 200}, {"amount": 149}, {"unit_id": "C", "amount": 5_000_000}]
    made = _flow(spark, payments, decision_item_list=listed)
    assert shown(made, "payment_no", "line", "line_source", "at_line", "line_ratio") == {
        ("P1", 200, "本单位事项清单", True, 1.0), ("P2", 150, "本单位事项清单", False, 0.99333333),
        ("P3", 5_000_000, "监管主体默认标准", True, 1.0),
    }  # fmt: skip


def test_a_decision_counts_from_its_day_on_when_it_passed_here_or_above(spark: SparkSession) -> None:
    decisions = [
        _decision(_DAY), _decision(date(2024, 3, 1), result="缓议"), _decision(date(2024, 3, 16), topic_id="T2"),
        _decision(date(2024, 3, 1), topic_id="T3", result="否决"), _decision(date(2024, 3, 1), topic_id="T4", unit_id="A"),
        _decision(date(2024, 3, 1), topic_id="T5", unit_id="Z"),
    ]  # fmt: skip
    made = _flow(spark, [*({"topic_id": f"T{i}"} for i in range(1, 6)), {}], decision=decisions)
    assert shown(made, "payment_no", "decided", "decision_state", "decided_days_before", "decided_by_unit") == {
        ("P1", True, "已决策", 0, "B"), ("P2", False, "决策晚于支付", -1, "B"), ("P3", False, "决策未通过", 14, "B"),
        ("P4", True, "已决策", 14, "A"), ("P5", False, "未见决策", None, None), ("P6", False, "无议题号", None, None),
    }  # fmt: skip


def test_nothing_is_said_of_decisions_where_nobody_filed_any(spark: SparkSession) -> None:
    elsewhere = [_decision(_DAY, topic_id="T9", unit_id="Z")]
    assert shown(_flow(spark, [{"topic_id": "T1"}], decision=elsewhere), "decided", "decision_state") == {(None, "未见决策")}


def test_a_decision_is_used_up_by_all_payments_under_it_but_returned_ones(spark: SparkSession) -> None:
    payments: Rows = [{"amount": 60}, {"amount": 90, "returned": True}, {"amount": 50}]
    payments = [{"topic_id": "T1", **row} for row in payments]
    made = _flow(spark, payments, decision=[_decision(_DAY, 100)])
    assert shown(made, "payment_no", "topic_paid", "enough") == {("P1", 60, True), ("P2", 60, True), ("P3", 110, False)}


def _cut(*days: int, **more: Any) -> Rows:
    return [{"paid_at": date(2024, 3, day), "amount": 40, **more} for day in days]


def test_three_payments_within_seven_days_that_together_reach_the_line_are_a_group(spark: SparkSession) -> None:
    listed = [_item("S1", 120, date(2020, 1, 1))]
    payments = [*_cut(1, 4, 7), *_cut(20), *_cut(1, 2, 9, payee="乙"), *_cut(3, amount=120)]
    made = _flow(spark, payments, decision_item_list=listed)
    group = ("payment_no", "split_group", "split_count", "split_sum", "split_last")
    assert shown(made.where("split_group IS NOT NULL"), *group) == {
        ("P1", "P1", 3, 120, False), ("P2", "P1", 3, 120, False), ("P3", "P1", 3, 120, True),
    }  # fmt: skip


def test_windows_that_share_a_payment_are_one_group_and_others_another(spark: SparkSession) -> None:
    listed = [_item("S1", 120, date(2020, 1, 1))]
    made = _flow(spark, _cut(1, 4, 7, 10, 18, 19, 19), decision_item_list=listed)
    assert shown(made, "payment_no", "split_group", "split_count", "split_last") == {
        ("P1", "P1", 4, False), ("P2", "P1", 4, False), ("P3", "P1", 4, False), ("P4", "P1", 4, True),
        ("P5", "P5", 3, False), ("P6", "P5", 3, False), ("P7", "P5", 3, True),
    }  # fmt: skip


def test_two_payments_or_a_returned_third_or_less_than_the_line_are_no_group(spark: SparkSession) -> None:
    listed = [_item("S1", 120, date(2020, 1, 1))]
    returned, small = _cut(3, payee="乙", returned=True), _cut(1, 2, 3, payee="丙", amount=39)
    payments = [*_cut(1, 2, payee="甲"), *_cut(1, 2, payee="乙"), *returned, *small]
    made = _flow(spark, payments, decision_item_list=listed)
    assert shown(made, "split_group") == {(None,)}


def test_what_outside_sources_say_of_a_payee_counts_from_its_day(spark: SparkSession) -> None:
    asked = {"unit_id": "N", "fetched_on": date(2024, 3, 20), "fetch_status": "ok"}
    court = [
        {**asked, "record_no": "1", "kind": "失信被执行", "published": date(2024, 3, 10)},
        {**asked, "record_no": "2", "kind": "立案"},
        {**asked, "unit_id": "M", "fetch_status": "source_down"},
        {**asked, "unit_id": "L", "fetch_status": "not_found"},
    ]
    market = [{**asked, "founded": date(2023, 9, 16)}, {**asked, "unit_id": "L", "founded": date(2023, 9, 15)}]
    tax = [{"unit_id": "N", "period": p, "insured": n, "fetch_status": "ok"} for p, n in (("2024-02", 0), ("2024-04", 5))]
    given: dict[str, Rows] = {"market_registry": market, "court_credit": court, "tax": tax}
    payments: Rows = [{"payee_id": "N"}, {"payee_id": "N", "paid_at": date(2024, 3, 9)}, {"payee_id": "M"}, {"payee_id": "L"}, {}]
    assert shown(_flow(spark, payments, **given), "payment_no", "payee_age_months", "payee_court_listed", "payee_insured") == {
        ("P1", 5, True, 0), ("P2", 5, False, 0), ("P3", None, None, None), ("P4", 6, False, None), ("P5", None, None, None),
    }  # fmt: skip


def test_a_month_is_measured_without_what_came_back(spark: SparkSession) -> None:
    payments: Rows = [
        {"paid_at": date(2024, 3, 10), "amount": 30}, {"paid_at": date(2024, 3, 29), "amount": 60},
        {"paid_at": date(2024, 3, 30), "amount": 10}, {"paid_at": date(2024, 3, 31), "amount": 900, "returned": True},
    ]  # fmt: skip
    month = ("days_to_month_end", "month_count", "month_amount", "month_end_share", "month_last", "non_working_day")
    assert shown(_flow(spark, payments), "payment_no", *month) == {
        ("P1", 21, 3, 100, 0.7, False, True), ("P2", 2, 3, 100, 0.7, False, False),
        ("P3", 1, 3, 100, 0.7, False, True), ("P4", 0, 3, 100, 0.7, True, True),
    }  # fmt: skip


def test_what_the_payment_itself_says_is_handed_on(spark: SparkSession) -> None:
    said = {"relation_kind": "参股", "country": "HK", "in_budget": False, "paid_to_date": 105, "contract_amount": 100, "to_person": True}
    entry = [{"form": "large_payment", "unit_id": "B", "period": "2024-03-15", "state": "to explain"}]
    made = _flow(spark, [said, {"country": "CN"}], entry=entry)
    flags = ("related_party", "abroad", "over_budget", "over_contract", "to_person")
    assert shown(made, "payment_no", *flags, "maturity", "unit_name", "top_unit") == {
        ("P1", True, True, True, 0.05, True, "暂定", "乙", "A"), ("P2", None, False, False, None, None, "暂定", "乙", "A"),
    }  # fmt: skip


def test_a_payment_sent_twice_counts_once_and_no_payments_give_no_rows(spark: SparkSession) -> None:
    twice = [{"payment_no": "P", "amount": 1, "_batch": 1}, {"payment_no": "P", "amount": 2, "_batch": 2}]
    assert shown(_flow(spark, twice), "payment_no", "amount", "_batch") == {("P", 2, 2)}
    assert _flow(spark, []).count() == 0
