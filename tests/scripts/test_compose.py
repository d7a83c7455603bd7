"""What docker-compose.yml says is what was run: its schema, its rules, and the services' own commands as processes."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

from catalog import buckets
from catalog.settings import load_settings
from commands.airflow import given
from tests.postgres import running
from tests.scripts.composed import (
    BIN,
    ROOT,
    SPARK_CONF,
    content_of,
    document,
    free_ports,
    healthy,
    made_env,
    service,
    spark_defaults,
    started,
    store_service,
    variables,
    workers_known,
)

SERVICES: dict[str, dict[str, Any]] = document()["services"]
OURS = {name: said for name, said in SERVICES.items() if "build" in said}
ONCE = "airflow-init"


def test_the_file_is_what_the_compose_specification_allows() -> None:
    """The schema, with its licence and hash, comes with the package check-jsonschema; nothing is fetched."""
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_the_nine_services_are_limited_watched_and_pinned() -> None:
    assert sorted(SERVICES) == [
        "airflow-api-server", "airflow-dag-processor", ONCE, "airflow-scheduler", "airflow-triggerer", "postgres",
        "spark-master", "spark-worker", "store",
    ]  # fmt: skip
    for name, said in SERVICES.items():
        assert {"cpus", "memory"} <= set(said["deploy"]["resources"]["limits"]), name
        assert name == ONCE or said["healthcheck"]["test"][0] == "CMD", name
        assert re.search(r":\$\{|:[^-}/]*\d|GUOZI_STORE_IMAGE", said["image"]) and "latest" not in said["image"], name
        assert all(port.startswith("127.0.0.1:") for port in said.get("ports", ())), name


def test_every_command_of_ours_is_a_program_of_the_image() -> None:
    programs = {said["command"][0] for said in OURS.values()}
    programs |= {said["healthcheck"]["test"][1] for said in OURS.values() if "healthcheck" in said}
    assert programs == {"airflow", "guozi", "python", "spark-class"}
    assert all((BIN / program).exists() for program in programs)


def test_airflow_is_set_as_make_up_sets_it() -> None:
    """What `make up` says of Airflow the file says too; more only where a container has secrets and a database of its own."""
    said = service("airflow-scheduler", dict.fromkeys(variables(), ""), {})["environment"]
    home = Path(said["GUOZI_HOME"])
    there = load_settings({"GUOZI_HOME": str(home)})
    here = {name: value.replace(str(ROOT), "/opt/guozi").replace("127.0.0.1", "airflow-api-server") for name, value in given(there).items()}
    assert {name: said[name] for name in here} == here
    more = {name for name in said if name.startswith("AIRFLOW")} - set(here)
    assert more == {
        "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__CORE__EXECUTOR", "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC",
    }  # fmt: skip


def test_init_env_makes_every_secret_once_for_its_owner_alone(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    needed = {name for name, required in variables().items() if required}
    assert needed <= set(re.findall(r"^(\w+)=", example, re.M))
    made = made_env(tmp_path)
    secret = {name for name in needed if name.endswith(("_KEY", "_PASSWORD"))}
    assert all(re.search(rf"^{name}=$", example, re.M) for name in secret)
    assert re.fullmatch(r"\S+:[^:@\s]*\d[^:@\s]*@sha256:[0-9a-f]{64}", made["GUOZI_STORE_IMAGE"])
    assert len({made[name] for name in secret}) == len(secret) == 6 and all(len(made[name]) == 44 for name in secret)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    again = subprocess.run([BIN / "guozi", "init-env", "--out", tmp_path / ".env"], capture_output=True, text=True, check=False)
    assert again.returncode == 4 and "已经存在" in again.stderr


def test_the_cluster_of_the_file_comes_up_and_its_worker_is_known_to_its_master(tmp_path: Path) -> None:
    said = free_ports("GUOZI_SPARK_PORT", "GUOZI_SPARK_MASTER_PAGE", "GUOZI_SPARK_WORKER_PAGE")
    places = {"spark-master": "127.0.0.1", "/tmp/spark-work": str(tmp_path / "work"), SPARK_CONF: str(tmp_path)}
    (tmp_path / "spark-defaults.conf").write_text(spark_defaults({"GUOZI_SPARK_KEY": "only-for-tests"}), encoding="utf-8")
    master, worker = service("spark-master", said, places), service("spark-worker", said, places)
    logs = tmp_path / "master.log", tmp_path / "worker.log"
    with started(master, logs[0]) as first:
        assert healthy(master, first, logs[0])
        with started(worker, logs[1]) as second:
            assert healthy(worker, second, logs[1])
            assert workers_known(said["GUOZI_SPARK_MASTER_PAGE"], 1) == 1


def test_the_database_of_the_file_takes_its_own_settings_and_is_healthy(tmp_path: Path) -> None:
    """The server's program with the file's arguments; making the data folder and the databases is the image's part."""
    said = {**made_env(tmp_path), **free_ports("GUOZI_POSTGRES_PORT")}
    asked = service("postgres", said, {})
    with running(asked["command"][1:], asked["environment"]["POSTGRES_INITDB_ARGS"].split(), int(said["GUOZI_POSTGRES_PORT"])) as server:
        server.initialised(asked["environment"]["POSTGRES_DB"], content_of("airflow-database", said))
        check = asked["healthcheck"]["test"][1:]
        assert subprocess.run([server.programs / check[0], *check[1:]], check=False).returncode == 0
        assert server.told("SHOW max_connections") == "200"
        assert server.told("SELECT datcollate FROM pg_database WHERE datname = 'template1'") == "C.UTF-8"
        assert server.told("SELECT count(*) FROM pg_database WHERE datname IN ('guozi', 'airflow')") == 2
        server.stop()
        assert subprocess.run([server.programs / check[0], *check[1:]], check=False).returncode != 0
        server.start()


def test_the_object_store_of_the_file_takes_the_buckets_of_whom_the_file_tells_of_it(tmp_path: Path) -> None:
    said = made_env(tmp_path)
    port = free_ports("port")["port"]
    store = store_service(said, port, tmp_path / "data")
    with started(store, tmp_path / "store.log") as process:
        assert healthy(store, process, tmp_path / "store.log")
        settings = load_settings(service(ONCE, said, {"store:9000": f"127.0.0.1:{port}"})["environment"])
        assert settings.store is not None
        assert buckets.make(settings, settings.store) == ("guozi", "guozi-archive")
        assert buckets.faults(settings, settings.store) == ()
