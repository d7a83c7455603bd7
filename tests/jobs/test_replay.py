"""Archived files judged again under changed rules are shadows until adopted; what moved is told cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.diff import Moved, diff
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from jobs.replay import replay
from schemas.declared import documents, lay_out, reading
from tests.jobs.test_explaining import _send, _states

CONTRACT = "submissions/bank_account.yaml"


@contextmanager
def _negative_balances_are_errors(folder: Path) -> Iterator[None]:
    changed = dict(documents())
    changed[CONTRACT] = changed[CONTRACT].replace("- id: BA-6\n        severity: query", "- id: BA-6\n        severity: error")
    assert changed != documents()
    with reading(lay_out(changed, folder)):
        yield


def _decide(settings: Settings, receipt: str, action: str) -> None:
    ledger = Ledger.open(settings)
    ledger.decide(receipt, action, "王芳", "新规则")
    ledger.close()


def test_under_the_same_rules_nothing_is_judged_again(settings: Settings) -> None:
    _send(settings, "1/a.csv", "BA-5", "", revision=1)
    done = replay(settings, {"form": "bank_account"})
    assert (done.judged, done.same, done.receipts) == (0, 1, ())


def test_under_changed_rules_a_shadow_waits_until_it_is_adopted(settings: Settings, tmp_path: Path) -> None:
    _send(settings, "1/a.csv", "BA-6", "", revision=1)
    with _negative_balances_are_errors(tmp_path / "changed"):
        done = replay(settings, {})
        assert (done.judged, done.differing) == (1, {"R00000001": 1})
        assert _states(settings) == ["to explain", "shadow"]
        assert replay(settings, {}).judged == 0
    _decide(settings, "R00000001", "adopt")
    assert _states(settings) == ["superseded", "in force"]  # the negative record is in quarantine now, so nothing is left to explain


def test_only_what_is_asked_for_is_judged_again(settings: Settings, tmp_path: Path) -> None:
    _send(settings, "1/a.csv", "BA-6", "", revision=1)
    with _negative_balances_are_errors(tmp_path / "changed"):
        assert replay(settings, {"period": "2025-08"}).judged == 0
        assert replay(settings, {"form": "bank_account", "period": "2025-09", "unit": ""}).judged == 1


def test_two_submissions_of_a_form_differ_in_the_cells_that_were_changed(settings: Settings) -> None:
    _send(settings, "1/a.csv", "BA-6", "BA-5", revision=1)
    _send(settings, "2/a.csv", "BA-6", "BA-5", "", revision=2, balance="-20.00")
    done = diff(settings, "R00000001", "R00000002")
    unit = "unit_id=91370202YY1403013Y period=2025-09 account=38030201"
    assert set(done.cells) == {
        Moved("bank_account", f"{unit}66666666", "balance", "-10.0000", "-20.0000"), Moved("bank_account", f"{unit}00000000", "", None, ""),
    }  # fmt: skip
    assert done.radius == ()
