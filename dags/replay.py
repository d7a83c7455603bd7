"""Judging again by changed rules: started by hand, with a form, unit and period; what comes of it waits for a decision."""

from __future__ import annotations

from airflow.sdk import DAG, Param
from pendulum import datetime

from dags.common import DEFAULTS, command, tell_failure

ASKED = {"form": "报表代码", "unit": "填报单位编码", "period": "报告期"}

with DAG(
    dag_id="replay",
    dag_display_name="按新规则重新审核",
    description="把归档的文件按现行规则再审一遍，结果作为影子等待裁定",
    doc_md="规则改动之后手工触发；可以只审一种报表、一个单位或一期。结果不改变生效的数据：比较后用 guozi decide 采用或放弃。",
    schedule=None,
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(DEFAULTS),
    on_failure_callback=tell_failure,
    params={name: Param("", type="string", title=title, description="空：全部") for name, title in ASKED.items()},
    tags=["手工", "国资监管"],
):
    # What a person types reaches the command as environment, never as part of a shell command.
    command(
        "replay", "重新审核", 'replay --form "$GUOZI_ASKED_FORM" --unit "$GUOZI_ASKED_UNIT" --period "$GUOZI_ASKED_PERIOD"',
        "逐份重新审核、装载、核验；与生效结果不同的回执列在输出里。",
        env={f"GUOZI_ASKED_{name.upper()}": f"{{{{ params.{name} }}}}" for name in ASKED},
    )  # fmt: skip
