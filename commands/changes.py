"""`replay`, `rehearse` and `diff`: what changed rules or figures change."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from commands.console import emit, progress, settings, show
from commands.failure import Code, Failure

SHOWN = 200


def replay(*, as_json: bool, **filters: str) -> Code:
    """FAILED when a file could not be judged again."""
    from jobs.replay import replay

    with progress(hidden=as_json) as report:
        done = replay(settings(), filters, report)
    if as_json:
        emit(done)
    else:
        print(f"重新审核 {done.judged} 份，规则未变无需重审 {done.same} 份")
        print(f"{len(done.receipts)} 份有影子条目，其中 {len(done.differing)} 份与生效的不同")
        for receipt, count in list(done.differing.items())[:SHOWN]:
            print(f"  {receipt}  {count} 个条目不同；采用：guozi decide {receipt} adopt --by 姓名 --reason 理由，放弃：withdraw")
        for failure in done.failures:
            print(f"  {failure} 因系统故障没有审核，下次会再试")
    return Code.FAILED if done.failures else Code.FINE


def diff(before: str, after: str, *, as_json: bool) -> Code:
    """FINDINGS when anything moved."""
    from catalog.diff import diff

    done = diff(settings(), before, after)
    if as_json:
        emit(done)
        return Code.FINDINGS if done.cells or done.radius else Code.FINE
    if done.cells:
        show(f"{before} → {after} 改动的单元格 {len(done.cells)} 处", ("报表", "记录", "列", "原", "现"),
             [(m.table, m.key, m.column, m.before, m.after) for m in done.cells[:SHOWN]])  # fmt: skip
    if done.radius:
        counted = Counter(m.table for m in done.radius)
        show(f"第 {done.releases[0]} 次发布 → 第 {done.releases[1]} 次发布 的影响", ("主题表", "变动处"), counted.most_common(), right=[1])
        show(f"明细（前 {SHOWN} 处，--json 给出全部）", ("主题表", "键", "列", "原", "现"),
             [(m.table, m.key, m.column or "整行", m.before, m.after) for m in done.radius[:SHOWN]])  # fmt: skip
    if not done.cells and not done.radius:
        print("没有变动")
    elif not done.radius:
        print("已发布的主题表没有因此变动，或改动尚未发布")
    return Code.FINDINGS if done.cells or done.radius else Code.FINE


def rehearse(path: Path, *, as_json: bool) -> Code:
    """FINDINGS when the change would find anything new or lose anything; nothing is written either way."""
    from jobs.rehearse import rehearse

    if not path.is_file():
        raise Failure(Code.USAGE, f"没有 {path} 这个文件")
    with progress(hidden=as_json) as report:
        done = rehearse(settings(), path, report)
    if as_json:
        emit(done)
    elif not done.changes:
        print(f"按 {path.name} 预演 {done.document}：没有新增或消失的问题和预警")
    else:
        show(f"按 {path.name} 预演 {done.document}：什么都没有写入",
             ("规则或预警", "报表", "新增", "消失", "涉及单位", "占全部单位", "单位"),
             [(c.rule, c.form, c.new, c.vanished, len(c.units), f"{c.share}%", "、".join(c.units[:5])) for c in done.changes],
             right=[2, 3, 4, 5])  # fmt: skip
    return Code.FINDINGS if done.changes else Code.FINE
