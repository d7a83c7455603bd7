"""What docker-compose.yml says is what was run: its schema, its rules, and the services' own commands as processes."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

from tests.postgres import running
from tests.scripts.composed import (
    BIN,
    ROOT,
    SPARK_CONF,
    document,
    free_ports,
    healthy,
    made_env,
    service,
    spark_defaults,
    started,
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
    assert re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.M) == ["python:3.11.13-slim-bookworm"]


def test_every_command_of_ours_is_a_program_of_the_image() -> None:
    programs = {said["command"][0] for said in OURS.values()}
    programs |= {said["healthcheck"]["test"][1] for said in OURS.values() if "healthcheck" in said}
    assert programs == {"airflow", "guozi", "python", "spark-class"}
    assert all((BIN / program).exists() for program in programs)


def test_init_env_makes_every_secret_once_for_its_owner_alone(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    needed = {name for name, required in variables().items() if required}
    assert needed <= set(re.findall(r"^(\w+)=", example, re.M))
    made = made_env(tmp_path)
    secret = {name for name in needed if name.endswith(("_KEY", "_PASSWORD"))}
    assert all(re.search(rf"^{name}=$", example, re.M) for name in secret)
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


def test_the_database_of_the_file_takes_its_own_settings(tmp_path: Path) -> None:
    """The server's program with the file's arguments; making the data folder is the image's part."""
    said = {**made_env(tmp_path), **free_ports("GUOZI_POSTGRES_PORT")}
    given = service("postgres", said, {})
    with running(given["command"][1:], given["environment"]["POSTGRES_INITDB_ARGS"].split(), int(said["GUOZI_POSTGRES_PORT"])) as server:
        assert server.told("SHOW max_connections") == "200"
        assert server.told("SELECT datcollate FROM pg_database WHERE datname = 'template1'") == "C.UTF-8"
