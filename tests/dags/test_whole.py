"""docker-compose.yml as one: all its services, their own commands and environment, and a night on the store and the cluster they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.content import content
from tests.dags.production import INIT, SERVICES, until, whole
from tests.jobs.incoming import capital, put, told
from tests.scripts.composed import document

OTHERS = ("postgres", "store", "spark-master", "spark-worker")


@pytest.mark.proof
def test_a_scheduled_night_of_the_whole_file_lands_computes_and_publishes(tmp_path: Path) -> None:
    assert {INIT, *SERVICES, *OTHERS} == set(document()["services"])
    with whole(tmp_path) as airflow:
        capital(airflow.settings, "sse/2010.csv", arrived="2011-04-30")
        put(airflow.settings, "sse/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012", arrived="2013-04-30")
        airflow.start(SERVICES[0])
        airflow.start(*SERVICES[1:])
        airflow.log_in()
        (scheduled,) = until(lambda: airflow.runs("nightly", "scheduled"), bool)
        assert airflow.state("nightly", scheduled) == "success"
        assert airflow.settings.lake == "s3a://guozi" and airflow.settings.spark_master.startswith("spark://")
        assert list((tmp_path / "work").glob("app-*/*/stderr"))
        assert {verdict for _, verdict, _ in told(airflow.settings).values()} == {"accepted"}
        assert content(airflow.settings, "gold", "statement").rows > 0
