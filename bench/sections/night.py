"""A cold night of the sample city, stage by stage, mart by mart, beside the design everyone starts from."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.cold import cold
from bench.measure import measured
from bench.options import Options, agree
from bench.share import compare, share
from bench.show import table

FILES = 10


def measure(options: Options, folder: Path) -> dict[str, Any]:
    """Raises Differs."""
    city = cold(folder, options)
    ours, chosen = city.night, share(city.home, city.sent, FILES)
    work = folder / "share.json"
    work.write_text(json.dumps([asdict(c) for c in chosen], ensure_ascii=False), encoding="utf-8")
    rival = measured([sys.executable, "-m", "bench.rival", str(work), str(folder / "rival")], city.environment)
    agree(compare(chosen, rival.said["files"]), "每文件一读一验一写")
    scaled = rival.said["start"] + rival.said["seconds"] / len(chosen) * ours.said["files"]
    return {
        "city": {"seed": options.seed, "size": options.city, "files": ours.said["files"]},
        "night": {"seconds": ours.seconds, "cpu": ours.cpu, "python_mb": ours.python_mb, "jvm_mb": ours.jvm_mb, **ours.said},
        "rival": {"share_files": len(chosen), "share_seconds": rival.said["seconds"], "start": rival.said["start"],
                  "python_mb": rival.python_mb, "jvm_mb": rival.jvm_mb, "scaled_seconds": round(scaled, 1)},
        "ratio": round(scaled / ours.seconds, 1),
    }  # fmt: skip


def tables(said: Mapping[str, Any]) -> list[Table]:
    night, rival = said["night"], said["rival"]
    rows: list[tuple[object, ...]] = [
        (n, s["seconds"], s["spark_jobs"], s["commits"]) for n, s in night["stages"].items()
    ]
    rows.append(("全部（含启动）", night["seconds"], "", ""))
    rows.append((f"每文件一读一验一写，{rival['share_files']} 个文件按比例", rival["scaled_seconds"], "", ""))
    memory = f"Python {night['python_mb']} MB，Spark 驱动 {night['jvm_mb']} MB；快 {said['ratio']} 倍"
    title = f"一夜（冷启动），{said['city']['files']} 个文件；内存峰值 {memory}"
    return [table(title, ("阶段", "秒", "Spark 作业", "Delta 提交"), rows), _forms(night["forms"]), _marts(night["marts"])]


def _forms(forms: Mapping[str, Mapping[str, float]]) -> Table:
    """Files are judged by several children, loads of several forms written beside each other."""
    costs = ("judged", "written", "audited")
    dearest = sorted(forms.items(), key=lambda form: -sum(form[1][c] for c in costs))
    rows = [(name, int(f["files"]), *(f[c] for c in costs), sum(f[c] for c in costs)) for name, f in dearest]
    columns = ("表单", "文件", "审核（处理器秒）", "装载（秒）", "核验（秒）", "合计")
    return table("各表单（并行，合计多于阶段用时）", columns, rows)


def _marts(marts: Mapping[str, Mapping[str, Any]]) -> Table:
    """Several marts are computed beside each other: their seconds add up to more than the stage took."""
    rows = sorted(((name, told["seconds"], told["rows"]) for name, told in marts.items()), key=lambda row: -row[1])
    return table("各主题表（并行计算，秒数相加多于阶段用时）", ("主题表", "秒", "行"), rows)
