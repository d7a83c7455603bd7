"""The night: receive, judge (mapped over groups of files), load and settle, compute, publish."""

from __future__ import annotations

import json

from airflow.sdk import DAG
from pendulum import datetime

from dags.common import DEFAULTS, SPARK_POOL, command, contents, mart_assets, tell_failure

GROUPS = 4

with DAG(
    dag_id="nightly",
    dag_display_name="每夜采集与发布",
    description="登记、审核、装载、计算、发布",
    doc_md=f"把收件目录里的文件变成一次发布。每一步都可以重跑，做过的不会再做。\n\n{contents()}",
    schedule="30 1 * * *",
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(DEFAULTS),
    on_failure_callback=tell_failure,
    tags=["每夜", "国资监管"],
):
    plan = command(
        "plan", "登记与归档", f"land --plan {GROUPS}",
        "按到达先后登记编号、计算哈希并归档，再把待审核的文件分组。输出的是各组的编号范围，不含数据。",
        do_xcom_push=True, output_processor=json.loads,
    )  # fmt: skip
    judge = command(
        "judge", "审核", 'land --group "$GUOZI_GROUP"',
        "逐个文件识别、读取、审核，冻结审核结果并出具回执；各组互不依赖。", over=plan.output,
    )  # fmt: skip
    refine = command(
        "refine", "装载、核验与生效", "refine --held-is-fine",
        "把冻结的批次写入 bronze、silver、quarantine 各一次，核验后按编号顺序决定哪些数据生效。",
        trigger_rule="none_failed",
    )  # fmt: skip
    build = command(
        "build", "计算主题表", "build --held-is-fine",
        "在一个 Spark 会话中比对前后期和上年同期，计算有变化的主题表并核验；未通过的扣留，沿用上一个合格版本。",
        pool=SPARK_POOL,
    )  # fmt: skip
    publish = command(
        "publish", "发布", "publish",
        "把通过核验的各主题表版本登记为一次发布；读者此后看到的就是这一组。", outlets=mart_assets(),
    )  # fmt: skip
    plan >> judge >> refine >> build >> publish
