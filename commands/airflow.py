"""The embedded scheduler: Airflow on SQLite under the home folder, and one pool so that one Spark driver runs at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from catalog.settings import Settings
from commands.failure import Code, Failure

ROOT = Path(__file__).resolve().parent.parent
POOL = "spark"


def home(settings: Settings) -> Path:
    return settings.home / "airflow"


def environment(settings: Settings) -> dict[str, str]:
    """This process's environment with what Airflow and the `guozi` it calls need; what the operator set stays."""
    folder = home(settings)
    ours: Mapping[str, str] = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GUOZI_HOME": str(settings.home),
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**ours, **os.environ, "PATH": path}


def ready(settings: Settings) -> bool:
    return (home(settings) / ".ready").exists()


def initialise(settings: Settings) -> None:
    """Database and pool; done once, a second call is instant. Raises Failure with the place of the log."""
    folder = home(settings)
    if ready(settings):
        return
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "initialise.log"
    steps = (["db", "migrate"], ["pools", "set", POOL, "1", "Spark：同一时间只有一个写主题表的进程"])
    with log.open("w", encoding="utf-8") as output:
        for step in steps:
            command = [sys.executable, "-m", "airflow", *step]
            if subprocess.run(command, env=environment(settings), stdout=output, stderr=output, check=False).returncode:
                raise Failure(Code.ENVIRONMENT, f"Airflow 初始化失败（{' '.join(step[:2])}），详情在 {log}")
    (folder / ".ready").touch()
