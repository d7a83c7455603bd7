"""A cold night of the sample city, stage by stage, form by form, mart by mart, beside two designs without ours."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.cold import Cold, cold
from bench.measure import Measured, measured
from bench.options import Options, agree
from bench.share import Chosen, compare, readable, spread
from bench.show import table

FILES = 10
RIVALS = {"file": "每文件一读一验一写", "form": "每表一读一验一写"}


def measure(options: Options, folder: Path) -> dict[str, Any]:
    """Raises Differs."""
    city = cold(folder, options)
    ours, found = city.night, readable(city.home, city.sent)
    files, forms = ours.said["files"], len(ours.said["forms"])
    chosen = spread(found, FILES)
    rival, competent = _rival(folder, city, chosen, "file"), _rival(folder, city, found, "form")
    scaled = rival.said["start"] + rival.said["seconds"] / len(chosen) * files
    told, read = competent.said, len({c.form for c in found})
    by_form = told["start"] + told["read"] / len(found) * files + (told["seconds"] - told["read"]) / read * forms
    without_marts = ours.seconds - sum(ours.said["stages"][stage]["seconds"] for stage in ("build", "publish"))
    return {
        "city": {"seed": options.seed, "size": options.city, "files": ours.said["files"]},
        "night": {"seconds": ours.seconds, "cpu": ours.cpu, "python_mb": ours.python_mb, "jvm_mb": ours.jvm_mb, **ours.said},
        "rival": {"share_files": len(chosen), "share_seconds": rival.said["seconds"], "start": rival.said["start"],
                  "python_mb": rival.python_mb, "jvm_mb": rival.jvm_mb, "scaled_seconds": round(scaled, 1)},
        "ratio": round(scaled / ours.seconds, 1),
        "by_form": {"files": len(found), "forms": read, "seconds": told["seconds"], "start": told["start"],
                    "python_mb": competent.python_mb, "jvm_mb": competent.jvm_mb, "scaled_seconds": round(by_form, 1),
                    "ours_without_marts": round(without_marts, 1)},
    }  # fmt: skip


def _rival(folder: Path, city: Cold, chosen: Sequence[Chosen], each: str) -> Measured:
    """Raises Differs where it read other figures than the night did."""
    work = folder / f"{each}.json"
    work.write_text(json.dumps([asdict(c) for c in chosen], ensure_ascii=False), encoding="utf-8")
    done = measured([sys.executable, "-m", "bench.rival", str(work), str(folder / f"rival-{each}"), each], city.environment)
    agree(compare(chosen, done.said["files"]), RIVALS[each])
    return done


def tables(said: Mapping[str, Any]) -> list[Table]:
    night, rival = said["night"], said["rival"]
    rows: list[tuple[object, ...]] = [
        (n, s["seconds"], s["spark_jobs"], s["commits"]) for n, s in night["stages"].items()
    ]
    rows.append(("全部（含启动）", night["seconds"], "", ""))
    rows.append((f"{RIVALS['file']}，{rival['share_files']} 个文件按比例", rival["scaled_seconds"], "", ""))
    by_form = said["by_form"]
    rows.append(("采集审核与装载（含启动，不含主题表）", by_form["ours_without_marts"], "", ""))
    rows.append((f"{RIVALS['form']}，{by_form['files']} 个文件 {by_form['forms']} 张表按比例", by_form["scaled_seconds"], "", ""))
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
