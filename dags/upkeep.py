"""Upkeep, weekly and after the night: few files a table, checkpoints, nothing kept longer than declared."""

from __future__ import annotations

from airflow.sdk import DAG
from pendulum import datetime

from dags.common import DEFAULTS, SPARK_POOL, command, tell_failure

with DAG(
    dag_id="upkeep",
    dag_display_name="每周维护",
    description="合并小文件、写检查点、清理过期版本和调度器的旧记录",
    doc_md="各表由写它的引擎合并小文件、写检查点，再清理超过留存期的旧文件；发布还要读的版本一律保留。查询、追溯和下一次装载的结果不变。",
    schedule="30 5 * * 0",
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(DEFAULTS),
    on_failure_callback=tell_failure,
    tags=["每周", "国资监管"],
):
    command(
        "upkeep", "维护各表", "upkeep",
        "逐表合并、写检查点、清理。可以随时重跑；另一个任务正在写主题表时等它写完。", pool=SPARK_POOL,
    )  # fmt: skip
    command(
        "forget", "清理调度器的旧记录", "upkeep --scheduler",
        "清理调度器自己的运行记录和日志，保留 GUOZI_AIRFLOW_KEPT_DAYS 天（默认 90）；业务数据不在其中。",
    )  # fmt: skip
