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
from tests.postgres import PASSWORD, Server, running
from tests.scripts.composed import (
    ROOT,
    SPARK_CONF,
    content_of,
    free_ports,
    healthy,
    made_env,
    service,
    spark_defaults,
    started,
    store_service,
)

INIT = "airflow-init"
SERVICES = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
PATIENCE = 900
T = TypeVar("T")
OVER = ("success", "failed")
# What this machine and the public samples want otherwise than a city.
_HERE = {"GUOZI_WORKERS": "2", "GUOZI_TODAY": "2013-05-02", "GUOZI_ARRIVALS": "manifest", "AIRFLOW__API__HOST": "127.0.0.1"}


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
    """`dags` in place of the container's; `said` as in its .env. The lake is a folder and Spark local: `whole` has these."""
    ledger, metadata = server.database(), server.database()
    given = {**made_env(folder), **free_ports("GUOZI_AIRFLOW_PORT"), "GUOZI_POSTGRES_PORT": str(server.port), **said}
    owner = f"guozi:{given['GUOZI_POSTGRES_PASSWORD']}@postgres:{server.port}"
    places = {
        f"{owner}/guozi": ledger.partition("://")[2], f"{owner}/airflow": metadata.partition("://")[2], "/opt/guozi/dags": str(dags),
    }  # fmt: skip
    with ExitStack() as stack:
        yield _airflow(folder, given, places, {"GUOZI_LAKE": str(folder / "lake"), "GUOZI_SPARK_MASTER": "local[2]"}, stack)


@contextmanager
def whole(folder: Path) -> Iterator[Airflow]:
    """Every service of the file but Airflow's four, which are initialised; each until its own health check says so."""
    ports = ("POSTGRES", "AIRFLOW", "SPARK")
    given = {
        **made_env(folder), **free_ports(*(f"GUOZI_{name}_PORT" for name in ports), "GUOZI_SPARK_MASTER_PAGE", "GUOZI_SPARK_WORKER_PAGE"),
        "GUOZI_POSTGRES_PASSWORD": PASSWORD,
    }  # fmt: skip
    store = free_ports("store")["store"]
    (folder / "spark-defaults.conf").write_text(spark_defaults(given), encoding="utf-8")
    places = {
        "@postgres:": "@127.0.0.1:", "store:9000": f"127.0.0.1:{store}", "spark-master": "127.0.0.1", SPARK_CONF: str(folder),
        "/tmp/spark-work": str(folder / "work"),
    }  # fmt: skip
    database = service("postgres", given, {})
    layout, port = database["environment"]["POSTGRES_INITDB_ARGS"].split(), int(given["GUOZI_POSTGRES_PORT"])
    with ExitStack() as stack:
        server = stack.enter_context(running(database["command"][1:], layout, port))
        server.initialised(database["environment"]["POSTGRES_DB"], content_of("airflow-database", given))
        beside = {name: service(name, given, places) for name in ("spark-master", "spark-worker")}
        for name, one in {"store": store_service(given, store, folder / "data"), **beside}.items():
            log = folder / f"{name}.log"
            assert healthy(one, stack.enter_context(started(one, log)), log)
        yield _airflow(folder, given, places, {"SPARK_LOCAL_IP": "127.0.0.1"}, stack)


def _airflow(folder: Path, given: Mapping[str, str], places: Mapping[str, str], more: Mapping[str, str], stack: ExitStack) -> Airflow:
    """Initialised, nothing of it started; `more` as of `_HERE`."""
    there = {"/var/lib/guozi": str(folder / "home"), "/opt/guozi": str(ROOT), "airflow-api-server": "127.0.0.1"}
    services = {name: service(name, given, {**places, **there}) for name in (INIT, *SERVICES)}
    for one in services.values():
        one["environment"] |= _HERE | more
    settings = load_settings(services[INIT]["environment"])
    address = f"http://127.0.0.1:{given['GUOZI_AIRFLOW_PORT']}"
    with started(services[INIT], folder / "init.log") as process:
        assert process.wait(300) == 0, (folder / "init.log").read_text(encoding="utf-8")
    return Airflow(folder, address, services, settings, stack)
