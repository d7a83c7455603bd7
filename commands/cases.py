"""`warnings` and `handle`: what is warned of, and what is done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.console import emit, settings, show
from commands.failure import Code
from commands.reading import day

_PERIODS = 6


def warnings(filters: Mapping[str, str], overdue: bool, *, as_json: bool) -> Code:
    """FINE whether or not there are any."""
    from catalog.ledger.cases import DONE, LEVELS
    from catalog.ledger.ledger import Ledger
    from catalog.ledger.machine import state

    here = settings()
    ledger = Ledger.open(here)
    try:
        periods: dict[int, list[str]] = {}
        for row in ledger.sightings().to_pylist():
            periods.setdefault(row["case"], []).append(row["period"])
        rows = [row for row in ledger.cases().to_pylist() if all(not v or row[k] == v for k, v in filters.items())]
    finally:
        ledger.close()
    if overdue:
        rows = [r for r in rows if r["due"] and r["due"] < here.today.isoformat() and r["state"] not in DONE]
    rows.sort(key=lambda r: (-LEVELS.index(r["level"]), r["id"]))
    if as_json:
        emit([{**row, "periods": sorted(periods.get(row["id"], []))} for row in rows])
    elif not rows:
        print("没有符合条件的预警；发布（guozi publish）之后才有预警可处理")
    else:
        show("预警", ("编号", "级别", "状态", "预警", "单位", "口径", "对象", "报告期", "承办", "办结日"),
             [_line(row, sorted(periods.get(row["id"], []))) for row in rows])  # fmt: skip
        for name in dict.fromkeys(row["state"] for row in rows):
            print(f"{state('case', name).label}：{state('case', name).advice}")
    return Code.FINE


def _line(row: Mapping[str, Any], periods: list[str]) -> tuple[str, ...]:
    from catalog.ledger.cases import number
    from catalog.ledger.machine import state

    shown = "、".join(periods[-_PERIODS:]) + (f" 等 {len(periods)} 期" if len(periods) > _PERIODS else "")
    late = "（已逾期上报）" if row["escalated"] and row["escalated"] == row["due"] else ""
    return (number(row["id"]), row["level"], state("case", row["state"]).label, f"{row['warning_id']} {row['title']}", row["unit_id"],
            row["scope"], row["subject"], shown, row["owner"], f"{row['due']}{late}")  # fmt: skip


def handle(case: str, action: str, to: str, due: str, by: str, reason: str, *, as_json: bool) -> Code:
    from catalog.ledger.ledger import Ledger
    from catalog.ledger.machine import state
    from catalog.ledger.values import Act
    from jobs.journal import export

    here = settings()
    ledger = Ledger.open(here)
    try:
        number = ledger.handle(Act(case, action, to, day(due).isoformat() if due else ""), by, reason)
        export(here, ledger)
        now = next(row for row in ledger.cases().to_pylist() if row["id"] == int(number.removeprefix("Y")))
    finally:
        ledger.close()
    told = state("case", now["state"])
    if as_json:
        emit(now)
    else:
        print(f"{number} {told.label}（{by}）。{told.advice}")
    return Code.FINE
