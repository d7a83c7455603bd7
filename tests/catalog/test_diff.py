"""What moved between two releases: rows that came or went, cells from what to what."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from catalog.diff import Moved, diff
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused
from catalog.settings import Settings
from tests.catalog.test_sql import audited

KEY = {"form": "small", "period": "2025-03", "scope": "single", "item": "assets", "measure": "closing"}


def _release(settings: Settings, figures: dict[str, str]) -> None:
    """One release of `statement`: unit → value."""
    row = {"unit_id": list(figures), **{k: [v] * len(figures) for k, v in KEY.items()},
           "value": pa.array([Decimal(v) for v in figures.values()], pa.decimal128(28, 8)), "_batch": [1] * len(figures)}  # fmt: skip
    audited(settings, "statement", row)
    ledger = Ledger.open(settings)
    assert ledger.publish("2025-05-20") is not None
    ledger.close()


def test_cells_that_changed_and_rows_that_came_or_went_are_told(settings: Settings) -> None:
    _release(settings, {"A": "1", "B": "2", "C": "3"})
    _release(settings, {"A": "1", "B": "5", "D": "4"})
    done = diff(settings, "1", "2")
    key = "form=small unit_id={} period=2025-03 scope=single item=assets measure=closing"
    assert done.cells == () and set(done.radius) == {
        Moved("statement", key.format("B"), "value", "2.00000000", "5.00000000"),
        Moved("statement", key.format("C"), "", "3.00000000", None),
        Moved("statement", key.format("D"), "", None, "4.00000000"),
    }


def test_a_release_does_not_differ_from_itself(settings: Settings) -> None:
    _release(settings, {"A": "1"})
    assert diff(settings, "1", "1").radius == ()


@pytest.mark.parametrize(("one", "other", "why"), [("1", "9", "没有第 9 次发布"), ("R00000007", "R00000008", "没有回执号“R00000007”")])
def test_what_is_not_there_is_told(settings: Settings, one: str, other: str, why: str) -> None:
    _release(settings, {"A": "1"})
    with pytest.raises(Refused, match=why):
        diff(settings, one, other)
