"""The domains' books hang together before anything goes wrong: worked out here from what is filed, without a rule of the contracts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from samples.city import build_city
from samples.compose import make_plan
from samples.domains.register import DOMAINS
from samples.filing import typed_as
from samples.line import Line
from samples.plan import Plan
from schemas.load import form, forms


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Everything sent, nothing gone wrong."""
    made = Plan.of(build_city(1, "small", ["5011", "4411", "2710"]))
    for domain in DOMAINS.values():
        made.sent += domain.send(made)
    return made


def lines(plan: Plan, name: str, **cells: str) -> Iterator[Line]:
    return (line for _, line in plan.lines(name) if all(line.cells[c] == text for c, text in cells.items()))


def fen(line: Line, column: str) -> int:
    value = line.values[column]
    assert isinstance(value, int)
    return value


def total(plan: Plan, name: str, column: str, test: Callable[[Line], bool] = lambda line: True) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines(plan, name):
        sums[line.key, line.period] += fen(line, column) if test(line) else 0
    return sums


def closing(plan: Plan, key: str, period: str, item: str) -> int:
    year, month = (int(part) for part in period.split("-"))
    figure = plan.accounts.figures(key, "single", year, month)[item, "closing"]
    assert figure is not None
    return figure


def test_every_form_of_a_reporter_or_source_is_sent(plan: Plan) -> None:
    assert {s.form for s in plan.sent} == {f.name for f in forms() if not f.name.startswith("listed_")}


def test_guarantees_to_outsiders_add_up_to_the_balance_of_the_monthly_report(plan: Plan) -> None:
    sums = total(plan, "guarantee", "balance", lambda line: line.cells["relation_kind"] != "合并范围内")
    assert len(sums) > 60
    assert [place for place, balance in sums.items() if balance != closing(plan, *place, "guarantee_balance")] == []


def test_loans_add_up_to_interest_bearing_debt_and_accounts_to_cash(plan: Plan) -> None:
    for name, item in (("financing", "interest_bearing_debt"), ("bank_account", "cash")):
        sums = total(plan, name, "balance")
        assert len(sums) > 60
        assert [place for place, balance in sums.items() if balance != closing(plan, *place, item)] == []


def test_nothing_is_paid_before_it_is_decided_nor_more_than_was_decided(plan: Plan) -> None:
    decided = {line.cells["topic_id"]: line for line in lines(plan, "decision")}
    paid: dict[str, int] = defaultdict(int)
    for line in lines(plan, "large_payment"):
        topic = decided[line.cells["topic_id"]]
        assert topic.period <= line.period and topic.cells["item_code"] == line.cells["item_code"]
        paid[line.cells["topic_id"]] += fen(line, "amount")
    assert len(paid) > 40
    assert all(amount <= fen(decided[topic], "amount") for topic, amount in paid.items())


def test_a_project_has_one_code_in_plan_decision_contract_payment_and_progress(plan: Plan) -> None:
    reported = {line.cells["project_id"] for line in lines(plan, "investment_project")}
    planned = {line.cells["project_id"] for line in lines(plan, "investment_plan")}
    decided = {line.cells["project_id"]: line.cells["contract_no"] for line in lines(plan, "decision") if line.cells["project_id"]}
    assert reported and planned >= {p for p in reported if not p.endswith("-0")} and decided.keys() >= reported | planned
    for line in lines(plan, "large_payment", payment_purpose="工程款"):
        assert line.cells["project_id"] in planned and line.cells["contract_no"] == decided[line.cells["project_id"]]


def test_every_topic_has_a_meeting_that_holds_it_and_a_party_study_before(plan: Plan) -> None:
    held = {(line.cells["meeting_id"], line.cells["topic_id"]) for line in lines(plan, "decision_meeting_line")}
    meetings = {line.cells["meeting_id"]: line for line in lines(plan, "decision_meeting")}
    for line in lines(plan, "decision"):
        board, party = line.cells["meeting_id"], line.cells["party_meeting_id"]
        assert {(board, line.cells["topic_id"]), (party, line.cells["topic_id"])} <= held
        assert meetings[party].period < meetings[board].period == line.period


