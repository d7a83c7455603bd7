"""Prints one table and writes `build/bench.json`. Results are compared before times: a rival that differs has no time."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measure import Measured, measured
from bench.share import compare, share
from samples import generate

SEED, SIZE, FILES = 1, "small", 10
OUT = Path("build/bench.json")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="guozi-bench-") as folder:
        home, city = Path(folder) / "var", Path(folder) / "city"
        summary = generate(city, SEED, SIZE)
        shutil.copytree(city / "incoming", home / "incoming")
        environment = {"GUOZI_HOME": str(home), "GUOZI_ARRIVALS": "manifest", "GUOZI_TODAY": summary.today.isoformat()}
        ours = measured([sys.executable, "-m", "bench.night"], environment)
        chosen = share(home, city / "incoming", FILES)
        work = Path(folder) / "share.json"
        work.write_text(json.dumps([asdict(c) for c in chosen], ensure_ascii=False), encoding="utf-8")
        rival = measured([sys.executable, "-m", "bench.rival", str(work), str(Path(folder) / "rival")], environment)
        differing = compare(chosen, rival.said["files"])
        if differing:
            print("\n".join(["对手的结果与我们不同，不比较用时：", *differing]), file=sys.stderr)
            return 1
        report = _report(ours, rival, len(chosen))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, ensure_ascii=False, indent=2), encoding="utf-8")
    _print(report)
    return 0


def _report(ours: Measured, rival: Measured, files: int) -> dict[str, Any]:
    scaled = rival.said["start"] + rival.said["seconds"] / files * ours.said["files"]
    return {
        "city": {"seed": SEED, "size": SIZE, "files": ours.said["files"]},
        "night": {"seconds": ours.seconds, "python_mb": ours.python_mb, "jvm_mb": ours.jvm_mb, **ours.said},
        "rival": {"share_files": files, "share_seconds": rival.said["seconds"], "start": rival.said["start"],
                  "python_mb": rival.python_mb, "jvm_mb": rival.jvm_mb, "scaled_seconds": round(scaled, 1)},
        "ratio": round(scaled / ours.seconds, 1),
    }  # fmt: skip


def _print(report: dict[str, Any]) -> None:
    night, rival = report["night"], report["rival"]
    table = Table(title=f"一夜（冷启动），{report['city']['files']} 个文件")
    for column in ("阶段", "秒", "Spark 作业", "Delta 提交"):
        table.add_column(column, justify="left" if column == "阶段" else "right")
    for name, stage in night["stages"].items():
        table.add_row(name, f"{stage['seconds']:.1f}", str(stage["spark_jobs"]), str(stage["commits"]))
    table.add_row("全部（含启动）", f"{night['seconds']:.1f}", "", "")
    table.add_row(f"每文件一读一验一写，{rival['share_files']} 个文件按比例", f"{rival['scaled_seconds']:.1f}", "", "")
    console = Console()
    console.print(table)
    console.print(_marts(night["marts"]))
    console.print(f"内存峰值：Python {night['python_mb']} MB，Spark 驱动 {night['jvm_mb']} MB；快 {report['ratio']} 倍；明细在 {OUT}")


def _marts(marts: Mapping[str, Mapping[str, Any]]) -> Table:
    """Several marts are computed beside each other: their seconds add up to more than the stage took."""
    table = Table(title="各主题表（并行计算，秒数相加多于阶段用时）")
    for column in ("主题表", "秒", "行"):
        table.add_column(column, justify="left" if column == "主题表" else "right")
    for name, told in sorted(marts.items(), key=lambda item: -item[1]["seconds"]):
        table.add_row(name, f"{told['seconds']:.1f}", f"{told['rows']:,}")
    return table


if __name__ == "__main__":
    sys.exit(main())
