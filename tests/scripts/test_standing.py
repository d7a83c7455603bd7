"""`make up` and `make down`: what they refuse and mend, and on SQLite the whole of it with real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from catalog.settings import Settings
from commands.airflow import initialise
from commands.failure import Failure
from scripts.standing import PARTS, down, up
from tests.scripts.composed import BIN, ROOT

SLEEPER = """
import subprocess, time
for session in (True, False):
    subprocess.Popen(["sleep", "600"], start_new_session=session)
print(".", flush=True)
time.sleep(600)
"""


@pytest.fixture
def here(settings: Settings) -> Settings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return replace(settings, scheduler=replace(settings.scheduler, port=probe.getsockname()[1]))


@contextmanager
def process() -> Iterator[psutil.Process]:
    """One that leads a session, with a child in it and one that leads another."""
    started = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True, stdout=subprocess.PIPE)
    assert started.stdout is not None and started.stdout.readline()
    found = psutil.Process(started.pid)
    children = found.children(recursive=True)
    try:
        yield found
    finally:
        for one in (p for p in (*children, found) if p.is_running()):
            one.kill()
        started.communicate()


def note(settings: Settings, **said: tuple[int, float]) -> Path:
    path = settings.scheduler.home / "standing.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said), encoding="ascii")
    return path


def test_a_port_that_is_taken_is_told_in_one_sentence_and_nothing_is_started(here: Settings) -> None:
    with socket.create_server(("127.0.0.1", here.scheduler.port)), pytest.raises(Failure) as told:
        up(here)
    assert f"端口 {here.scheduler.port} 已被别的程序占用" in str(told.value) and "GUOZI_AIRFLOW_PORT" in str(told.value)
    assert len(str(told.value).splitlines()) == 1
    assert not (here.scheduler.home / "standing.json").exists() and not (here.scheduler.home / "airflow.cfg").exists()


def test_what_was_started_is_ended_with_all_it_started(here: Settings) -> None:
    with process() as one:
        noted = note(here, scheduler=(one.pid, one.create_time()))
        family = [one, *one.children()]
        down(here)
        assert len(family) == 3 and not any(p.is_running() for p in family) and not noted.exists()


def test_what_a_killed_process_left_behind_is_ended(here: Settings) -> None:
    with process() as one:
        note(here, scheduler=(one.pid, one.create_time()))
        left = next(p for p in one.children() if os.getsid(p.pid) == one.pid)
        one.kill()
        one.wait()
        down(here)
        assert not left.is_running()


def test_a_number_that_another_program_has_got_since_is_told_mended_and_left_alone(
    here: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with process() as other:
        noted = note(here, scheduler=(other.pid, other.create_time() - 3600))
        down(here)
        assert other.status() != psutil.STATUS_ZOMBIE and not noted.exists()
    told = capsys.readouterr().out
    assert f"登记的 scheduler（进程 {other.pid}）" in told and "没有在运行" in told


@pytest.mark.proof
def test_upkeep_clears_what_airflow_remembers_longer_than_is_kept_from_a_task_too(here: Settings) -> None:
    """A task's environment names a database that cannot be opened; the last run of a DAG is kept whatever its age."""
    initialise(here)
    run = text(
        "INSERT INTO dag_run (dag_id, run_id, run_type, state, start_date, run_after, log_template_id, clear_number, conf) "
        "VALUES ('nightly', :run, 'manual', 'success', :day, :day, 1, 0, '{}')"
    )
    now, engine = datetime.now(UTC), create_engine(here.scheduler.database)
    with engine.begin() as connection:
        for days in (200, 40, 20):
            connection.execute(run, {"run": f"{days} days ago", "day": (now - timedelta(days=days)).replace(tzinfo=None).isoformat(" ")})
    logs = [here.scheduler.home / "logs" / f"{days}.log" for days in (200, 20)]
    for path, days in zip(logs, (200, 20), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, times=((then := (now - timedelta(days=days)).timestamp()), then))
    said = {"GUOZI_HOME": str(here.home), "GUOZI_AIRFLOW_KEPT_DAYS": "30", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "airflow-db-not-allowed:///"}
    command = [BIN / "guozi", "upkeep", "--scheduler", "--json"]
    done = subprocess.run(command, env={**os.environ, **said}, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and json.loads(done.stdout) == {"kept_days": 30, "logs": 1}, done.stderr
    with engine.connect() as connection:
        assert connection.execute(text("SELECT run_id FROM dag_run")).scalars().all() == ["20 days ago"]
    assert [path.exists() for path in logs] == [False, True]


def make(home: Path, port: int, order: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GUOZI_", "AIRFLOW"))}
    said = {"GUOZI_HOME": str(home), "GUOZI_AIRFLOW_PORT": str(port), "PYTHONPATH": str(ROOT)}
    command = [BIN / "python", "-m", "scripts.standing", order]
    return subprocess.run(command, env={**kept, **said}, capture_output=True, text=True, check=False)


def standing(home: Path) -> Mapping[str, tuple[int, float]]:
    return json.loads((home / "airflow" / "standing.json").read_text(encoding="ascii"))


def health(port: int) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=10) as page:
        return [part["status"] for part in json.load(page).values()]


@pytest.mark.proof
def test_the_embedded_scheduler_comes_up_is_mended_and_goes_down_without_a_trace(here: Settings) -> None:
    home, port = here.home, here.scheduler.port
    try:
        first = make(home, port, "up")
        assert first.returncode == 0 and f"http://127.0.0.1:{port}" in first.stdout, first.stderr
        before = standing(home)
        assert before.keys() == {*PARTS} and health(port) == ["healthy"] * 4
        orphans = psutil.Process(before["scheduler"][0]).children()
        os.kill(before["scheduler"][0], signal.SIGKILL)
        second = make(home, port, "up")
        assert second.returncode == 0 and "登记的 scheduler" in second.stdout, second.stderr
        assert orphans and not any(p.is_running() for p in orphans)
        assert {part for part, was in standing(home).items() if was != before[part]} == {"scheduler"}
        family = [p for number, _ in standing(home).values() for p in psutil.Process(number).children(recursive=True)]
        assert "本来就在运行" in make(home, port, "up").stdout
    finally:
        told = make(home, port, "down")
    assert told.returncode == 0 and "已停" in told.stdout
    assert not [p for p in family if p.is_running()] and "没有在运行" in make(home, port, "down").stdout