def test_paid_in_capital_is_one_in_books_registry_property_register_and_market_registry(plan: Plan) -> None:
    books = {u.key: closing(plan, u.key, "2025-04", "paid_in_capital") for u in plan.city.units.values()}
    for line in lines(plan, "enterprise_registry"):
        assert line.cells["paid_in_capital"] == typed_as(books[line.key], ("万元", 2))
    for name, column in (("property_registration", "paid_in_capital"), ("market_registry", "paid_in")):
        filed = [(line.key, line.values[column]) for line in lines(plan, name) if line.values[column] is not None]
        assert len(filed) >= 36 and [key for key, value in filed if value != books[key]] == []


def test_party_members_are_a_part_of_the_heads(plan: Plan) -> None:
    heads = {line.key: int(line.cells["headcount"]) for line in lines(plan, "enterprise_registry")}
    members = [(line.key, int(line.cells["members"])) for line in lines(plan, "party_organisation")]
    assert len(members) > 40 and all(count <= heads[key] for key, count in members)


def test_the_tax_office_has_the_revenue_and_tax_of_the_books(plan: Plan) -> None:
    for line in lines(plan, "tax", answer_mode="明细"):
        year, month = (int(part) for part in line.period.split("-"))
        figures = plan.accounts.figures(line.key, "single", year, month)
        assert line.values["declared_revenue"] == figures["revenue_total", "month"]
        assert line.values["paid"] == figures["taxes_paid_total", "month"]


def test_annual_accounts_agree_with_december(plan: Plan) -> None:
    for line in lines(plan, "annual_finance", period="2024"):
        figures = plan.accounts.figures(line.key, line.cells["scope"], 2024, 12)
        for column in ("assets_closing", "revenue_total_ytd", "net_profit_ytd", "cfo_ytd", "state_equity_opening"):
            item, _, measure = column.rpartition("_")
            assert line.values[column] == figures[item, measure], (line.key, line.scope, column)


def test_what_is_paid_for_work_is_within_what_the_cash_flow_statement_pays_for_assets(plan: Plan) -> None:
    done: dict[str, int] = defaultdict(int)
    for line in lines(plan, "investment_project", period="2025Q1"):
        done[line.key] += fen(line, "quarter")
    for key, amount in done.items():
        capex = plan.accounts.figures(key, "single", 2025, 3)["capex_paid", "ytd"]
        assert capex is not None and 0 < amount <= capex


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_plant_the_same_kinds_in_other_books(seed: int) -> None:
    faults = make_plan(seed, "small").faults
    assert {
        "payment_undecided", "payment_before_decision", "split_payment", "party_after_board", "guarantee_stranger",
        "guarantee_over_share", "over_budget", "outside_plan", "appraisal_expired", "floor_under_appraisal", "change_not_registered",
        "task_overdue", "progress_fell",
        "expired_term", "loss_class_wrong", "project_stalled", "overseas_loss", "assessment_expired", "number_twice", "shares_not_whole",
        "amount_scale", "swapped_dates",
    } <= {f.kind for f in faults}  # fmt: skip
    assert all(f.rules or f.shown for f in faults)


def test_a_correction_carries_the_whole_entry_as_the_books_have_it() -> None:
    made = make_plan(1, "small")
    for fault in (f for f in made.faults if f.corrected and f.record):
        again = next(s for s in made.sent if s.revision == 2 and s.form == fault.form and any(
            (line.unit_id, line.period, line.own) == (fault.unit_id, fault.period, fault.record) for line in s.lines))  # fmt: skip
        assert not any(line.errors or line.queries for line in again.lines)
        assert again.arrived <= date(2025, 5, 20)
        assert {line.form for line in again.lines} == {form(fault.form).name}
