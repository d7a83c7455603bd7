"""Airflow as docker-compose.yml has it, on this machine: each service's own command and environment, on a real PostgreSQL."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any, TypeVar

import psutil

from catalog.settings import Settings, load_settings
from tests.postgres import Server
from tests.scripts.composed import ROOT, free_ports, healthy, made_env, service, started

INIT = "airflow-init"
SERVICES = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
PATIENCE = 900
T = TypeVar("T")
OVER = ("success", "failed")


@dataclass
class Airflow:
    folder: Path
    address: str
    services: Mapping[str, Mapping[str, Any]]
    settings: Settings
    stack: ExitStack
    running: dict[str, Popen[bytes]] = field(default_factory=dict)
    token: str = ""
    _logs: Iterator[int] = field(default_factory=count)

    def start(self, *names: str) -> None:
        """Until the services' own health checks say so."""
        logs = {name: self.folder / f"{name}-{next(self._logs)}.log" for name in names}
        for name, log in logs.items():
            self.running[name] = self.stack.enter_context(started(self.services[name], log))
        assert all(healthy(self.services[name], self.running[name], log, seconds=240) for name, log in logs.items())

    def kill(self, name: str) -> None:
        """As when its container is killed: all of it at once."""
        process = psutil.Process(self.running[name].pid)
        for one in (process, *process.children(recursive=True)):
            one.kill()
        self.running[name].wait()

    def log_in(self) -> None:
        secret = self.settings.scheduler.home / "simple_auth_manager_passwords.json.generated"
        said = {"username": "admin", "password": json.loads(secret.read_text(encoding="utf-8"))["admin"]}
        self.token = self._ask("/auth/token", said)["access_token"]

    def api(self, path: str, said: Mapping[str, Any] | None = None) -> Any:
        return self._ask(f"/api/v2/{path}", said)

    def _ask(self, path: str, said: Mapping[str, Any] | None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        body = None if said is None else json.dumps(said).encode()
        with urllib.request.urlopen(urllib.request.Request(self.address + path, body, headers), timeout=30) as page:
            return json.load(page)

    def trigger(self, dag: str) -> str:
        run: str = self.api(f"dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]
        return run

    def state(self, dag: str, run: str) -> str:
        """`success` or `failed`, once it is over."""
        return until(lambda: self.api(f"dags/{dag}/dagRuns/{run}")["state"], lambda state: state in OVER)

    def runs(self, dag: str, kind: str) -> list[str]:
        return [run["dag_run_id"] for run in self.api(f"dags/{dag}/dagRuns?run_type={kind}")["dag_runs"]]

    def tasks(self, dag: str, run: str) -> Mapping[str, tuple[str | None, int]]:
        """Task → its state and the number of its last try."""
        told = self.api(f"dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {task["task_id"]: (task["state"], task["try_number"]) for task in told}


def until(told: Callable[[], T], fine: Callable[[T], bool], seconds: float = PATIENCE) -> T:
    """What is told once it is fine. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not fine(answer := told()):
        if time.monotonic() > end:
            raise TimeoutError(f"still {answer} after {seconds} seconds")
        time.sleep(0.5)
    return answer


@contextmanager
def composed(folder: Path, server: Server, dags: Path, said: Mapping[str, str]) -> Iterator[Airflow]:
    """`dags` in place of the container's; `said` as in its .env. The lake is a folder and Spark local: other tests have these."""
    ledger, metadata = server.database(), server.database()
    given = {**made_env(folder), **free_ports("GUOZI_AIRFLOW_PORT"), "GUOZI_POSTGRES_PORT": str(server.port), **said}
    owner = f"guozi:{given['GUOZI_POSTGRES_PASSWORD']}@postgres:{server.port}"
    places = {
        f"{owner}/guozi": ledger.partition("://")[2], f"{owner}/airflow": metadata.partition("://")[2],
        "/var/lib/guozi": str(folder / "home"), "/opt/guozi/dags": str(dags), "/opt/guozi": str(ROOT), "airflow-api-server": "127.0.0.1",
    }  # fmt: skip
    here = {
        "GUOZI_LAKE": str(folder / "lake"), "GUOZI_SPARK_MASTER": "local[2]", "GUOZI_WORKERS": "2", "GUOZI_TODAY": "2013-05-02",
        "GUOZI_ARRIVALS": "manifest", "AIRFLOW__API__HOST": "127.0.0.1",
    }  # fmt: skip
    services = {name: service(name, given, places) for name in (INIT, *SERVICES)}
    for one in services.values():
        one["environment"] |= here
    settings = load_settings(services[INIT]["environment"])
    with ExitStack() as stack:
        address = f"http://127.0.0.1:{given['GUOZI_AIRFLOW_PORT']}"
        airflow = Airflow(folder, address, services, settings, stack)
        with started(services[INIT], folder / "init.log") as process:
            assert process.wait(300) == 0, (folder / "init.log").read_text(encoding="utf-8")
        yield airflow
