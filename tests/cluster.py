"""A Spark cluster of the test run's own: master and workers by docker-compose.yml's commands, as somebody else where that can be had.

Who runs it has a copy of Spark and nothing of ours: neither the checkout, nor a home, nor a Python.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from scripts.sessions import end
from tests.postgres import unprivileged
from tests.scripts.composed import ROOT, SPARK_CONF, free_ports, service, spark_defaults, workers_known

# What a driver runs from: what is code or declared, the jars, and the tests that start it.
_CODE = ("catalog", "commands", "expectations", "intake", "jars", "jobs", "samples", "schemas", "tests")
_PROGRAMS = ("bin", "jars")
_SHORT = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"  # for virtual machines that live a minute


@dataclass(frozen=True)
class Cluster:
    """`settings`: Spark's, with the cluster's key. `somebody`: what a command of its user starts with, empty where that is ours.
    `work`: a folder a worker, of what it ran; `workers`: their processes, each the leader of a group with its executors.
    """

    master: str
    settings: Path
    somebody: Sequence[str]
    work: Sequence[Path]
    workers: Sequence[psutil.Process]

    def reads(self, path: Path) -> bool:
        """Whether the cluster's user can read a file."""
        told = subprocess.run([*self.somebody, "cat", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return told.returncode == 0

    def busiest(self) -> psutil.Process:
        """The worker of which the executors have computed most."""
        return max(self.workers, key=lambda worker: sum(sum(p.cpu_times()[:2]) for p in worker.children(recursive=True)))

    def ran_as(self) -> list[set[int]]:
        """For every worker, the users whose executors it ran."""
        return [{log.stat().st_uid for log in folder.glob("app-*/*/stderr")} for folder in self.work]


@contextmanager
def cluster(count: int) -> Iterator[Cluster]:
    """A master and so many workers, ended with their executors."""
    with tempfile.TemporaryDirectory(prefix="guozi-spark-") as made, ExitStack() as running:
        folder, spark = Path(made), Path(made) / "spark"
        work, settings = [folder / f"work{number}" for number in range(count)], folder / "settings"
        for place in (*work, settings):
            place.mkdir(mode=0o700)
        (settings / "spark-defaults.conf").write_text(spark_defaults({"GUOZI_SPARK_KEY": secrets.token_urlsafe(32)}), encoding="utf-8")
        someone = unprivileged(folder, *work, settings, settings / "spark-defaults.conf")
        _copied_programs(spark)
        said = free_ports("GUOZI_SPARK_PORT", "GUOZI_SPARK_MASTER_PAGE")
        page = said["GUOZI_SPARK_MASTER_PAGE"]
        here = {"spark-master": "127.0.0.1", SPARK_CONF: str(settings)}
        running.enter_context(_started(someone, spark, service("spark-master", said, here), folder / "master.log"))
        workers_known(page, 0)
        started = []
        for place in work:
            its = said | free_ports("GUOZI_SPARK_WORKER_PAGE")
            given = service("spark-worker", its, here | {"/tmp/spark-work": str(place)})
            started.append(running.enter_context(_started(someone, spark, given, folder / f"{place.name}.log")))
        workers_known(page, count)
        yield Cluster(f"spark://127.0.0.1:{said['GUOZI_SPARK_PORT']}", settings, someone, work, started)


def private_checkout(folder: Path) -> Path:
    """A checkout that only this user can enter, whatever the one is like that the tests run from."""
    folder.mkdir(mode=0o700)
    shutil.copy(ROOT / "cli.py", folder)
    for name in _CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _copied_programs(spark: Path) -> None:
    """Spark itself where anybody finds it: linked where that can be done, since its jars are half a gigabyte."""
    found = find_spec("pyspark")
    assert found is not None and found.origin is not None
    for part in _PROGRAMS:
        shutil.copytree(Path(found.origin).parent / part, spark / part, copy_function=_linked)


def _linked(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


@contextmanager
def _started(someone: Sequence[str], spark: Path, given: Mapping[str, Any], log: Path) -> Iterator[psutil.Process]:
    """With an environment in which nothing of ours is named."""
    java = shutil.which("java")
    assert java is not None
    home = Path(java).resolve().parent
    environment = {
        "PATH": f"{spark / 'bin'}:{home}:/usr/bin:/bin", "SPARK_HOME": str(spark), "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m", "JAVA_HOME": str(home.parent), "JAVA_TOOL_OPTIONS": _SHORT,
        **given["environment"],
    }  # fmt: skip
    with log.open("wb") as output:
        command = [*someone, "env", "-i", *(f"{name}={value}" for name, value in environment.items()), *given["command"]]
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=spark, start_new_session=True)
        try:
            yield psutil.Process(process.pid)
        finally:
            end([process.pid])
            process.wait()
