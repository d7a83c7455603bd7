"""A warning from the release that shows it to its closing; what recurs is reopened, never doubled."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.ledger.machine import IllegalMove
from catalog.ledger.values import Act, MartVersion, Refused, Warned, WarnedNow
from tests.catalog.ledger.conftest import Sender


class Nights:
    """Releases of the mart `warning`, each with the rows given."""

    def __init__(self, sender: Sender) -> None:
        self.ledger, self.version = sender.ledger, 0

    def release(self, *rows: tuple[str, str], unit: str = "A", as_of: str = "2025-05-20", **more: str) -> None:
        """`rows`: (period, level) of W01 of one unit."""
        self.version += 1
        for state in ("built", "audited"):
            self.ledger.set_mart(MartVersion("warning", str(self.version), self.version, 1, str(self.version), state, 1, as_of))
        told = tuple(Warned("W01", unit, p, "single", more.get("subject", ""), level, "负债率", "财务监管处") for p, level in rows)
        assert self.ledger.publish(as_of, WarnedNow(self.version, told)) is not None

    def do(self, action: str, case: str = "Y1", to: str = "", due: str = "") -> None:
        self.ledger.handle(Act(case, action, to, due), "王芳", "意见")

    def cases(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.ledger.cases().to_pylist()
        return rows

    def state(self) -> str:
        (one,) = self.cases()
        return str(one["state"])

    def acts(self) -> list[str]:
        return [e["to_state"] for e in self.ledger.events_after(0).to_pylist() if e["subject"] == "case act"]

    def close(self) -> None:
        for action in ("assess", "assign", "answer", "treat", "review", "close"):
            self.do(action, to="财务监管处" if action == "assign" else "", due="2025-06-30" if action == "assign" else "")


@pytest.fixture
def nights(sender: Sender) -> Nights:
    return Nights(sender)


def test_a_release_opens_one_case_for_all_periods_of_a_warning_and_closes_none(nights: Nights) -> None:
    nights.release(("2025-02", "黄"), ("2025-03", "红"))
    (case,) = nights.cases()
    assert (case["state"], case["level"], case["office"]) == ("found", "红", "财务监管处")
    nights.release()
    assert nights.state() == "found" and nights.acts() == ["vanished"]
    assert {(s["period"], s["present"]) for s in nights.ledger.sightings().to_pylist()} == {("2025-02", False), ("2025-03", False)}


def test_the_same_warning_in_the_next_release_changes_nothing(nights: Nights) -> None:
    nights.release(("2025-03", "黄"))
    nights.close()
    nights.release(("2025-03", "黄"))
    assert nights.state() == "closed" and nights.acts() == []


@pytest.mark.parametrize("again", [("2025-04", "黄"), ("2025-03", "红")], ids=["in another period", "graver"])
def test_a_closed_case_is_reopened_when_the_same_recurs(nights: Nights, again: tuple[str, str]) -> None:
    nights.release(("2025-03", "黄"))
    nights.close()
    nights.release(("2025-03", "黄"), again) if again[0] != "2025-03" else nights.release(again)
    (case,) = nights.cases()
    assert (case["state"], case["reopened"], case["level"]) == ("found", 1, again[1]) and nights.acts() == ["recurred"]


def test_one_that_had_gone_and_came_back_is_reopened(nights: Nights) -> None:
    nights.release(("2025-03", "黄"))
    nights.do("dismiss")
    nights.release()
    assert nights.state() == "false alarm"
    nights.release(("2025-03", "黄"))
    assert nights.state() == "found" and nights.acts() == ["vanished", "recurred"]


def test_units_and_subjects_have_cases_of_their_own(nights: Nights) -> None:
    nights.release(("2025-03", "黄"))
    nights.release(("2025-03", "黄"), unit="B")
    nights.release(("2025-03", "黄"), unit="B", subject="loan=7")
    assert len(nights.cases()) == 3


def test_every_step_is_taken_in_turn_with_name_and_reason(nights: Nights) -> None:
    nights.release(("2025-03", "黄"))
    with pytest.raises(IllegalMove, match="预警不能从“已发现”变为“已销号”"):
        nights.do("close")
    with pytest.raises(Refused, match="--by"):
        nights.ledger.handle(Act("Y1", "assess"), "王芳", "")
    nights.do("assess")
    with pytest.raises(Refused, match="--to"):
        nights.do("assign")
    nights.do("assign", to="产权管理处", due="2025-06-10")
    nights.do("refuse")
    nights.do("assign", to="财务监管处", due="2025-06-20")
    for action, state in (("answer", "answered"), ("reject", "assigned"), ("answer", "answered"), ("treat", "treated"),
                          ("review", "reviewed"), ("close", "closed")):  # fmt: skip
        nights.do(action)
        assert nights.state() == state
    (case,) = nights.cases()
    assert (case["owner"], case["due"]) == ("财务监管处", "2025-06-20")


def test_an_overdue_case_is_escalated_once_for_each_day_set(nights: Nights) -> None:
    nights.release(("2025-03", "黄"))
    nights.do("assess")
    nights.do("assign", to="财务监管处", due="2025-06-10")
    for as_of in ("2025-06-10", "2025-06-11", "2025-06-12"):
        nights.ledger.publish(as_of)
    assert nights.acts() == ["escalated"]
    nights.do("assign", to="财务监管处", due="2025-06-15")
    nights.ledger.publish("2025-06-16")
    assert nights.acts() == ["escalated", "escalated"]


def test_a_directive_leaves_the_state_and_may_set_owner_and_day(nights: Nights) -> None:
    nights.release(("2025-03", "红"))
    nights.do("direct", to="规划投资处", due="2025-06-01")
    (case,) = nights.cases()
    assert (case["state"], case["directive"], case["owner"], case["due"]) == ("found", "意见", "规划投资处", "2025-06-01")


def test_a_merged_case_reopens_the_one_it_was_merged_into(nights: Nights) -> None:
    nights.release(("2025-03", "黄"))
    nights.release(("2025-03", "黄"), unit="B")
    with pytest.raises(Refused, match="不能并入自己"):
        nights.do("merge", "Y2", to="Y2")
    nights.do("merge", "Y2", to="Y1")
    nights.close()
    nights.release(("2025-04", "黄"), unit="B")
    assert [c["state"] for c in nights.cases()] == ["found", "merged"]


def test_a_case_turned_into_a_clue_names_it(nights: Nights) -> None:
    nights.release(("2025-03", "红"))
    with pytest.raises(Refused, match="线索编号"):
        nights.do("clue")
    nights.do("clue", to="XS2025-007")
    assert [(c["state"], c["clue"]) for c in nights.cases()] == [("clue", "XS2025-007")]


def test_what_is_unknown_is_told(nights: Nights) -> None:
    with pytest.raises(Refused, match="没有编号为“Y9”的预警"):
        nights.do("assess", "Y9")
    nights.release(("2025-03", "红"))
    with pytest.raises(Refused, match="没有“delete”这种处理"):
        nights.do("delete")


def test_another_version_of_the_warnings_is_not_released_unread(nights: Nights) -> None:
    nights.release(("2025-03", "黄"))
    nights.ledger.set_mart(MartVersion("warning", "x", 9, 1, "x", "built", 1, "2025-05-21"))
    nights.ledger.set_mart(MartVersion("warning", "x", 9, 1, "x", "audited", 1, "2025-05-21"))
    with pytest.raises(Refused, match="重新运行 guozi publish"):
        nights.ledger.publish("2025-05-21", WarnedNow(8, ()))
    note = nights.ledger.release()
    assert note is not None and note.id == 1
