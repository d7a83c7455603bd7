"""The embedded scheduler: Airflow under the home folder, and one pool so that one Spark driver runs at a time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from catalog.doctor import examine
from catalog.settings import ZONE, Settings
from commands.failure import Code, Failure

ROOT = Path(__file__).resolve().parent.parent
POOL = "spark"


def environment(settings: Settings) -> dict[str, str]:
    """This process's environment with what Airflow and the `guozi` it calls need; what the operator set stays.

    The database is GUOZI_AIRFLOW_DB's and no other: a task's environment names one that cannot be opened.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**given(settings), **os.environ, **_database(settings.scheduler.database), "PATH": path}


def given(settings: Settings) -> Mapping[str, str]:
    """What Airflow is set to wherever it runs; docker-compose.yml says the same, held to it by a test."""
    folder, port = settings.scheduler.home, settings.scheduler.port
    return {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "180",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GUOZI_HOME": str(settings.home),
    }


def _database(url: str) -> Mapping[str, str]:
    """Airflow knows SQLite's asynchronous driver by itself; psycopg is both."""
    names = ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    if not url.startswith("sqlite"):
        names.append("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC")
    return dict.fromkeys(names, url)


def ready(settings: Settings) -> bool:
    """Whether this version of Airflow has prepared this database."""
    mark = settings.scheduler.home / ".ready"
    return mark.exists() and mark.read_text(encoding="ascii") == _prepared(settings)


def _prepared(settings: Settings) -> str:
    return f"{version('apache-airflow')} {hashlib.sha256(settings.scheduler.database.encode()).hexdigest()}"


def look(settings: Settings) -> None:
    """Raises Failure when a night would fail on this machine."""
    if bad := [check for check in examine(settings) if check.state == "坏"]:
        raise Failure(Code.ENVIRONMENT, "\n".join(f"{check.said}；请执行：{check.remedy}" for check in bad))


def prepare(settings: Settings) -> None:
    """`initialise`, said to a person who waits."""
    if not ready(settings):
        print("准备调度器 Airflow（只在第一次）…", flush=True)
    initialise(settings)


def initialise(settings: Settings) -> None:
    """Database and pool; done once a version, a second call is instant. Raises Failure with the place of the log.

    The folder is its owner's alone: it holds the keys and the password of the page.
    """
    folder = settings.scheduler.home
    if ready(settings):
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    log = folder / "initialise.log"
    log.unlink(missing_ok=True)
    for step in (["db", "migrate"], ["pools", "set", POOL, "1", "Spark：同一时间只有一个写主题表的进程"]):
        if call(settings, step, log):
            raise Failure(Code.ENVIRONMENT, f"Airflow 初始化失败（{' '.join(step[:2])}），详情在 {log}")
    (folder / ".ready").write_text(_prepared(settings), encoding="ascii")


def forget(settings: Settings) -> int:
    """Clears what Airflow knows of runs older than is kept; returns how many logs of tasks went. The last run of a DAG always stays."""
    here, log = settings.scheduler, settings.scheduler.home / "clean.log"
    log.unlink(missing_ok=True)
    since = datetime.now(ZONE) - timedelta(days=here.kept_days)
    step = ["db", "clean", "--clean-before-timestamp", since.isoformat(), "--skip-archive", "--error-on-cleanup-failure", "--yes"]
    if not ready(settings) or call(settings, step, log):
        raise Failure(Code.FAILED, f"调度器的旧记录没有清理成；没有 make up 过就先 make up，否则详情在 {log}")
    old = [path for path in (here.home / "logs").rglob("*.log") if path.stat().st_mtime < since.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def call(settings: Settings, arguments: Sequence[str], log: Path) -> int:
    """Exit code of `airflow <arguments>`; what it says is appended to `log`."""
    with log.open("a", encoding="utf-8") as output:
        command = [sys.executable, "-m", "airflow", *arguments]
        return subprocess.run(command, env=environment(settings), stdout=output, stderr=output, check=False).returncode
