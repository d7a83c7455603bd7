"""One driver at a time writes gold, on one host and among hosts that share ledger and lake."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.content import content
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import ReleaseNote
from catalog.settings import Settings
from commands.failure import Code
from jobs.land import land
from jobs.lease import Busy, lease
from jobs.publish import publish
from jobs.refine import refine
from tests.jobs.homes import environment
from tests.jobs.incoming import capital
from tests.postgres import Server

_DRIVER = Path(__file__).with_name("driver_to_stop.py")


@pytest.mark.parametrize("beside", ["", "another host"])
def test_one_driver_at_a_time_writes_gold_on_a_host_and_among_hosts(settings: Settings, tmp_path: Path, beside: str) -> None:
    other = replace(settings, home=tmp_path / beside) if beside else settings
    ledger = Ledger.open(settings)
    with lease(settings, ledger) as first, pytest.raises(Busy), lease(other, ledger):
        pass
    with lease(other, ledger) as second:
        assert second == first + 1
    ledger.close()


def test_a_driver_renews_its_lease_while_it_works(settings: Settings, tmp_path: Path) -> None:
    brief, other = replace(settings, lease=3), replace(settings, home=tmp_path / "another host")
    ledger = Ledger.open(settings)
    with lease(brief, ledger):
        time.sleep(3.5)
        with pytest.raises(Busy), lease(other, ledger):
            pass
    ledger.close()


@pytest.mark.proof
def test_of_a_driver_that_wakes_after_its_successor_finished_nothing_is_published(
    on_object_store: Settings, postgres: Server, tmp_path: Path
) -> None:
    first = replace(on_object_store, ledger=postgres.database(), lease=2)
    other = replace(first, home=tmp_path / "another host")
    capital(first, "2010.csv")
    assert land(first).judged == 1 and refine(first).loads == 1
    zombie = _driver(first, "sleep")
    assert os.WIFSTOPPED(os.waitpid(zombie.pid, os.WUNTRACED)[1])
    time.sleep(2.1)
    assert _driver(other).wait() == Code.FINE
    published = _released(other)
    zombie.send_signal(signal.SIGCONT)
    said = zombie.communicate()[1]
    assert zombie.returncode == Code.FAILED and "租约" in said.splitlines()[-1]
    assert publish(other) is None and _driver(other).wait() == Code.FINE
    after = _released(other)
    assert after == published and after.marts["statement"]["rows"] > 0
    told = after.marts["statement"]
    assert content(other, "gold", "statement", version=told["version"]).rows == told["rows"]


def _driver(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    told = {**os.environ, **environment(settings), "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen([sys.executable, str(_DRIVER), *arguments], env=told, stderr=subprocess.PIPE, text=True)


def _released(settings: Settings) -> ReleaseNote:
    ledger = Ledger.open(settings)
    found = ledger.release()
    ledger.close()
    assert found is not None
    return found
