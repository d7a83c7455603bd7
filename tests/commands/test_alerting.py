"""People are told, by webhooks and mail servers that are really there, and never of what a row says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from catalog.settings import ZONE
from catalog.telemetry import logs
from tests.sinks import Mail, Webhook, mailed, sink

GUOZI = str(Path(sys.executable).parent / "guozi")
FAILED = ("alert", "--dag", "nightly", "--task", "build", "--run", "scheduled__2026-11-23T01:30:00+08:00")


def guozi(home: Path, *arguments: str, said: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GUOZI_HOME": str(home), **said}
    return subprocess.run([GUOZI, *arguments], env=environment, capture_output=True, text=True, check=False)


def test_a_task_that_failed_is_told_by_webhook_and_by_mail(tmp_path: Path) -> None:
    with sink(Webhook) as (hook, at), sink(Mail) as (post, mail_at):
        told = guozi(tmp_path, *FAILED, said={"GUOZI_ALERT_WEBHOOK": f"http://{at}/duty", **mailed(mail_at)})
    assert told.returncode == 0, told.stderr
    (posted,), (mail,) = hook.told, post.told
    assert posted["title"] == mail["Subject"] == "夜间任务失败：nightly 的 build" and mail["To"] == "duty@city.example"
    assert "scheduled__2026-11-23T01:30:00+08:00" in posted["text"] and posted["text"].strip() == mail.get_content().strip()


def test_who_answers_badly_is_asked_again_and_what_could_not_be_told_is_a_failure(tmp_path: Path) -> None:
    with sink(Webhook, refusals=1) as (hook, at):
        assert guozi(tmp_path, *FAILED, said={"GUOZI_ALERT_WEBHOOK": f"http://{at}/secret-path"}).returncode == 0
    assert len(hook.told) == 1
    with sink(Webhook, refusals=9) as (_, at):
        told = guozi(tmp_path, *FAILED, said={"GUOZI_ALERT_WEBHOOK": f"http://{at}/secret-path"})
    assert told.returncode == 5 and "webhook HTTPError" in told.stderr and "secret-path" not in told.stderr + told.stdout


def test_names_that_are_no_names_of_the_scheduler_go_nowhere(tmp_path: Path) -> None:
    with sink(Webhook) as (hook, at):
        told = guozi(tmp_path, *FAILED[:-1], "某企业 1234.56", said={"GUOZI_ALERT_WEBHOOK": f"http://{at}"})
    assert told.returncode == 2 and hook.told == []


def test_the_scheduler_tells_of_a_failed_task_by_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{Path(GUOZI).parent}{os.pathsep}{os.environ['PATH']}")
    from dags.common import tell_failure

    with sink(Webhook) as (hook, at):
        monkeypatch.setenv("GUOZI_ALERT_WEBHOOK", f"http://{at}")
        for said in ({"ti": SimpleNamespace(task_id="upkeep")}, {}):
            tell_failure({"dag": SimpleNamespace(dag_id="upkeep"), "run_id": "manual__1", **said})
    assert [said["title"] for said in hook.told] == ["夜间任务失败：upkeep 的 upkeep", "夜间任务失败：upkeep 的 -"]


@pytest.mark.parametrize(("days_ago", "failed", "told"), [(0, False, 0), (1, False, 1), (0, True, 1), (None, False, 1)])
def test_a_night_that_was_not_done_by_its_hour_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days_ago: int | None, failed: bool, told: int
) -> None:
    if days_ago is not None:
        _night(tmp_path, monkeypatch, days_ago, failed)
    with sink(Webhook) as (hook, at):
        done = guozi(tmp_path, "watch", "--by", "00:00", said={"GUOZI_ALERT_WEBHOOK": f"http://{at}"})
    assert done.returncode == 0, done.stderr
    assert len(hook.told) == told and all("没有按时做完" in said["title"] for said in hook.told)


def _night(home: Path, monkeypatch: pytest.MonkeyPatch, days_ago: int, failed: bool) -> None:
    """A stage written by the log itself, by a clock of then."""
    then = datetime.now(ZONE) - timedelta(days=days_ago)
    monkeypatch.setattr(logs, "datetime", SimpleNamespace(now=lambda zone: then))
    with logs.writing(home, "r", "publish"):
        try:
            with logs.timed("stage"):
                if failed:
                    raise OSError
        except OSError:
            assert failed
