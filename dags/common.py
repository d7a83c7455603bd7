"""What every DAG shares: defaults, tasks that call the command line, documents and assets made from the contracts."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset

from schemas.load import forms, marts

SPARK_POOL = "spark"
_PATIENCE = 120  # seconds


def tell_failure(context: Mapping[str, Any]) -> None:
    """People are told that a run failed, and by which task; nothing but the names of DAG, task and run leaves here.

    The callback of a run, not of a task: a task that was killed cannot call, its run is told by the DAG processor.
    """
    task = context["ti"].task_id if "ti" in context else "-"
    named = ["--dag", context["dag"].dag_id, "--task", task, "--run", context["run_id"]]
    subprocess.run(["guozi", "alert", *named], check=False, timeout=_PATIENCE)


DEFAULTS: Mapping[str, Any] = {
    "owner": "监测中心",
    "retries": 3,  # in all longer than the lease on gold of a host that is gone (GUOZI_LEASE)
    "retry_delay": timedelta(minutes=1),
    "execution_timeout": timedelta(hours=1),
}


def command(task_id: str, title: str, arguments: str, doc: str, *, over: Any = None, **extra: Any) -> Any:
    """A task that runs `guozi <arguments> --json`; `arguments` come from this repository, never from data.

    `over`: the output of a task that lists environments ({variable: value}); then one task runs for each.
    """
    given = {
        "task_id": task_id, "task_display_name": title, "doc_md": doc, "append_env": True, "do_xcom_push": False,
        "bash_command": f"guozi {arguments} --json", **extra,
    }  # fmt: skip
    return BashOperator(**given) if over is None else BashOperator.partial(**given).expand(env=over)


def mart_assets() -> list[Asset]:
    """One asset a gold mart, for DAGs that run when a mart is released."""
    return [Asset(name=f"gold_{mart.name}", uri=f"guozi://gold/{mart.name}") for mart in marts()]


def contents() -> str:
    """The forms that are collected and the marts that are published, as Markdown."""
    collected = "\n".join(f"| `{f.name}` | {f.title} | {f.owner} | {f.version} |" for f in forms())
    published = "\n".join(f"| `{m.name}` | {m.title} | {m.owner} | {m.grain} |" for m in marts())
    return (
        f"### 采集的报表\n\n| 代码 | 名称 | 归口处室 | 版本 |\n|---|---|---|---|\n{collected}\n\n"
        f"### 发布的主题表\n\n| 代码 | 名称 | 归口处室 | 粒度 |\n|---|---|---|---|\n{published}\n"
    )
