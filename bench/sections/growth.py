"""How the way of payments grows with their number: seconds of processor time at each step, and the exponent fitted to them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.options import Options
from bench.sections import bulk
from bench.show import table


def measure(options: Options, folder: Path) -> dict[str, Any]:
    steps = []
    for rows in options.growth:
        ours = bulk.measure(replace(options, rows=rows), folder, rivals=())["ours"]
        steps.append(
            {"rows": rows, **{name: ours[name] for name in ("seconds", "cpu", "python_mb", "jvm_mb", "stages")}}
        )
    exponents = {name: exponent([s["rows"] for s in steps], [s[name] for s in steps]) for name in ("seconds", "cpu")}
    return {"steps": steps, "exponent": exponents}


def exponent(rows: Sequence[int], costs: Sequence[float]) -> float:
    """Slope of the line through the logarithms, by least squares: 1 is proportional. What a start costs makes it smaller."""
    xs, ys = [math.log(n) for n in rows], [math.log(c) for c in costs]
    middle = sum(xs) / len(xs)
    slope = sum((x - middle) * y for x, y in zip(xs, ys, strict=True)) / sum((x - middle) ** 2 for x in xs)
    return round(slope, 2)


def tables(said: Mapping[str, Any]) -> list[Table]:
    rows = [(f"{s['rows']:,} 笔", s["seconds"], s["cpu"], s["python_mb"], s["jvm_mb"]) for s in said["steps"]]
    fitted = said["exponent"]
    title = f"随笔数增长：指数 {fitted['seconds']}（处理器秒 {fitted['cpu']}）"
    return [table(title, ("规模", "秒", "处理器秒", "Python MB", "Spark 驱动 MB"), rows)]
