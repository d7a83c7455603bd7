"""Whether the night ran: looked at in the morning, by another DAG than the night's."""

from __future__ import annotations

from airflow.sdk import DAG
from pendulum import datetime

from dags.common import DEFAULTS, command, tell_failure

with DAG(
    dag_id="watch",
    dag_display_name="夜间任务是否做完",
    description="到点还没有发布，就告诉值班的人",
    doc_md="当天的夜间任务没有做完，就按 GUOZI_ALERT_WEBHOOK、GUOZI_SMTP 通知。"
    "调度器自己停了，这里也不会运行：请在别处也定时执行 guozi watch。",
    schedule="5 6 * * *",
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(DEFAULTS),
    on_failure_callback=tell_failure,
    tags=["每天", "国资监管"],
):
    command("watch", "看一眼", "watch --by 06:00", "通知已发出也算做完；通知发不出去才算失败。")
