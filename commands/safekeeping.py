"""What keeps the lake well for years: upkeep. Each command says what it did; with `--json` on the last line of stdout."""

from __future__ import annotations

from commands.console import emit, progress, settings, show
from commands.failure import Code


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


def _mega(size: int) -> str:
    return f"{size / 1e6:.1f}"
