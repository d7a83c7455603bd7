"""A drill: the last backup is restored beside everything, and must say what was published; the report is evidence."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from deltalake.exceptions import DeltaError

from catalog.content import content
from catalog.declarations import declared_then
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused, ReleaseNote
from catalog.progress import Progress, silent
from catalog.settings import Settings
from catalog.sql import ask, connect
from catalog.trace import trace
from expectations.evidence import EVIDENCE, EVIDENCE_SCHEMA, Evidence, to_table
from intake.store import look
from jobs.backup import restore
from schemas.load import mart

# Marts whose rows are recomputed from the archived files; of each as many rows as this.
TRACED = ("statement", "indicator_value")
SAMPLE = 3


@dataclass(frozen=True)
class DrillReport:
    """`wrong`: what differs, a sentence each. `traced`: keys walked back to the restored originals."""

    backup: int
    seq: int
    release: int
    files: int
    marts: int
    traced: int
    wrong: tuple[str, ...]
    seconds: float


def drill(settings: Settings, source: Path, progress: Progress = silent) -> DrillReport:
    """Leaves nothing but its rows in `ops/evidence`. Raises what `restore` raises, Refused before the first release."""
    started = time.monotonic()
    with TemporaryDirectory(prefix="guozi-drill-") as folder:
        home = Path(folder) / "home"
        there = replace(settings, home=home, lake=str(home / "lake"), store=None, ledger=f"sqlite:///{home / 'ledger.db'}", office="")
        manifest = restore(there, source, progress=progress)
        ledger = Ledger.open(there)
        try:
            release, intact = ledger.release(), ledger.seq() == manifest.seq
            if release is None:
                raise Refused("这份备份里还没有发布，无从比较；请在第一次发布之后再演练")
            gold = list(_gold(there, ledger, release))
        finally:
            ledger.close()
        traces = list(_traces(there, release)) if not gold else []
    wrong = (*gold, *(w for w in traces if w), *(() if intact else ("恢复的台账不到备份记录的最后一个事件",)))
    report = DrillReport(
        manifest.number, manifest.seq, release.id, len(manifest.files), len(release.marts), len(traces), wrong,
        round(time.monotonic() - started, 1),
    )  # fmt: skip
    _noted(settings, report, len(gold), len([w for w in traces if w]))
    return report


def _gold(there: Settings, ledger: Ledger, release: ReleaseNote) -> Iterator[str]:
    """What gold says there beside what the release says it said."""
    for name, state in sorted(release.marts.items()):
        with declared_then(str(state.get("declared", "")), ledger.kept_set):
            said = f"主题表 {mart(name).title} {name}"
            try:
                found = content(there, "gold", name, mart(name).content_columns, int(state["version"])).sha256
            except (DeltaError, OSError, duckdb.Error) as unreadable:
                yield f"{said} 读不出来（{type(unreadable).__name__}）"
                continue
        if found != state["content_hash"]:
            yield f"{said} 的内容哈希与第 {release.id} 次发布不符"


def _traces(there: Settings, release: ReleaseNote) -> Iterator[str]:
    """One text a row of the sample: empty where the figure is confirmed from the restored originals."""
    for name in (n for n in TRACED if n in release.marts):
        for key in _sample(there, name):
            node = trace(there, name, key)
            yield "" if node.agrees is True else f"追溯 {name} {' '.join(f'{k}={v}' for k, v in key.items())} 不一致：{node.why}"


def _sample(there: Settings, name: str) -> list[dict[str, str]]:
    """The same rows of the same release each time, spread by hash."""
    key = mart(name).key
    with connect(there) as connection:
        texts = ", ".join(f'"{k}"::VARCHAR' for k in key)
        query = f"SELECT {texts} FROM {name} WHERE value IS NOT NULL ORDER BY md5(concat_ws('|', {texts})) LIMIT {SAMPLE}"
        rows: list[tuple[Any, ...]] = list(ask(connection, query).rows)
    return [{k: v for k, v in zip(key, row, strict=True) if v is not None} for row in rows]


def _noted(settings: Settings, report: DrillReport, gold: int, traces: int) -> None:
    about = f"第 {report.backup} 次备份（到事件 {report.seq}），第 {report.release} 次发布，用时 {report.seconds} 秒"
    rows = [
        Evidence(f"drill-{report.seq}", "drill", "backup", rule, said, seen, failed, failed == 0, "count", detail=about)
        for rule, said, seen, failed in (
            ("DRL-GOLD", "restored gold = released content hashes", report.marts, gold),
            ("DRL-TRACE", "sampled figures are confirmed from restored originals", report.traced, traces),
            ("DRL-LEDGER", "the restored ledger ends with the event backed up", 1, len(report.wrong) - gold - traces),
        )
    ]
    look(settings, "ops", EVIDENCE, EVIDENCE_SCHEMA).append(to_table(rows), {}, {"stage": "drill"})
