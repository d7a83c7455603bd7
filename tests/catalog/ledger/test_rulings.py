"""Closed periods, extensions, exemptions; the group's review and the office's acceptance."""

from __future__ import annotations

import pytest

from catalog.ledger.machine import IllegalMove
from catalog.ledger.values import Refused, RulingRecord
from tests.catalog.ledger.conftest import Sender

CLOSING = RulingRecord("closing", "monthly_finance", "2025-03")


def test_a_closed_period_returns_anything_new_until_it_is_unlocked(sender: Sender) -> None:
    first = sender.send("one")
    sender.night()
    number = sender.ledger.rule(CLOSING, "王芳", "季报已上报")
    second = sender.send("two", revision=2)
    sender.night()
    assert sender.states() == {first: ["in force"], second: ["returned"]}
    assert sender.reason(second).startswith("SUB-CLOSED 2025-03 已由 王芳 封账（季报已上报）")
    sender.ledger.lift(number, "王芳", "集团申请更正")
    third = sender.send("three", revision=3)
    sender.night()
    assert sender.standing() == [third]


def test_a_closed_period_takes_no_decision_that_changes_what_counts(sender: Sender) -> None:
    first = sender.send({"A": "one"})
    second = sender.send({"B": "one"})
    sender.night()
    sender.ledger.decide(first, "withdraw", "王芳", "误报")
    sender.ledger.rule(CLOSING, "王芳", "季报已上报")
    for receipt, action in ((first, "revert"), (second, "withdraw"), (second, "return")):
        with pytest.raises(Refused, match="封账"):
            sender.ledger.decide(receipt, action, "王芳", "改")
    assert (sender.standing("A"), sender.standing("B")) == ([], [second])
    assert sender.ledger.decide(second, "review", "集团财务部", "已核对").counts == {"reviewed": 1}


def test_other_forms_and_periods_stay_open(sender: Sender) -> None:
    sender.ledger.rule(RulingRecord("closing", "monthly_finance", "2025-02"), "王芳", "已上报")
    receipt = sender.send("one")
    sender.night()
    assert sender.standing() == [receipt]


@pytest.mark.parametrize(("said", "why"), [
    (RulingRecord("closing", "nothing", "2025-03"), "没有“nothing”这种报表"),
    (RulingRecord("closing", "monthly_finance", "2025-13"), "写法不对"),
    (RulingRecord("closing", "monthly_finance", "2025-03", "A"), "不能只封一个单位"),
    (RulingRecord("exemption", "monthly_finance", "2025-03"), "必须写明单位"),
    (RulingRecord("extension", "monthly_finance", "2025-03", "A"), "新的截止日"),
    (RulingRecord("extension", "monthly_finance", "2025-03", "A", "4 月"), "写法不对"),
])  # fmt: skip
def test_a_ruling_that_says_too_little_is_refused(sender: Sender, said: RulingRecord, why: str) -> None:
    with pytest.raises(Refused, match=why):
        sender.ledger.rule(said, "王芳", "试")


def test_a_ruling_is_made_once_lifted_once_and_told_as_it_was(sender: Sender) -> None:
    number = sender.ledger.rule(RulingRecord("extension", "monthly_finance", "2025-03", "A", "2025-04-15"), "王芳", "系统故障")
    before = sender.ledger.seq()
    with pytest.raises(Refused, match="已由 王芳 决定"):
        sender.ledger.rule(RulingRecord("extension", "monthly_finance", "2025-03", "A", "2025-04-20"), "王芳", "再延")
    with pytest.raises(Refused, match="--by"):
        sender.ledger.lift(number, "", "试")
    sender.ledger.lift(number, "王芳", "已恢复")
    with pytest.raises(Refused, match="已经解除"):
        sender.ledger.lift(number, "王芳", "已恢复")
    assert [r["state"] for r in sender.ledger.rulings().to_pylist()] == ["lifted"]
    assert [(r["state"], r["until"]) for r in sender.ledger.rulings(before).to_pylist()] == [("in effect", "2025-04-15")]
    assert sender.ledger.rulings(before - 1).num_rows == 0


def test_the_group_reviews_then_the_office_accepts_and_either_may_return(sender: Sender) -> None:
    receipt = sender.send("one")
    sender.night()
    assert sender.ledger.decide(receipt, "review", "集团财务部", "已核对").counts == {"reviewed": 1}
    assert sender.ledger.decide(receipt, "approve", "财务监管处", "受理").counts == {"accepted": 1}
    assert sender.standing() == [receipt]
    with pytest.raises(IllegalMove, match="已受理"):
        sender.ledger.decide(receipt, "review", "集团财务部", "再核")
    sender.ledger.decide(receipt, "return", "财务监管处", "口径有误")
    assert sender.states() == {receipt: ["returned"]} and sender.standing() == []


def test_where_the_contract_says_so_the_office_accepts_nothing_before_the_group_has_reviewed_it(sender: Sender) -> None:
    sender.form, sender.period = "annual_finance", "2024"
    receipt = sender.send({"A": "one", "B": "one"})
    sender.night()
    with pytest.raises(Refused, match=f"{receipt} 有 2 条“年度财务决算”未经集团审核（如 A 2024）.* guozi decide {receipt} review"):
        sender.ledger.decide(receipt, "approve", "财务监管处", "受理")
    assert sender.standing() == [receipt]
    sender.ledger.decide(receipt, "review", "集团财务部", "已核对")
    assert sender.ledger.decide(receipt, "approve", "财务监管处", "受理").counts == {"accepted": 2}


def test_a_first_report_after_its_day_is_marked_late_unless_it_was_given_longer(sender: Sender) -> None:
    """Due on 2025-04-08; what the sender's fixture sends arrives that day, so the day is moved before and after it."""
    sender.ledger.rule(RulingRecord("extension", "monthly_finance", "2025-03", "A", "2025-04-01"), "王芳", "提前上报")
    first = sender.send({"A": "one", "B": "one"})
    sender.night()
    rows = {e["unit_id"]: e["reason"] for e in sender.ledger.entries().to_pylist()}
    assert rows == {"A": "补报：应于 2025-04-01 前报送，2025-04-08 收到", "B": ""}
    sender.send({"A": "two"}, supersedes=first)
    sender.night()
    assert [e["reason"] for e in sender.ledger.entries().to_pylist()][-1] == ""  # a correction is not late
