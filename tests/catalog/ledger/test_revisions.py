"""Which of several reports of one unit and period counts."""

from dataclasses import replace

import pytest

from catalog.ledger.settle import Claim, Outcome, outcome
from catalog.ledger.values import Refused
from tests.catalog.ledger.conftest import Sender


def test_a_first_report_comes_into_force(sender: Sender) -> None:
    receipt = sender.send("1")
    assert sender.standing() == []
    sender.night()
    assert sender.standing() == [receipt]


def test_a_report_with_queries_stands_while_it_waits_for_an_explanation(sender: Sender) -> None:
    receipt = sender.send("1", queries=2)
    sender.night()
    assert sender.states() == {receipt: ["to explain"]}
    assert sender.standing() == [receipt]


def test_a_report_with_errors_is_returned_and_leaves_the_one_before_in_force(sender: Sender) -> None:
    good = sender.send("1")
    sender.night()
    bad = sender.send("2", revision=1, errors=1)
    sender.night()
    assert sender.states() == {good: ["in force"], bad: ["returned"]}


def test_a_higher_revision_takes_over(sender: Sender) -> None:
    first, second = sender.send("1"), sender.send("2", revision=1)
    sender.night()
    assert sender.states() == {first: ["superseded"], second: ["in force"]}


def test_revision_3_before_revision_2_leaves_3_in_force_and_accounts_for_2(sender: Sender) -> None:
    first, third = sender.send("1", revision=1), sender.send("3", revision=3)
    sender.night()
    second = sender.send("2", revision=2)
    sender.night()
    assert sender.states() == {first: ["superseded"], third: ["in force"], second: ["superseded"]}
    assert "SUB-LATE" in sender.reason(second)


def test_two_revisions_that_claim_the_same_predecessor_leave_one_in_force_and_one_to_review(sender: Sender) -> None:
    first = sender.send("1")
    sender.night()
    one, other = sender.send("2", supersedes=first), sender.send("3", supersedes=first)
    sender.night()
    assert sender.states() == {first: ["superseded"], one: ["in force"], other: ["to review"]}
    assert "SUB-FORK" in sender.reason(other)


def test_two_different_files_of_the_same_revision_are_a_dispute_that_a_person_settles(sender: Sender) -> None:
    first, other = sender.send("1", revision=1), sender.send("2", revision=1)
    sender.night()
    assert sender.states() == {first: ["in force"], other: ["to review"]}
    sender.ledger.decide(other, "accept", "王", "以第二份为准")
    assert sender.states() == {first: ["superseded"], other: ["in force"]}


def test_a_later_revision_outdates_a_dispute(sender: Sender) -> None:
    sender.send("1", revision=1)
    disputed, third = sender.send("2", revision=1), sender.send("3", revision=2)
    sender.night()
    assert sender.states()[disputed] == ["superseded"]
    assert sender.standing() == [third]


def test_an_unchanged_report_is_returned(sender: Sender) -> None:
    first, again = sender.send("1"), sender.send("1", revision=2)
    sender.night()
    assert sender.states() == {first: ["in force"], again: ["returned"]}
    assert "SUB-UNCHANGED" in sender.reason(again)


def test_where_one_unit_of_a_group_file_changed_the_whole_revision_takes_over(sender: Sender) -> None:
    first = sender.send({"A": "1", "B": "1"})
    second = sender.send({"A": "2", "B": "1"}, revision=1)
    sender.night()
    assert sender.standing("A") == sender.standing("B") == [second]
    assert sender.states("B") == {first: ["superseded"], second: ["in force"]}


def test_a_change_without_a_revision_is_returned_with_what_to_write(sender: Sender) -> None:
    first, second = sender.send("1"), sender.send("2")
    sender.night()
    assert sender.states() == {first: ["in force"], second: ["returned"]}
    assert "修订号" in sender.reason(second)


def test_a_receipt_that_does_not_exist_is_no_predecessor(sender: Sender) -> None:
    receipt = sender.send("1", supersedes="R00009999")
    sender.night()
    assert sender.states() == {receipt: ["returned"]}


def test_a_correction_of_a_returned_report_stands(sender: Sender) -> None:
    bad = sender.send("1", errors=1)
    sender.night()
    good = sender.send("2", supersedes=bad)
    sender.night()
    assert sender.standing() == [good]


