"""`docker-compose.yml` as Compose would read it, with the containers' places exchanged for this machine's."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from scripts.minio import binary
from scripts.sessions import end

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SPARK_CONF = "/opt/guozi/spark"  # in the containers: the folder of Spark's settings
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<other>[^}]*))?\}")


def document() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def service(name: str, said: Mapping[str, str], places: Mapping[str, str]) -> dict[str, Any]:
    """The service with variables from `said` and `places` (text of the container → text here) put in."""
    return _resolved(document()["services"][name], said, places)


def content_of(name: str, said: Mapping[str, str]) -> str:
    """What the file puts into a configuration of this name."""
    return str(_resolved(document()["configs"][name]["content"], said, {}))


def spark_defaults(said: Mapping[str, str]) -> str:
    """What the file puts into the containers' `spark-defaults.conf`."""
    assert f"{SPARK_CONF}/spark-defaults.conf" in [given["target"] for given in document()["x-guozi"]["configs"]]
    return content_of("spark", said)


def _resolved(part: Any, said: Mapping[str, str], places: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _resolved(value, said, places) for key, value in part.items()}
    if isinstance(part, list):
        return [_resolved(value, said, places) for value in part]
    if not isinstance(part, str):
        return part
    text = _VARIABLE.sub(lambda v: said.get(v["name"]) or (v["other"] if v["how"] == "-" else said[v["name"]]), part)
    for there, here in places.items():
        text = text.replace(there, here)
    return text


def variables() -> dict[str, bool]:
    """Name → whether the file has no default for it."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return {found["name"]: found["how"] != "-" for found in _VARIABLE.finditer(text)}


def environment(given: Mapping[str, Any]) -> dict[str, str]:
    """What the container's process would see: the service's own variables and this machine's programs, nothing of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GUOZI_", "AIRFLOW"))}
    return {**kept, **given.get("environment", {}), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


def store_service(said: Mapping[str, str], port: str, data: Path) -> dict[str, Any]:
    """The object store's service, its program where the image's entrypoint has it: before the command."""
    given = service("store", said, {":9000": f":{port}", "/data": str(data)})
    return given | {"command": [str(binary()), *given["command"]]}


def free_ports(*names: str) -> dict[str, str]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in names]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {name: str(probe.getsockname()[1]) for name, probe in zip(names, probes, strict=True)}


def made_env(folder: Path) -> dict[str, str]:
    """What `guozi init-env` writes."""
    subprocess.run([BIN / "guozi", "init-env", "--out", folder / ".env"], check=True, capture_output=True)
    lines = (folder / ".env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@contextmanager
def started(given: Mapping[str, Any], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service's own command with its own environment, ended with all its children."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            given["command"], env=environment(given), stdout=output, stderr=output, cwd=log.parent, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            end([process.pid])
            process.wait()


def healthy(given: Mapping[str, Any], process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> bool:
    """Whether the service's own health check says so in time."""
    until = time.monotonic() + seconds
    check = given["healthcheck"]["test"][1:]
    while process.poll() is None and time.monotonic() < until:
        if subprocess.run(check, env=environment(given), capture_output=True, check=False).returncode == 0:
            return True
        time.sleep(0.3)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace")[-3000:])


def workers_known(port: str, wanted: int, seconds: float = 60) -> int:
    """How many workers the master knows, once they are as many as wanted; a worker's page is there a moment before it has registered."""
    until, known = time.monotonic() + seconds, -1
    while known < wanted and time.monotonic() < until:
        time.sleep(0.2)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/", timeout=5) as page:
                known = json.load(page)["aliveworkers"]
        except (urllib.error.URLError, ConnectionError, json.JSONDecodeError):
            continue
    assert known >= wanted, f"the master knows {known} workers"
    return known
