"""The table of legal moves."""

import pytest

from catalog.ledger import machine


@pytest.mark.parametrize("state", machine.STATES.values(), ids=lambda s: f"{s.subject} {s.name}")
def test_every_state_has_a_chinese_name_and_a_sentence_that_says_what_to_do(state: machine.State) -> None:
    assert state.label and not state.label.isascii()
    assert state.advice.endswith("。")


def test_every_move_leads_to_a_state_of_the_same_machine() -> None:
    loose = [(s.subject, s.name, m) for s in machine.STATES.values() for m in s.moves if (s.subject, m) not in machine.STATES]
    assert loose == []


def test_every_state_can_be_reached() -> None:
    reached = {(s.subject, m) for s in machine.STATES.values() for m in s.moves}
    assert {k for k in machine.STATES if k[1] != machine.START} == reached


@pytest.mark.parametrize(
    ("subject", "before", "after"),
    [
        ("submission", "rejected", "judged"), ("submission", "", "judged"), ("batch", "staged", "audited"),
        ("entry", "superseded", "in force"), ("entry", "returned", "in force"), ("entry", "in force", "pending"),
        ("load", "done", "open"), ("nothing", "", "received"),
    ],
)  # fmt: skip
def test_a_move_outside_the_table_is_refused(subject: str, before: str, after: str) -> None:
    with pytest.raises(machine.IllegalMove):
        machine.check(subject, before, after)
