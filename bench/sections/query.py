"""Twenty queries of analysts over the released gold of the sample city, by DuckDB as `guozi sql` asks them: how long the slowest wait."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from statistics import quantiles
from typing import Any

import yaml
from rich.table import Table

from bench.cold import cold
from bench.options import Options, agree
from bench.show import table
from catalog.settings import Settings, load_settings
from catalog.sql import Answer, ask, connect

QUERIES = Path(__file__).parents[1] / "queries" / "analyst.yaml"
TIMES = 20


def queries() -> Mapping[str, str]:
    """Name → SQL."""
    found: dict[str, str] = yaml.safe_load(QUERIES.read_text(encoding="utf-8"))
    return found


def measure(options: Options, folder: Path) -> dict[str, Any]:
    """Raises Differs."""
    return timed(load_settings(cold(folder, options).environment))


def timed(settings: Settings, times: int = TIMES) -> dict[str, Any]:
    """Of the last release, round after round on one connection. Raises Differs when an answer has other columns or another
    number of rows than the first time (ties and averages may fall either way).
    """
    opened = time.monotonic()
    with connect(settings) as connection:
        opening = time.monotonic() - opened
        first = {name: ask(connection, sql) for name, sql in queries().items()}
        taken: dict[str, list[float]] = {name: [] for name in first}
        for _ in range(times):
            for name, sql in queries().items():
                began = time.monotonic()
                answer = ask(connection, sql)
                taken[name].append(round((time.monotonic() - began) * 1000, 2))
                agree([] if _same(answer, first[name]) else [name], "再次查询")
    told = {name: {"rows": len(first[name].rows), "p95_ms": p95(ms)} for name, ms in taken.items()}
    every = [ms for one in taken.values() for ms in one]
    return {"times": times, "open_ms": round(opening * 1000, 1), "p95_ms": p95(every), "queries": told}


def p95(milliseconds: list[float]) -> float:
    return round(quantiles(milliseconds, n=20, method="inclusive")[-1], 1)


def _same(one: Answer, other: Answer) -> bool:
    return one.columns == other.columns and len(one.rows) == len(other.rows)


def tables(said: Mapping[str, Any]) -> list[Table]:
    rows = sorted(
        ((name, told["p95_ms"], told["rows"]) for name, told in said["queries"].items()), key=lambda row: -row[1]
    )
    title = f"查询主题表：二十条各问 {said['times']} 次，p95 {said['p95_ms']} 毫秒；打开 {said['open_ms']} 毫秒"
    return [table(title, ("查询", "p95 毫秒", "行"), rows)]
