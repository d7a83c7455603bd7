"""Who may write gold, on both engines: one place at a time, and nobody whose lease has passed on."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import DBAPIError

from catalog.ledger import writer
from catalog.ledger.engine import connect
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Fenced, MartVersion, Refused
from catalog.settings import Settings
from tests.postgres import Server


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger.open(settings)
    yield opened
    opened.close()


def _mart(version: int, fence: int) -> MartVersion:
    return MartVersion("statement", str(version), version, 1, str(version), "audited", 1, "2025-05-20", fence=fence)


def test_one_place_at_a_time_holds_the_lease_and_every_holder_has_a_higher_number(ledger: Ledger) -> None:
    assert ledger.take_lease("one", 60) == 1
    assert ledger.take_lease("two", 60) is None
    assert ledger.take_lease("one", 60) == 2  # whose first holder is gone, since its lock is
    ledger.end_lease(2)
    assert ledger.take_lease("two", 60) == 3


def test_a_lease_lives_as_long_as_it_is_renewed(ledger: Ledger) -> None:
    assert ledger.take_lease("one", 1) == 1
    ledger.renew_lease(1, 60)
    time.sleep(1.1)
    assert ledger.take_lease("two", 60) is None


def test_nothing_that_a_holder_writes_counts_once_its_lease_has_passed_on(ledger: Ledger) -> None:
    assert ledger.take_lease("one", 1) == 1
    ledger.set_mart(_mart(1, fence=1))
    time.sleep(1.1)
    ledger.check_lease(1)  # run out, but nobody else has written
    assert ledger.take_lease("two", 60) == 2
    for late in (lambda: ledger.check_lease(1), lambda: ledger.renew_lease(1, 60), lambda: ledger.set_mart(_mart(2, fence=1))):
        with pytest.raises(Fenced, match="第 1 号"):
            late()
    ledger.end_lease(1)
    assert ledger.take_lease("three", 60) is None
    assert ledger.marts() == {"statement": _mart(1, fence=1)}
    ledger.set_mart(_mart(2, fence=2))
    assert ledger.marts() == {"statement": _mart(2, fence=2)}


def test_a_version_that_was_not_looked_at_is_not_published(ledger: Ledger) -> None:
    ledger.set_mart(_mart(2, fence=0))
    with pytest.raises(Refused, match="重新计算过"):
        ledger.publish("2025-05-20", seen={"statement": 1})
    assert ledger.release() is None
    assert ledger.publish("2025-05-20", seen={"statement": 2}) is not None


def test_a_writer_that_freezes_in_mid_transaction_does_not_hold_up_the_others(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_FROZEN", "500ms")
    ledger = Ledger(url := postgres.database())
    with pytest.raises(DBAPIError), writer.writing(engine := connect(url)):
        assert ledger.take_lease("one", 60) == 1
    engine.dispose()
    ledger.close()
