"""What keeps the lake well for years: upkeep, backup, restore, drill. With `--json` what was done is the last line of stdout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commands.console import emit, progress, settings, show
from commands.failure import Code

_SHOWN = 5


def upkeep(*, as_json: bool) -> Code:
    from jobs.upkeep import upkeep

    with progress(hidden=as_json) as report:
        done = upkeep(settings(), report)
    if as_json:
        emit(done)
        return Code.FINE
    rows = [(t.table, t.files_before, t.files, _mega(t.bytes_before), _mega(t.bytes), t.cleared) for t in done.tables]
    show("维护", ("表", "文件（前）", "文件（后）", "MB（前）", "MB（后）", "清理的旧文件"), rows, right=range(1, 6))
    print(f"{len(done.tables)} 张表已维护，清理过期文件 {done.cleared} 个；内容、发布和追溯都不变")
    return Code.FINE


def forget(*, as_json: bool) -> Code:
    """The scheduler's runs and task logs that are older than GUOZI_AIRFLOW_KEPT_DAYS."""
    from commands.airflow import forget

    here = settings()
    logs = forget(here)
    if as_json:
        emit({"kept_days": here.scheduler.kept_days, "logs": logs})
    else:
        print(f"调度器 {here.scheduler.kept_days} 天以前的记录已清理，日志 {logs} 个；发布、台账和审核结果都不在其中")
    return Code.FINE


def backup(target: Path, *, as_json: bool) -> Code:
    from jobs.backup import backup

    with progress(hidden=as_json) as report:
        done = backup(settings(), target, report)
    if as_json:
        emit(done)
    else:
        print(f"第 {done.number} 次备份：到台账第 {done.seq} 个事件，{done.files} 个文件 {_mega(done.bytes)} MB，"
              f"其中新复制 {done.copied} 个 {_mega(done.copied_bytes)} MB")  # fmt: skip
        print(f"guozi drill {target} 演练恢复；GUOZI_HOME=空目录 guozi restore {target} 恢复")
    return Code.FINE


def restore(source: Path, number: int, *, as_json: bool) -> Code:
    from jobs.backup import restore

    here = settings()
    with progress(hidden=as_json) as report:
        done = restore(here, source, number or None, report)
    if as_json:
        emit({"backup": done.number, "seq": done.seq, "files": len(done.files)})
    else:
        print(f"已恢复第 {done.number} 次备份（{done.day}，到台账第 {done.seq} 个事件）：{len(done.files)} 个文件逐一核对过 SHA-256")
        print("在此之后收到的文件请重新放入收件目录；guozi night 接着做完没做完的一夜")
    return Code.FINE


def rebuild(*, as_json: bool) -> Code:
    """FINDINGS when originals are missing or files are there that the ledger does not know."""
    from jobs.rebuild import rebuild

    done = rebuild(settings())
    if as_json:
        emit(done)
    else:
        rows = [(name, count) for name, count in done.rows.items() if count]
        show(f"台账已按湖里的流水重建到第 {done.seq} 个事件", ("台账表", "行数"), rows, right=[1])
        print("此后的人工决定、说明、处理和读取登记不在湖里：请对照各处室的记录重新执行")
        if done.missing:
            print(f"归档里缺 {len(done.missing)} 份原件（请从备份取回）：{'、'.join(done.missing[:_SHOWN])}")
        if done.unknown:
            print(f"归档里有 {len(done.unknown)} 份台账不知道的原件（此后收到的，请重新放入收件目录）：{'、'.join(done.unknown[:_SHOWN])}")
    return Code.FINDINGS if done.missing or done.unknown else Code.FINE


def drill(source: Path, *, as_json: bool) -> Code:
    """FAILED when what was restored is not what was published."""
    from jobs.drill import drill

    with progress(hidden=as_json) as report:
        done = drill(settings(), source, report)
    if as_json:
        emit(done)
    else:
        print(f"演练：恢复第 {done.backup} 次备份（到事件 {done.seq}，{done.files} 个文件），用时 {done.seconds} 秒")
        print(f"比较第 {done.release} 次发布的 {done.marts} 张主题表，追溯 {done.traced} 个数字")
        print("\n".join(done.wrong) or "全部一致；核验记录已写入 ops/evidence（阶段 drill）")
    return Code.FAILED if done.wrong else Code.FINE


def purge(receipt: str, order: str, reason: str, by: tuple[str, str], backups: Sequence[Path], *, as_json: bool) -> Code:
    from catalog.ledger.purges import Order
    from jobs.purge import purge

    done = purge(settings(), Order(receipt, order, reason, by), backups)
    if as_json:
        emit(done)
        return Code.FINE
    print(f"{receipt} 已按第 {order} 号令清除（{'、'.join(by)}）：原件、暂存、各层数据和问题都已删除，留下哈希 {done.sha256}")
    for folder in done.backups:
        print(f"备份 {folder}：只留清除之后新做的一份")
    for number in done.official:
        print(f"第 {number} 次正式发布：由它而来的行和单元格已经去掉，清单写明命令文号和前后的哈希")
    if done.release:
        print(f"已作第 {done.release} 次发布，其中没有它；以前的普通发布不能再按 --release 查询")
    print("多户合计的数字随下一次 guozi night 改变；没有用 --backup 写明的备份仍有这份文件，请一并处理")
    return Code.FINE


def _mega(size: int) -> str:
    return f"{size / 1e6:.1f}"
