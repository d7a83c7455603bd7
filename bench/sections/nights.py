"""Nights 10, 100 and 365 of a simulated year: what the same few files cost, in processor seconds, and what opening all tables lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.options import Differs, Options
from bench.show import table

COLUMNS: Mapping[str, str] = {
    "submissions": "至今报送", "write": "落地与装载（秒）", "gold": "更正后计算与发布（秒）", "upkeep": "一周的维护（秒）",
    "query": "查一个数（毫秒）", "found": "查一户的问题（毫秒）", "files": "一张表最多的文件", "listed": "打开各表列出的对象",
    "read": "其字节（kB）", "ledger": "台账（kB）",
}  # fmt: skip


def measure(options: Options, folder: Path) -> dict[str, Any]:
    """Raises Differs when a night does not end as the model of the year says."""
    from tests.jobs.few import marts_of
    from tests.year import night
    from tests.year.cost import MEASURED, measured

    year, costs = night.Year(folder / "year", options.seed, MEASURED), {}
    with marts_of(folder / "few", *night.MARTS):
        for number in range(1, max(MEASURED) + 1):
            try:
                year.night(number)
            except night.Differs as differences:
                raise Differs(str(differences)) from differences
            if number in MEASURED:
                costs[str(number)] = asdict(measured(year.settings(number), number, year.town, folder / "probe"))
    return {"seed": options.seed, "marts": list(night.MARTS), "nights": costs}


def tables(said: Mapping[str, Any]) -> list[Table]:
    nights: Mapping[str, Mapping[str, float]] = said["nights"]
    first, last = (list(nights.values())[at] for at in (0, -1))
    rows = [
        (title, *(night[name] for night in nights.values()), f"{last[name] / first[name]:.2f}") for name, title in COLUMNS.items()
    ]
    heads = ("", *(f"第 {number} 夜" for number in nights), "末夜比首夜")
    return [table("一年的夜：处理器秒，同样几份文件，维护之后", heads, rows)]
