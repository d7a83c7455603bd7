"""The standing Airflow of docker-compose.yml: real nights, retries, kills, a backfill, and who is told, on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from catalog.ledger.ledger import Ledger
from schemas.load import mart_names
from tests.dags.production import SERVICES, Airflow, composed, until
from tests.jobs.incoming import LISTED, capital, capital_with, put, told
from tests.postgres import Server
from tests.scripts.composed import ROOT
from tests.sinks import Mail, Sink, Webhook, mailed, sink

pytestmark = pytest.mark.proof

# What a task's shell does; $0 is a file of its own that is not there the first time. $PPID is the task's process.
SHELLS = {
    "fails_once": "[ -e {mark} ] || {{ touch {mark}; exit 1; }}",
    "killed_once": "[ -e {mark} ] || {{ touch {mark}; kill -KILL $PPID; sleep 5; }}",
    "fails_always": "exit 1",
    "killed_always": "kill -KILL $PPID; sleep 5",
}
DAG = '''
from datetime import timedelta

from airflow.sdk import DAG
from pendulum import datetime

from dags.common import DEFAULTS, command, tell_failure

soon = dict(DEFAULTS) | {{"retry_delay": timedelta(seconds=1)}}
with DAG(
    dag_id="{name}", schedule=None, start_date=datetime(2026, 1, 1, tz="UTC"), default_args=soon, on_failure_callback=tell_failure,
):
    command("shell", "试", "", "试", bash_command="{shell}")
'''


@dataclass(frozen=True)
class Production:
    airflow: Airflow
    hook: Sink
    post: Sink


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("production")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "ours").symlink_to(ROOT / "dags")
    for name, shell in SHELLS.items():
        (dags / f"{name}.py").write_text(DAG.format(name=name, shell=shell.format(mark=folder / name)), encoding="utf-8")
    with sink(Webhook) as (hook, at), sink(Mail) as (post, mail_at):
        said = {"GUOZI_ALERT_WEBHOOK": f"http://{at}/duty", **mailed(mail_at)}
        with composed(folder, postgres, dags, said) as airflow:
            put(airflow.settings, "a/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012")
            shares(airflow, 1)
            airflow.start(SERVICES[0])
            airflow.start(*SERVICES[1:])
            airflow.log_in()
            yield Production(airflow, hook, post)


def shares(airflow: Airflow, revision: int) -> None:
    """One more submission of the same public table, a figure changed."""
    capital(airflow.settings, f"{revision}/2010.csv", capital_with('"61,131"', f'"{61130 + revision}"'), revision=str(revision))


def counts(airflow: Airflow) -> Mapping[str, int]:
    """Submissions and batches of the ledger, rows of every table of the lake that is written once."""
    ledger = Ledger.open(airflow.settings)
    try:
        found = {"submissions": len(ledger.submissions()), "batches": len(ledger.batches())}
    finally:
        ledger.close()
    lake = Path(airflow.settings.lake)
    for table in (path.parent for layer in ("bronze", "silver") for path in lake.glob(f"{layer}/*/_delta_log")):
        found[f"{table.parent.name}/{table.name}"] = DeltaTable(table).to_pyarrow_table().num_rows
    return found


def test_all_four_processes_are_healthy(production: Production) -> None:
    health = production.airflow.api("monitor/health")
    parts = ("metadatabase", "scheduler", "triggerer", "dag_processor")
    assert [health[part]["status"] for part in parts] == ["healthy"] * 4


def test_a_scheduled_night_and_one_by_hand_land_what_came_and_announce_every_mart(production: Production) -> None:
    airflow = production.airflow
    (scheduled,) = until(lambda: airflow.runs("nightly", "scheduled"), bool)
    assert airflow.state("nightly", scheduled) == "success"
    assert {verdict for _, verdict, _ in told(airflow.settings).values()} == {"accepted"}
    shares(airflow, 2)
    by_hand = airflow.trigger("nightly")
    assert airflow.state("nightly", by_hand) == "success"
    assert counts(airflow)["submissions"] == 3
    for run in (scheduled, by_hand):
        events = airflow.api(f"assets/events?source_dag_id=nightly&source_run_id={run.replace('+', '%2B')}&limit=100")
        assert {event["uri"] for event in events["asset_events"]} == {f"guozi://gold/{name}" for name in mart_names()}
        assert events["total_entries"] == len(mart_names())


@pytest.mark.parametrize("dag", ["fails_once", "killed_once"])
def test_a_task_that_failed_or_was_killed_is_tried_again(production: Production, dag: str) -> None:
    run = production.airflow.trigger(dag)
    assert production.airflow.state(dag, run) == "success"
    assert production.airflow.tasks(dag, run) == {"shell": ("success", 2)}


@pytest.mark.parametrize("dag", ["fails_always", "killed_always"])
def test_a_task_that_failed_for_good_is_told_by_webhook_and_by_mail(production: Production, dag: str) -> None:
    run = production.airflow.trigger(dag)
    assert production.airflow.state(dag, run) == "failed"
    assert production.airflow.tasks(dag, run) == {"shell": ("failed", 4)}
    title = f"夜间任务失败：{dag} 的 shell"
    until(lambda: [mail["Subject"] for mail in production.post.told].count(title), lambda times: times == 1, 120)
    (text,) = (said["text"] for said in production.hook.told if said["title"] == title)
    assert run in text


def test_a_night_whose_scheduler_is_killed_in_mid_build_is_finished_by_the_next(
    production: Production, record_property: Callable[[str, object], None]
) -> None:
    airflow = production.airflow
    shares(airflow, 3)
    before = counts(airflow)
    run = airflow.trigger("nightly")
    until(lambda: airflow.tasks("nightly", run).get("build"), lambda build: build is not None and build[0] == "running")
    airflow.kill("airflow-scheduler")
    killed = time.monotonic()
    assert airflow.tasks("nightly", run)["build"][0] == "running"
    airflow.start("airflow-scheduler")
    assert airflow.state("nightly", run) == "success"
    record_property("seconds to recover", round(time.monotonic() - killed))
    assert airflow.tasks("nightly", run)["build"][1] > 1
    assert counts(airflow)["submissions"] == before["submissions"] + 1


def test_a_backfill_over_three_days_runs_three_nights_and_lands_nothing_twice(production: Production) -> None:
    airflow = production.airflow
    put(airflow.settings, "b/balance.csv", "balance_sheet_2011.csv", "listed_balance_sheet", "2011")
    before = counts(airflow)
    asked: dict[str, Any] = {
        "dag_id": "nightly", "from_date": "2026-01-05T00:00:00+08:00", "to_date": "2026-01-07T23:00:00+08:00", "max_active_runs": 1,
        "run_backwards": False, "dag_run_conf": {}, "reprocess_behavior": "none",
    }  # fmt: skip
    number = airflow.api("backfills", asked)["id"]
    until(lambda: airflow.api(f"backfills/{number}")["completed_at"], bool)
    runs = airflow.runs("nightly", "backfill")
    assert [airflow.state("nightly", run) for run in runs] == ["success"] * 3
    after = counts(airflow)
    more = {name: number - before[name] for name, number in after.items() if number != before[name]}
    rows = len((LISTED / "balance_sheet_2011.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert more == {"submissions": 1, "batches": 1, "bronze/listed_balance_sheet": rows, "silver/listed_balance_sheet": rows}
