"""`make up`, `make down`: the standing scheduler, four processes of this user, watched until they are healthy.

Which they are is kept in GUOZI_HOME/airflow/standing.json as number and time of birth, so that a program that has got a number
since is never ended.
"""

from __future__ import annotations

import fcntl
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import psutil

from catalog.settings import Settings, load_settings
from commands.airflow import environment, look, prepare
from commands.failure import Code, Failure, tell
from scripts.sessions import end, leader

HOST = "127.0.0.1"
PATIENCE = 300  # seconds until healthy
TAIL = 15
API = "api-server"
PARTS = (API, "scheduler", "dag-processor", "triggerer")
_OPENER = build_opener(ProxyHandler({}))


def up(settings: Settings) -> None:
    """Starts what does not run yet. Raises Failure, with all ended again, when one ends or is not healthy in time."""
    look(settings)
    with _alone(settings):
        running = _running(settings)
        missing = [part for part in PARTS if part not in running]
        if API in missing and _taken(settings.scheduler.port):
            port = settings.scheduler.port
            raise Failure(Code.ENVIRONMENT, f"端口 {port} 已被别的程序占用；停掉它，或用 GUOZI_AIRFLOW_PORT 换一个端口再 make up")
        prepare(settings)
        try:
            _start_all(settings, running, missing)
        except Failure:
            _end(settings, running)
            raise
    page = f"http://{HOST}:{settings.scheduler.port}"
    secret = settings.scheduler.home / "simple_auth_manager_passwords.json.generated"
    print(f"调度器{'已启动' if missing else '本来就在运行'}：{page}（用户 admin，口令在 {secret}）\n每夜自动采集到发布；make down 停下")


def _start_all(settings: Settings, running: dict[str, psutil.Process], missing: Sequence[str]) -> None:
    """The API server answers before others start: a task that cannot reach it has lost a try."""
    begun = datetime.now(UTC) if missing else None
    for part in missing:
        running[part] = _start(settings, part)
        _note(settings, running)
        if part == API:
            _wait(settings, running, lambda: _told(settings, "version") is not None)
    _wait(settings, running, lambda: _healthy(settings, begun))


def down(settings: Settings) -> None:
    with _alone(settings):
        running = _running(settings)
        _end(settings, running)
    print("调度器已停；没做完的任务在下次 make up 后自动接着做，做过的不会重做" if running else "调度器没有在运行")


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One `make up` or `make down` at a time."""
    settings.scheduler.home.mkdir(parents=True, exist_ok=True)
    with (settings.scheduler.home / "standing.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(Code.REFUSED, "另一个 make up 或 make down 还没做完；等它做完再来") from None
        yield


def _noted(settings: Settings) -> Path:
    return settings.scheduler.home / "standing.json"


def _note(settings: Settings, running: Mapping[str, psutil.Process]) -> None:
    path = _noted(settings)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({name: [p.pid, p.create_time()] for name, p in running.items()}), encoding="ascii")
    part.rename(path)


def _running(settings: Settings) -> dict[str, psutil.Process]:
    """Those noted that still run; those that do not are told, and what they left behind (a scheduler its workers) is ended."""
    path = _noted(settings)
    noted: Mapping[str, tuple[int, float]] = json.loads(path.read_text(encoding="ascii")) if path.exists() else {}
    found = {name: process for name, (number, born) in noted.items() if (process := leader(number, born))}
    if gone := {name: number for name, (number, _) in noted.items() if name not in found}:
        told = "、".join(f"{name}（进程 {number}）" for name, number in gone.items())
        print(f"登记的 {told} 已经不在，登记已改正", flush=True)
        end([number for number in gone.values() if not psutil.pid_exists(number)])
        _note(settings, found)
    return found


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _start(settings: Settings, part: str) -> psutil.Process:
    """Logs of tasks are read from the folder, so nobody else serves them."""
    more: Mapping[str, Sequence[str]] = {
        API: ("--host", HOST, "--port", str(settings.scheduler.port)),
        "scheduler": ("--skip-serve-logs",), "triggerer": ("--skip-serve-logs",),
    }  # fmt: skip
    with _log(settings, part).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", part, *more.get(part, ())], env=environment(settings), stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, cwd=settings.scheduler.home, start_new_session=True,
        )  # fmt: skip
    return psutil.Process(process.pid)


def _log(settings: Settings, part: str) -> Path:
    return settings.scheduler.home / f"{part}.log"


def _wait(settings: Settings, running: Mapping[str, psutil.Process], fine: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not fine():
        for part, process in running.items():
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                tail = "\n".join(_log(settings, part).read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:])
                raise Failure(Code.FAILED, f"{tail}\n\n{part} 没有启动；以上是 {_log(settings, part)} 的结尾，改正后再 make up")
        if time.monotonic() > until:
            raise Failure(Code.FAILED, f"{PATIENCE} 秒内没有全部正常；请看 {settings.scheduler.home} 下各进程的 .log，改正后再 make up")
        time.sleep(1)


def _healthy(settings: Settings, begun: datetime | None) -> bool:
    """All four, each since `begun`: a process that was killed a moment ago still counts as healthy."""
    told = _told(settings, "monitor/health")
    if told is None or any(part["status"] != "healthy" for part in told.values()):
        return False
    beats = [part[f"latest_{name}_heartbeat"] for name, part in told.items() if name != "metadatabase"]
    return begun is None or all(datetime.fromisoformat(beat) >= begun for beat in beats)


def _told(settings: Settings, path: str) -> Mapping[str, Any] | None:
    """What the API says; None while it does not answer."""
    try:
        with _OPENER.open(f"http://{HOST}:{settings.scheduler.port}/api/v2/{path}", timeout=10) as page:
            told: Mapping[str, Any] = json.load(page)
    except OSError:
        return None
    return told


def _end(settings: Settings, running: Mapping[str, psutil.Process]) -> None:
    """The API server last: a task that is ended tells it so, and is tried again next time."""
    end([process.pid for part, process in running.items() if part != API])
    end([process.pid for part, process in running.items() if part == API])
    _noted(settings).unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        {"up": up, "down": down}[sys.argv[1]](load_settings())
    except Failure as problem:
        sys.exit(tell(problem))
