"""The host fails the night: a full disk, a lake that cannot be written, a ledger that is gone for a while."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.settings import Settings
from commands.failure import Code, explain
from jobs.land import land
from jobs.publish import publish
from jobs.refine import refine
from tests.jobs.endings import Ending, ending
from tests.jobs.homes import environment
from tests.jobs.incoming import capital
from tests.jobs.stand_in import built
from tests.postgres import Server, running


@pytest.fixture
def undisturbed(settings: Settings, tmp_path: Path) -> Ending:
    clean = replace(settings, home=tmp_path / "clean", lake=str(tmp_path / "clean/lake"), ledger=f"sqlite:///{tmp_path}/clean/ledger.db")
    capital(clean, "2010.csv")
    return _finished(clean)


def _finished(settings: Settings) -> Ending:
    land(settings)
    refine(settings)
    built(settings, "statement", 1)
    publish(settings)
    return ending(settings)


def _guozi(settings: Settings, stage: str, limit: str) -> tuple[int, str]:
    """Exit code and what was said on stderr by a process of its own under a limit of `tests.jobs.limited`."""
    told = {**os.environ, **environment(settings), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-m", "tests.jobs.limited", limit, stage], env=told, capture_output=True, text=True)
    return done.returncode, done.stderr


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    folders = [folder, *(p for p in folder.rglob("*") if p.is_dir())]
    try:
        for each in folders:
            each.chmod(0o555)
        yield
    finally:
        for each in folders:
            each.chmod(0o755)


def test_a_full_disk_is_one_sentence_and_a_rerun_ends_as_if_it_had_never_been_full(settings: Settings, undisturbed: Ending) -> None:
    capital(settings, "2010.csv")
    land(settings)
    code, said = _guozi(settings, "refine", "full")
    assert code == Code.ENVIRONMENT and said.count("\n") == 1 and "磁盘" in said
    assert _finished(settings) == undisturbed


def test_a_lake_that_cannot_be_written_is_one_sentence_and_a_rerun_goes_on(settings: Settings, undisturbed: Ending) -> None:
    capital(settings, "2010.csv")
    land(settings)
    with _read_only(Path(settings.lake)):
        code, said = _guozi(settings, "refine", "bound")
    assert code == Code.ENVIRONMENT and said.count("\n") == 1 and "不能写" in said
    assert _finished(settings) == undisturbed


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    with running() as server:
        yield server


def test_a_ledger_that_is_restarted_between_two_transactions_is_not_noticed_and_one_that_is_gone_is_one_sentence(
    settings: Settings, own_postgres: Server, undisturbed: Ending
) -> None:
    served = replace(settings, ledger=own_postgres.database())
    capital(served, "2010.csv")
    land(served)

    def gone(_what: str, done: int, _total: int) -> None:
        if done == 2:
            own_postgres.stop()

    def again(_what: str, done: int, _total: int) -> None:
        if done == 1:
            own_postgres.stop()
            own_postgres.start()

    with pytest.raises(Exception) as met:
        refine(served, gone)
    code, said = explain(met.value)
    assert code == Code.ENVIRONMENT and "台账" in said and "\n" not in said
    own_postgres.start()
    refine(served, again)
    assert _finished(served) == undisturbed
