"""A night on a cluster and an object store says what the same night says on one machine in a folder.

The cluster is somebody else's: its user reads neither our home nor the code, and gets all it needs from the driver and the store.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow.fs import FileSelector
from pyspark.sql import SparkSession

from catalog import buckets
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings, load_settings
from catalog.tables import table
from commands.failure import Code
from jobs.build import build
from jobs.land import land
from jobs.refine import refine
from jobs.session import EnvironmentFault, configured, session
from tests.cluster import Cluster, cluster, private_checkout
from tests.conftest import SampleNight
from tests.jobs.homes import environment
from tests.jobs.incoming import capital, capital_with, put
from tests.minio import certified, server
from tests.scripts.composed import spark_defaults


def _drive(on: Cluster, settings: Settings, checkout: Path, *program: str) -> subprocess.CompletedProcess[str]:
    """The program of a checkout as the driver of the cluster."""
    told = {**os.environ, **environment(replace(settings, spark_master=on.master)), "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_CONF_DIR": str(on.settings), "PYTHONPATH": str(checkout)}  # fmt: skip
    return subprocess.run([sys.executable, *program], env=told, cwd=checkout, check=False, capture_output=True, text=True)


def _hashes(settings: Settings) -> Mapping[str, tuple[str, int, str]]:
    ledger = Ledger.open(settings)
    try:
        return {name: (mart.state, mart.rows, mart.content_hash) for name, mart in ledger.marts().items()}
    finally:
        ledger.close()


def _ours(settings: Settings, checkout: Path) -> list[Path]:
    """A file of the home, of the code, of the jars."""
    return [settings.home / "ledger.db", checkout / "jobs" / "session.py", next(checkout.glob("jars/*delta-spark*.jar"))]


def _received(settings: Settings) -> None:
    capital(settings, "sse/2010.csv", capital_with('"-"', '"？"'), arrived="2011-04-30")
    capital(settings, "sse/2010_r2.csv", arrived="2011-05-30", revision="2")
    put(settings, "sse/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012", arrived="2013-04-30")
    assert land(settings).judged == 3 and refine(settings).loads == 2


def _built_here(settings: Settings, on_object_store: Settings, tmp_path: Path) -> Path:
    """Both homes have received the same, the one in a folder has its mart; the code that the cluster's driver runs."""
    for home in (settings, on_object_store):
        _received(home)
    build(settings, only=["statement"])
    return private_checkout(tmp_path / "checkout")


@pytest.fixture
def on_sealed_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """An empty home of which the lake is on an object store with TLS, its certificate signed by an authority of its own."""
    monkeypatch.setenv("SSL_CERT_FILE", "")
    (certificates := tmp_path / "certificates").mkdir()
    authority = certified(certificates)
    with server(tmp_path / "minio", certificates, authority) as said:
        home = {"GUOZI_HOME": str(tmp_path / "far"), "GUOZI_TODAY": "2025-05-20", "GUOZI_ARRIVALS": "manifest"}
        made = load_settings({**home, **said, "GUOZI_LAKE": "s3a://sealed/guozi", "GUOZI_S3_CA": str(authority)})
        assert made.store is not None
        buckets.make(made, made.store)
        yield made


def test_a_cluster_that_cannot_read_our_files_computes_over_tls_what_one_machine_does(
    settings: Settings, on_sealed_store: Settings, tmp_path: Path, spark: SparkSession
) -> None:
    """Where the tests may not become somebody else, the cluster is ours, and only what it computes is shown."""
    checkout = _built_here(settings, on_sealed_store, tmp_path)
    with cluster(1) as on:
        done = _drive(on, on_sealed_store, checkout, "-m", "tests.jobs.build_elsewhere", "statement")
        assert done.returncode == 0, done.stderr
        assert on.ran_as() == [{pwd.getpwnam("nobody").pw_uid if on.somebody else os.geteuid()}]
        assert [on.reads(path) for path in _ours(on_sealed_store, checkout)] == [not on.somebody] * 3
    assert _hashes(on_sealed_store) == _hashes(settings)
    assert {name: (state, rows) for name, (state, rows, _) in _hashes(settings).items()} == {"statement": ("audited", 769)}


