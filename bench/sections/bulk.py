"""Very many payments the whole way with all checks, beside three scripts that read the same files in one go."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.measure import Measured, measured
from bench.options import Options, agree
from bench.outcome import differing
from bench.payments import PER_FILE, write
from bench.show import table

RIVALS: Mapping[str, str] = {
    "duckdb": "DuckDB + delta-rs，不核验", "polars": "Polars + delta-rs，不核验", "spark": "普通 Spark + GX，八条规则",
}  # fmt: skip
STAGES: Mapping[str, str] = {"land": "采集审核", "refine": "装载核验", "build": "主题表"}
# A day after the last of all payments that may be asked for.
TODAY = "2045-01-05"


def measure(
    options: Options, folder: Path, rivals: tuple[str, ...] = tuple(RIVALS), per_file: int = PER_FILE
) -> dict[str, Any]:
    """Raises Differs."""
    home = folder / f"bulk-{options.rows}"
    given = write(home / "given", options.rows, options.seed, per_file)
    shutil.copytree(home / "given", home / "incoming")
    environment = {"GUOZI_HOME": str(home), "GUOZI_TODAY": TODAY}
    ours = measured([sys.executable, "-m", "bench.bulk_ours"], environment)
    said: dict[str, Any] = {
        "rows": options.rows,
        "bytes": given.bytes,
        "ours": {**_told(ours), **ours.said},
        "rivals": {},
    }
    for name in rivals:
        work = home / name
        work.mkdir()
        rival = measured(
            [sys.executable, "-m", f"bench.bulk_{name}", str(home / "given"), str(work / "lake")], environment
        )
        agree(differing(ours.said["result"], rival.said["result"]), RIVALS[name])
        said["rivals"][name] = {**_told(rival), "work": rival.said["work"]}
        shutil.rmtree(work)
    shutil.rmtree(home)
    return said


def _told(one: Measured) -> dict[str, Any]:
    return {"seconds": one.seconds, "cpu": one.cpu, "python_mb": one.python_mb, "jvm_mb": one.jvm_mb}


def tables(said: Mapping[str, Any]) -> list[Table]:
    ours = said["ours"]
    rows = [("全程，含全部核验", ours["seconds"], ours["cpu"], ours["python_mb"], ours["jvm_mb"])]
    rows += [(f"  {title}", ours["stages"][name], "", "", "") for name, title in STAGES.items()]
    rows += [(RIVALS[n], r["seconds"], r["cpu"], r["python_mb"], r["jvm_mb"]) for n, r in said["rivals"].items()]
    title = f"大额支付 {said['rows']:,} 笔，{said['bytes'] / 1e9:.2f} GB"
    return [table(title, ("做法", "秒", "处理器秒", "Python MB", "Spark 驱动 MB"), rows)]
