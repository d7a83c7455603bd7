"""A night on a cluster and an object store says what the same night says on one machine in a folder.

The cluster is somebody else's: its user reads neither our home nor the code, and gets all it needs from the driver and the store.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from catalog.content import Content, content
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from jobs.night import night
from tests.cluster import Cluster, cluster, private_checkout
from tests.conftest import SampleNight
from tests.jobs.few import marts_of
from tests.jobs.homes import environment
from tests.jobs.incoming import capital, capital_with, put

_NIGHT = Path(__file__).with_name("night_elsewhere.py")


def _night(settings: Settings, on: Cluster, checkout: Path, *marts: str) -> None:
    told = {**os.environ, **environment(settings), "PYTHONPATH": str(checkout), "SPARK_LOCAL_IP": "127.0.0.1"}
    script = checkout / _NIGHT.relative_to(_NIGHT.parents[2])
    subprocess.run([sys.executable, script, *marts], env=told | {"GUOZI_SPARK_MASTER": on.master}, cwd=checkout, check=True)


def _gold(settings: Settings) -> dict[str, Content]:
    ledger = Ledger.open(settings)
    try:
        return {name: Content(mart.rows, mart.content_hash) for name, mart in ledger.marts().items() if mart.state == "audited"}
    finally:
        ledger.close()


def _send(settings: Settings) -> None:
    capital(settings, "sse/2010.csv", capital_with('"-"', '"？"'), arrived="2011-04-30")
    capital(settings, "sse/2010_r2.csv", arrived="2011-05-30", revision="2")
    put(settings, "sse/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012", arrived="2013-04-30")


def test_few_marts(settings: Settings, on_object_store: Settings, tmp_path: Path, spark: SparkSession) -> None:
    marts = "indicator_value", "data_quality"
    for home in (settings, on_object_store):
        _send(home)
    with marts_of(tmp_path / "few", *marts):
        night(settings)
    with cluster(1) as on:
        _night(on_object_store, on, private_checkout(tmp_path / "checkout"), *marts)
        print(on.ran_as(), _gold(settings))
    assert _gold(on_object_store) == _gold(settings)