def test_a_cluster_is_not_given_a_folder_of_this_machine_to_write(settings: Settings) -> None:
    with pytest.raises(EnvironmentFault, match="放到对象存储上"):
        session(replace(settings, spark_master="spark://127.0.0.1:7077"))


@pytest.mark.parametrize("master", ["spark://one:7077,two:7077", "yarn", "k8s://https://cluster:6443"])
def test_whatever_the_cluster_only_what_it_is_sent_is_asked_of_its_hosts(master: str, tmp_path: Path) -> None:
    """No path of ours reaches an executor, and what is its operator's to say (where the driver is found) is left to him."""
    there = load_settings({"GUOZI_SPARK_MASTER": master})
    said = configured(there, tmp_path / "authority.p12")
    assert {name for name, value in said.items() if str(there.jars) in value or str(tmp_path) in value} == {
        "spark.driver.extraClassPath", "spark.files", "spark.jars",
    }  # fmt: skip
    assert "-Djavax.net.ssl.trustStore=authority.p12 " in said["spark.executor.extraJavaOptions"]
    assert not {"spark.driver.host", "spark.default.parallelism", "spark.executor.memory"} & set(said)


@pytest.mark.proof
def test_a_whole_night_on_a_cluster_of_another_user_gives_every_mart_the_same_content(
    finance_night: SampleNight, on_object_store: Settings, tmp_path: Path
) -> None:
    shutil.copytree(finance_night.sample.incoming, on_object_store.incoming)
    there, checkout = replace(on_object_store, today=finance_night.settings.today), private_checkout(tmp_path / "checkout")
    with cluster(2) as on:
        assert on.somebody, "这项证明要以 root 运行：集群须由另一个操作系统用户运行，只有 root 能换用户"
        done = _drive(on, there, checkout, "-m", "cli", "night")
        assert done.returncode == 0, done.stderr
        assert on.ran_as() == [{pwd.getpwnam("nobody").pw_uid}] * 2
        assert [on.reads(path) for path in _ours(there, checkout)] == [False] * 3
    assert _hashes(there) == _hashes(finance_night.settings)
    assert sum(rows > 0 for _, rows, _ in _hashes(there).values()) > 10


@pytest.mark.proof
def test_a_worker_that_dies_while_a_mart_is_written_costs_time_and_nothing_else(
    settings: Settings, on_object_store: Settings, tmp_path: Path, spark: SparkSession
) -> None:
    checkout = _built_here(settings, on_object_store, tmp_path)
    with cluster(2) as on, ThreadPoolExecutor(1) as aside:
        driving = aside.submit(_drive, on, on_object_store, checkout, "-m", "tests.jobs.build_elsewhere", "statement")
        while not driving.done() and not _being_written(on_object_store):
            time.sleep(0.05)
        os.killpg(on.busiest().pid, signal.SIGKILL)
        assert not driving.done()
        assert driving.result().returncode == 0, driving.result().stderr
    assert _hashes(on_object_store) == _hashes(settings)


def _being_written(settings: Settings) -> bool:
    """Whether an executor has begun to write files of the mart."""
    place = table(settings, "gold", "statement")
    found = place.files().get_file_info(FileSelector("", recursive=True, allow_not_found=True))
    return any("_temporary" in file.path for file in found)


@pytest.mark.proof
def test_a_cluster_answers_nobody_who_does_not_know_its_key(on_object_store: Settings, tmp_path: Path) -> None:
    _received(on_object_store)
    (stranger := tmp_path / "settings").mkdir()
    (stranger / "spark-defaults.conf").write_text(spark_defaults({"GUOZI_SPARK_KEY": "another"}), encoding="utf-8")
    with cluster(1) as on:
        done = _drive(replace(on, settings=stranger), on_object_store, private_checkout(tmp_path / "checkout"), "-m", "cli", "build")
        assert on.ran_as() == [set()]
    assert done.returncode == Code.ENVIRONMENT and "不认本机的密钥" in done.stderr.splitlines()[-1]
