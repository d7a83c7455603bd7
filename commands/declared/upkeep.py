"""What keeps the system: upkeep, backups, removal by order, the watch over its nights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.declared.options import Json, ReasonOption

app = typer.Typer()


@app.command(help="每周维护：合并小文件、写检查点、清理 · compact, checkpoint, clear")
def upkeep(
    scheduler: Annotated[
        bool, typer.Option("--scheduler", help="只清理调度器的旧记录和日志 · the scheduler's own records")
    ] = False,
    json: Json = False,
) -> int:
    from commands.safekeeping import forget, upkeep

    return forget(as_json=json) if scheduler else upkeep(as_json=json)


@app.command(help="备份台账和湖，同样的文件只存一份 · ledger and lake, a file once")
def backup(
    folder: Annotated[Path, typer.Argument(help="备份目录，放在另一块磁盘 · folder on another disk", metavar="DIR")],
    json: Json = False,
) -> int:
    from commands.safekeeping import backup

    return backup(folder, as_json=json)


@app.command(help="从备份恢复到空的 GUOZI_HOME，逐个核对 · into an empty home")
def restore(
    folder: Annotated[Path, typer.Argument(help="备份目录 · folder of backups", metavar="DIR")],
    number: Annotated[
        int, typer.Option(help="第几次备份，默认最近一次 · which backup, the last by default", show_default=False)
    ] = 0,
    json: Json = False,
) -> int:
    from commands.safekeeping import restore

    return restore(folder, number, as_json=json)


@app.command(help="恢复演练：在别处恢复备份并与发布比较 · restore and compare")
def drill(
    folder: Annotated[Path, typer.Argument(help="备份目录 · folder of backups", metavar="DIR")],
    json: Json = False,
) -> int:
    from commands.safekeeping import drill

    return drill(folder, as_json=json)


@app.command("rebuild-ledger", help="台账丢失时，由湖里的流水和归档重建 · a lost ledger, made again")
def rebuild_ledger(json: Json = False) -> int:
    from commands.safekeeping import rebuild

    return rebuild(as_json=json)


@app.command(help="按令清除不该报来的文件，两人决定 · remove by order of two")
def purge(
    receipt: Annotated[str, typer.Argument(help="回执号 · receipt")],
    order: Annotated[str, typer.Option(help="命令文号 · number of the order")],
    reason: ReasonOption,
    a: Annotated[str, typer.Option("--a", help="决定人之一 · first person")],
    b: Annotated[str, typer.Option("--b", help="决定人之二 · second person")],
    backup: Annotated[
        list[Path] | None, typer.Option(help="也从这个备份目录清除，可重复 · this folder of backups too")
    ] = None,
    json: Json = False,
) -> int:
    from commands.safekeeping import purge

    return purge(receipt, order, reason, (a, b), backup or [], as_json=json)


@app.command(help="运行指标，Prometheus 文本格式 · metrics for Prometheus")
def metrics(json: Json = False) -> int:
    from commands.telemetry import metrics

    return metrics(as_json=json)


@app.command(help="一夜到点没有做完，就告诉值班的人 · tell of a night not done")
def watch(
    by: Annotated[str, typer.Option(help="应在几点前做完，如 06:00 · the hour")] = "06:00", json: Json = False
) -> int:
    from commands.alerting import watch

    return watch(by, as_json=json)


@app.command(help="夜间任务失败时告诉值班的人 · tell of a task that failed")
def alert(
    dag: Annotated[str, typer.Option(help="DAG 名称 · DAG")],
    task: Annotated[str, typer.Option(help="任务 · task")],
    run: Annotated[str, typer.Option(help="运行编号 · run")],
) -> int:
    from commands.alerting import alert

    return alert(dag, task, run)