def test_a_report_with_nothing_but_keys_counts_as_not_filed(sender: Sender) -> None:
    receipt = sender.send("0", filed=False)
    sender.night()
    assert sender.states() == {receipt: ["returned"]}
    assert "NIL-RECORD" in sender.reason(receipt)


def test_reports_of_a_form_that_adds_up_stand_beside_each_other_unless_one_names_another() -> None:
    old = Claim(id=1, submission=1, revision=0, rows=1, errors=0, queries=0, filed=True, content_hash="1", state="in force")
    new = replace(old, id=2, submission=2, content_hash="2", state="pending", append=True)
    assert outcome(new, [old]) == Outcome("in force")
    assert outcome(replace(new, supersedes=1), [old]) == Outcome("in force", replaces=(1,))


def test_a_file_judged_again_under_another_contract_waits_as_a_shadow_until_adopted(sender: Sender) -> None:
    receipt = sender.send("1")
    sender.night()
    sender.judge(sender.numbers[0], {"A": "2"}, contract="d")
    sender.night()
    assert sender.states() == {receipt: ["in force", "shadow"]}
    sender.ledger.decide(receipt, "adopt", "李", "采用新规则")
    assert sender.states() == {receipt: ["superseded", "in force"]}


def test_a_revert_is_a_new_entry_and_the_past_stays_as_it_was(sender: Sender) -> None:
    first = sender.send("1")
    sender.night()
    before = sender.ledger.seq()
    second = sender.send("2", revision=1)
    sender.night()
    between = sender.ledger.seq()
    sender.ledger.decide(first, "revert", "赵", "第二份报错了")
    assert sender.states() == {first: ["superseded", "in force"], second: ["superseded"]}
    assert [sender.standing(at_seq=s) for s in (before, between, None)] == [[first], [second], [first]]


def test_a_held_batch_counts_only_after_somebody_releases_it(sender: Sender) -> None:
    receipt = sender.send("1")
    sender.night(held="核验未通过：CTL-BALANCE")
    assert sender.states() == {receipt: ["pending"]}
    sender.ledger.decide(receipt, "release", "钱", "已核对")
    assert sender.standing() == [receipt]


def test_the_same_bytes_for_the_same_form_and_period_are_rejected_naming_the_first_receipt(sender: Sender) -> None:
    first = sender.send("1")
    again = sender.send("1")
    rejected = [s for s in sender.ledger.submissions().to_pylist() if s["receipt"] == again]
    assert rejected[0]["state"] == "rejected"
    assert first in rejected[0]["rejection"]


def test_recording_the_same_judging_twice_changes_nothing(sender: Sender) -> None:
    sender.send("1")
    before = sender.ledger.seq()
    sender.judge(sender.numbers[0], {"A": "1"})
    assert sender.ledger.seq() == before


def test_a_submission_whose_entries_were_all_returned_says_so(sender: Sender) -> None:
    sender.send("1")
    sender.send("1", revision=2)
    sender.night()
    assert [s["verdict"] for s in sender.ledger.submissions().to_pylist()] == ["accepted", "returned"]


@pytest.mark.parametrize(
    ("action", "why"),
    [("accept", "生效"), ("adopt", "影子"), ("release", "扣留"), ("revert", "被替代"), ("erase", "没有“erase”")],
)
def test_a_decision_that_does_not_fit_is_refused_with_what_is_possible(sender: Sender, action: str, why: str) -> None:
    receipt = sender.send("1")
    sender.night()
    before = sender.ledger.seq()
    with pytest.raises(Refused, match=why):
        sender.ledger.decide(receipt, action, "孙", "试试")
    assert sender.ledger.seq() == before


def test_a_decision_needs_a_name_and_a_reason(sender: Sender) -> None:
    receipt = sender.send("1")
    sender.night()
    with pytest.raises(Refused, match="理由"):
        sender.ledger.decide(receipt, "withdraw", "周", " ")


def test_a_withdrawn_report_no_longer_stands_and_can_be_brought_back(sender: Sender) -> None:
    receipt = sender.send("1")
    sender.night()
    sender.ledger.decide(receipt, "withdraw", "吴", "填报单位申请")
    assert sender.standing() == []
    sender.ledger.decide(receipt, "revert", "吴", "申请撤销")
    assert sender.standing() == [receipt]
