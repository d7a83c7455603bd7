"""Projects from plan to review."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.investment_chain import investment_chain
from schemas.load import form
from tests.jobs.marts.small import entries, gold, parameters, records, shown

Rows = list[dict[str, Any]]
STATES = ("plan_state", "decision_state", "contract_state", "payment_state", "completion_state", "review_state")


def _chain(spark: SparkSession, projects: Rows, *, risk: Rows | None = None, **others: Rows) -> DataFrame:
    """B below A. A sound project of B, XM1 in 2024Q1, where a row says nothing else: started 2023-06-01, due 2025-06-30."""
    first = {
        "unit_id": "B", "period": "2024Q1", "project_id": "XM1", "in_plan": True, "stage": "实施", "budget": 100, "contracts": 90,
        "since_start": 60, "ytd": 10, "started": date(2023, 6, 1), "due": date(2025, 6, 30),
    }  # fmt: skip
    planned = {"unit_id": "B", "period": "2024", "version": "年初", "project_id": "XM1", "main_class": "主业", "total": 120}
    planned |= {"plan_year": 40}
    decided = {"unit_id": "B", "decided_on": date(2023, 5, 1), "topic_id": "T1", "project_id": "XM1", "result": "通过", "amount": 100}
    paid = {"unit_id": "B", "paid_at": date(2024, 1, 5), "amount": 30, "project_id": "XM1"}
    given = {
        "investment_plan": [{**planned, **row} for row in others.get("plan", [{}])],
        "decision": [{**decided, **row} for row in others.get("decision", [{}])],
        "large_payment": [{**paid, "payment_no": f"P{i}", "period": "x", **row} for i, row in enumerate(others.get("payment", [{}]))],
    }
    tree = [
        {"period": period, "unit_id": unit, "ancestor_id": above, "depth": int(unit != above), "is_supervisor": False}
        for period in ("2024Q1", "2024Q2", "2024") for unit, above in (("A", "A"), ("B", "B"), ("B", "A"))
    ]  # fmt: skip
    return investment_chain(
        records(spark, form("investment_project"), [{**first, **row} for row in projects]),
        debt_risk=gold(spark, "debt_risk", risk or []), enterprise_tree=gold(spark, "enterprise_tree", tree),
        entry=entries(spark, []), parameters=parameters(), **{name: records(spark, form(name), rows) for name, rows in given.items()},
    )  # fmt: skip


def test_a_sound_project_has_no_broken_link(spark: SparkSession) -> None:
    made = _chain(spark, [{}], payment=[{}, {"amount": 20}, {"amount": 9, "returned": True}, {"paid_at": date(2024, 4, 1)}])
    assert shown(made, *STATES, "broken_link", "broken_why") == {
        ("计划内", "已决策", "已签合同", "已支付", "在建", "未到后评价", None, None),
    }  # fmt: skip
    figures = ("topic_id", "decided_on", "decided_amount", "paid", "first_paid_on", "investment", "done_share", "over_budget")
    assert shown(made, *figures) == {("T1", date(2023, 5, 1), 100, 50, date(2024, 1, 5), 120, 0.25, -0.4)}


def test_the_first_broken_link_is_named_with_its_reason(spark: SparkSession) -> None:
    cases: dict[str, dict[str, Any]] = {
        "out": {"contracts": 0}, "late": {}, "none": {}, "early": {"stage": "可研", "contracts": None}, "over": {"contracts": 101},
        "paid": {"contracts": 20}, "stalled": {"stalled_since": date(2023, 12, 31)}, "due": {"due": date(2024, 3, 30)},
        "review": {"finished": date(2022, 3, 30), "stage": "投产"}, "approved": {"extra_approval": "批1"},
        "closed": {"stage": "竣工", "finished": date(2024, 1, 1), "ytd": 0},
    }  # fmt: skip
    projects: Rows = [{"project_id": name, **row} for name, row in cases.items()]
    inside = [n for n in cases if n not in ("out", "approved", "closed")]
    late = {"project_id": "late", "decided_on": date(2023, 6, 2)}
    decided = [{"project_id": n} for n in cases if n not in ("late", "none", "early")] + [late]
    made = _chain(spark, projects, plan=[{"project_id": n} for n in inside], decision=decided, payment=[{"project_id": "paid"}])
    assert shown(made.where("broken_link IS NOT NULL"), "project_id", "broken_link", "broken_why") == {
        ("out", "计划", "计划外"), ("late", "决策", "先实施后决策"), ("none", "决策", "未见决策"), ("over", "合同", "合同超概算"),
        ("paid", "支付", "支付超合同"), ("stalled", "竣工", "停滞"), ("due", "竣工", "逾期未竣工"), ("review", "后评价", "逾期未后评价"),
    }  # fmt: skip
    sound = made.where("project_id IN ('early', 'approved', 'closed')")
    assert shown(sound, "project_id", "plan_state", "decision_state", "contract_state") == {
        ("early", "计划内", "未见决策", "未报合同"), ("approved", "计划外已批", "已决策", "已签合同"),
        ("closed", "已不须列入", "已决策", "已签合同"),
    }  # fmt: skip


def test_what_was_decided_or_paid_after_the_quarter_is_not_yet_known(spark: SparkSession) -> None:
    again = {"decided_on": date(2024, 4, 2), "topic_id": "T2", "amount": 150}
    made = _chain(spark, [{}, {"period": "2024Q2"}], decision=[{}, again], payment=[{"paid_at": date(2024, 4, 1)}])
    assert shown(made, "period", "topic_id", "decided_amount", "redecided", "paid") == {
        ("2024Q1", "T1", 100, False, None), ("2024Q2", "T2", 150, True, 30),
    }  # fmt: skip


def test_a_decision_may_be_found_by_the_topic_the_plan_names_and_may_be_the_groups(spark: SparkSession) -> None:
    decision = [{"project_id": None, "topic_id": "T7", "unit_id": "A"}, {"unit_id": "Z"}]
    made = _chain(spark, [{}], plan=[{"topic_id": "T7"}], decision=decision)
    assert shown(made, "decision_state", "decided_by_unit", "topic_id") == {("已决策", "A", "T7")}


def test_nothing_is_said_of_plans_and_decisions_nobody_filed(spark: SparkSession) -> None:
    made = _chain(spark, [{}], plan=[{"unit_id": "Z"}], decision=[{"unit_id": "Z"}], payment=[]).where("unit_id = 'B'")
    assert shown(made, "plan_state", "decision_state", "payment_state", "broken_link") == {("未报计划", "未报决策", "未见支付", None)}


def test_the_adjusted_plan_counts_and_money_outside_the_main_business_is_a_share_of_it(spark: SparkSession) -> None:
    other = {"project_id": "XM2", "main_class": "非主业", "plan_year": 10, "banned": True}
    plan = [{"plan_year": 10}, {"version": "年中调整", "plan_year": 30}, other]
    made = _chain(spark, [{}], plan=plan)
    assert shown(made, "project_id", "period", "plan_year", "non_main_share", "main_class", "banned", "completion_state") == {
        ("XM1", "2024Q1", 30, 0.25, "主业", None, "在建"), ("XM2", "2024", 10, 0.25, "非主业", True, "未报进展"),
    }  # fmt: skip


def test_size_return_and_time_are_measured(spark: SparkSession) -> None:
    net = {"unit_id": "A", "period": "2023-12", "scope": "consolidated", "net_assets": 200}
    risk = [net, {**net, "scope": "single", "net_assets": 9}, {"unit_id": "B", "period": "2024-03", "scope": "single", "debt_ratio": "0.7"}]
    row = {"expected_irr": "0.08", "actual_irr": "0.03", "finished": date(2022, 3, 31), "stalled_since": date(2024, 3, 1)}
    made = _chain(spark, [{**row, "since_start": 125}], risk=risk)
    assert shown(made, "net_assets_last_year", "to_net_assets", "debt_ratio", "irr_shortfall") == {(200, 0.6, 0.7, 0.625)}
    assert shown(made, "months_in_use", "stalled_days", "over_budget", "review_due_on") == {(24, 30, 0.25, date(2024, 3, 31))}


def test_no_project_and_no_plan_is_no_row(spark: SparkSession) -> None:
    assert _chain(spark, [], plan=[], decision=[], payment=[]).count() == 0
