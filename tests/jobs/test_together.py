"""Several at once, in any order, late: two nights of one lake, a night that was stopped and woken, revisions, two cities."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import psutil
import pytest

from catalog.content import Content, content
from catalog.failpoint import POINTS
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from commands.failure import Code
from jobs.land import land
from jobs.refine import refine
from tests.jobs.endings import Ending, ending
from tests.jobs.incoming import capital, capital_with
from tests.jobs.nights import begin, home, run, send
from tests.postgres import Server

pytestmark = pytest.mark.proof
# Inside a transaction a stopped writer holds the ledger: tests/catalog/ledger/test_lease.py.
OUTSIDE = [point for point in POINTS if point != "publish.inside"]
PATIENCE = 120  # seconds for a night


def test_two_nights_at_once_over_one_lake_end_as_one_does(anywhere: Settings, undisturbed: Ending) -> None:
    """One may be told that the other was there first; what is left is done by the next."""
    send(anywhere)
    both = [begin(anywhere, "", "intake") for _ in range(2)]
    said = [one.communicate()[1].decode() for one in both]
    assert {one.returncode for one in both} <= {Code.FINE, Code.FAILED, Code.REFUSED}, said
    assert run(anywhere) == 0
    assert ending(anywhere) == undisturbed


@pytest.mark.parametrize("point", OUTSIDE)
def test_a_night_that_wakes_after_its_successor_finished_adds_nothing(anywhere: Settings, undisturbed: Ending, point: str) -> None:
    send(anywhere)
    zombie = begin(anywhere, point, "stop")
    _await(lambda: bool(_asleep(zombie.pid)))
    assert run(anywhere) == 0
    _await(lambda: _woken(zombie))
    told = zombie.communicate()[1].decode()
    assert zombie.returncode in (Code.FINE, Code.FAILED, Code.REFUSED), told
    assert run(anywhere) == 0
    assert ending(anywhere) == undisturbed


def _asleep(night: int) -> list[psutil.Process]:
    """Of a night and the children that judge and commit for it those that are stopped."""
    leader = psutil.Process(night)
    return [one for one in (leader, *leader.children(recursive=True)) if one.status() == psutil.STATUS_STOPPED]


def _woken(night: subprocess.Popen[bytes]) -> bool:
    """Wakes whoever is stopped, at whichever file or table; whether the night is over."""
    if night.poll() is None:
        for one in _asleep(night.pid):
            one.resume()
    return night.poll() is not None


def _await(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, "the night neither stops nor ends"
        time.sleep(0.1)


@pytest.mark.parametrize("nights", [1, 3])
def test_revisions_of_one_key_end_alike_in_whatever_order_they_come(tmp_path: Path, nights: int) -> None:
    """The first report and two resubmissions, all in one night or a night each: the last revision stands, all are kept."""
    ends = {_last(home(tmp_path / "-".join(map(str, order))), order, nights) for order in permutations((1, 2, 3))}
    (one,) = ends
    assert one[0] == ("3",) and one[1].rows > 0


def _last(settings: Settings, order: tuple[int, ...], nights: int) -> tuple[tuple[str, ...], Content, Content]:
    """Revisions that stand, and what bronze and silver hold."""
    for number, revision in enumerate(order):
        text = capital_with('"61,131"', f'"61,13{revision}"')
        capital(settings, f"{revision}/2010.csv", text, revision=str(revision), arrived=f"2011-05-0{number + 1}")
        if nights > 1:
            land(settings)
            refine(settings)
    land(settings)
    refine(settings)
    ledger = Ledger.open(settings)
    sent = {s["id"]: s["revision"] for s in ledger.submissions().to_pylist()}
    standing = {str(sent[e["submission"]]) for e in ledger.entries().to_pylist() if e["from_seq"] is not None and e["to_seq"] is None}
    origins = ledger.submissions("id", "sha256", "name")
    ledger.close()
    held = [content(settings, layer, "listed_share_capital", origins=origins) for layer in ("bronze", "silver")]
    return tuple(sorted(standing)), held[0], held[1]


def test_two_cities_on_one_store_and_one_database_server_load_side_by_side(
    on_object_store: Settings, postgres: Server, undisturbed: Ending, tmp_path: Path
) -> None:
    """Each in a lake and a ledger of its own; neither hears of the other."""
    lake = on_object_store.lake
    cities = [
        replace(on_object_store, home=tmp_path / name, lake=f"{lake}/{name}", ledger=postgres.database()) for name in ("east", "west")
    ]
    both = [begin(send(city)) for city in cities]
    assert [one.wait() for one in both] == [0, 0], [one.communicate() for one in both]
    for city in cities:
        assert ending(city) == undisturbed
