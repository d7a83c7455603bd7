"""The night after: one per cent of the files come again with other figures; what is then computed anew is what a first night gives."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.cold import cold
from bench.gold import changes, marts
from bench.measure import Measured, measured
from bench.options import Differs, Options, agree
from bench.resent import resend
from bench.show import table
from catalog.ledger.values import MartVersion
from catalog.settings import load_settings
from schemas.load import mart

HOW: Mapping[str, str] = {"untouched": "未动", "by part": "按期", "rebuilt": "重算"}


def measure(options: Options, folder: Path) -> dict[str, Any]:
    """Raises Differs."""
    city = cold(folder, options)
    home, whole = folder / "second", folder / "whole"
    shutil.copytree(city.home, home)
    shutil.copytree(city.sent, whole / "incoming")
    count = resend(home / "incoming", options.seed, options.city, options.domains)
    shutil.copytree(home / "incoming", whole / "incoming", dirs_exist_ok=True)
    environment = {**city.environment, "GUOZI_HOME": str(home)}
    before = marts(load_settings(environment))
    ours = measured([sys.executable, "-m", "bench.night"], environment)
    scratch = measured([sys.executable, "-m", "bench.night"], {**environment, "GUOZI_HOME": str(whole)})
    settings = load_settings(environment)
    after = marts(settings)
    if all(before[name].content_hash == version.content_hash for name, version in after.items()):
        raise Differs("重报没有改变任何主题表，测得的用时不说明问题")
    agree(differing(after, marts(load_settings({**environment, "GUOZI_HOME": str(whole)}))), "从头计算")
    done = changes(settings, before)
    return {
        "files": ours.said["files"],
        "resent": count,
        **_told(ours),
        "whole": _told(scratch),
        "marts": done,
        "by_period": by_period(done),
    }


def _told(one: Measured) -> dict[str, Any]:
    return {"seconds": one.seconds, "cpu": one.cpu, "stages": one.said["stages"]}


def differing(one: Mapping[str, MartVersion], other: Mapping[str, MartVersion]) -> list[str]:
    """A line for each mart that does not say the same."""
    return [
        f"{name}：{one[name].rows} 行，从头 {other[name].rows} 行"
        for name in sorted(one)
        if one[name].content_hash != other[name].content_hash
    ]


def by_period(done: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Shares of a whole build, in per cent, over the marts that are written by period."""
    chosen = [told for name, told in done.items() if mart(name).by_period]
    rows = max(sum(told["rows"] for told in chosen), 1)
    return {kind: round(100 * sum(told[kind] for told in chosen) / rows, 2) for kind in ("written", "read")}


def tables(said: Mapping[str, Any]) -> list[Table]:
    stages = [
        (n, s["seconds"], said["whole"]["stages"][n]["seconds"], s["spark_jobs"]) for n, s in said["stages"].items()
    ]
    stages.append(("全部（含启动）", said["seconds"], said["whole"]["seconds"], ""))
    stages.append(("处理器秒", said["cpu"], said["whole"]["cpu"], ""))
    share = said["by_period"]
    rows = [
        (n, HOW[t["how"]], t["rows"], t["written"], t["read"], t["parts"]) for n, t in sorted(said["marts"].items())
    ]
    title = f"分期写的主题表：写 {share['written']}%、读 {share['read']}%（与从头计算相比）"
    return [
        table(f"第二夜：{said['resent']} 份重报", ("阶段", "秒", "从头一夜的秒", "Spark 作业"), stages),
        table(title, ("主题表", "做法", "行", "写行", "读行", "期"), rows),
    ]
