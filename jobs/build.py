"""The third stage of a night, the only one that starts a JVM: marts whose inputs changed are computed, written, audited.

What did not change is not touched, and when nothing did, Spark is not even started. A mart that fails its audit is held;
those that read it wait, so that what is released fits together.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from catalog.content import Content, Sums, content
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.progress import Progress, silent
from catalog.settings import Settings
from catalog.telemetry import logs
from expectations.contract import runnable
from jobs.by_part import by_comparison, by_part
from jobs.keeper import Audited, Keeper
from jobs.known import Known, in_order
from jobs.lake import Lake
from jobs.lease import lease
from jobs.parts import Plan, as_whole, planned
from jobs.session import for_many_rows, gathered, session
from schemas.delivered import Mart
from schemas.lineage import sources
from schemas.load import mart

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Jobs of this many marts share the session: one computes while another commits.
TOGETHER = 3
# Records of a form or mart from which marts that read it are long to compute rather than to plan.
MANY = 500_000
WHAT = "计算主题表"


@dataclass(frozen=True)
class MartReport:
    """`state`: unchanged, audited, held, or waiting (for a mart that is held)."""

    mart: str
    state: str
    rows: int
    version: int
    content_hash: str
    seconds: float


@dataclass(frozen=True)
class BuildReport:
    """One line a mart, in order of computation. `failures`: what the audits of held marts found."""

    marts: tuple[MartReport, ...]
    failures: tuple[str, ...]
    seconds: float

    @property
    def held(self) -> tuple[str, ...]:
        return tuple(m.mart for m in self.marts if m.state == "held")


def build(settings: Settings, progress: Progress | None = None, only: Sequence[str] = ()) -> BuildReport:
    """`only`: these marts and what they are computed from; all where none is named.

    Raises Busy while another build runs, Fenced when one has taken over, ContractError where rules of a filed form cannot be
    run, EnvironmentFault without Java or jars, whatever Spark raises otherwise.
    """
    started = time.monotonic()
    ledger = Ledger.open(settings)
    try:
        with lease(settings, ledger) as fence:
            keeper = Audited(settings, ledger, fence)
            reports = Run(settings, Known.read(ledger, settings.today), keeper, progress or silent, only).all()
    finally:
        ledger.close()
    return BuildReport(reports, tuple(keeper.failures), round(time.monotonic() - started, 2))


class Run:
    """`only`: these marts and what they are computed from; all where none is named."""

    def __init__(self, settings: Settings, known: Known, keeper: Keeper, progress: Progress, only: Sequence[str] = ()) -> None:
        self._settings, self._known, self._keeper, self._progress = settings, known, keeper, progress
        self._before = keeper.before
        self._marts = _needed(list(in_order()), only)
        self._done: dict[str, MartReport] = {}
        self._silver_read: dict[tuple[SparkSession, str, frozenset[str] | None], DataFrame] = {}
        self._reading = Lock()

    def all(self) -> tuple[MartReport, ...]:
        for made in self._marts:
            if self._unchanged(made):
                was = self._before[made.name]
                state = "unchanged" if was.state == "audited" else was.state
                self._done[made.name] = MartReport(made.name, state, was.rows, was.version, was.content_hash, 0.0)
        if len(self._done) < len(self._marts):
            self._compute([m for m in self._marts if m.name not in self._done])
        self._progress(WHAT, len(self._marts), len(self._marts))
        return tuple(self._done[m.name] for m in self._marts)

    def _unchanged(self, made: Mart) -> bool:
        was = self._before.get(made.name)
        return was is not None and was.state != "built" and was.fingerprint == self._known.fingerprints[made.name]

    def _compute(self, waiting: list[Mart]) -> None:
        for name, periods in self._known.parameters.periods.items():
            if periods:
                runnable(name)
        self._keeper.start()
        most = max(self._known.let_in.values(), default=0)
        lake = Lake(self._settings, session(self._settings, rows=most), self._known.standing)
        roomy = replace(lake, spark=for_many_rows(lake.spark, most))
        large = {form for form, rows in self._known.let_in.items() if rows >= MANY}
        running: dict[Future[MartReport], Mart] = {}
        with ThreadPoolExecutor(TOGETHER, "mart") as threads:
            while waiting or running:
                for made in [m for m in waiting if self._ready(m)]:
                    waiting.remove(made)
                    many = large | {name for name, done in self._done.items() if done.rows >= MANY}
                    running[threads.submit(self._one, roomy if many & set(made.inputs) else lake, made)] = made
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    done = self._done[running.pop(future).name] = future.result()
                    level: logs.Level = "warning" if done.state == "held" else "info"
                    logs.note("mart.ended", level, mart=done.mart, state=done.state, seconds=done.seconds, count=done.rows)
                    self._progress(WHAT, len(self._done), len(self._marts))

    def _ready(self, made: Mart) -> bool:
        names = {m.name for m in self._marts}
        return all(name in self._done for name in made.inputs if name in names)

    def _one(self, lake: Lake, made: Mart) -> MartReport:
        started = time.monotonic()
        if any(self._done[n].state in ("held", "waiting") for n in made.inputs if n in self._done):
            was = self._before.get(made.name)
            kept = (was.rows, was.version, was.content_hash) if was else (0, -1, "")
            return MartReport(made.name, "waiting", *kept, 0.0)
        plan = self._plan(lake, made)
        if (plan is not None and plan.idle) or self._untouched(made):
            return self._kept(made, started)
        frame = self._frame(lake, made, plan)
        fingerprint = self._known.fingerprints[made.name]
        note = {"mart": made.name, "as_of": self._known.as_of.isoformat(), "fingerprint": fingerprint, **self._keeper.signature()}
        version = lake.write(made, frame, note, plan)
        hashed = self._content(lake, made, version)
        as_of, parts = self._known.as_of.isoformat(), self._known.parts[made.name]
        committed = MartVersion(made.name, fingerprint, version, hashed.rows, hashed.sha256, "built", 0, as_of)
        state = self._keeper.take(made, committed, parts, lake, plan)
        return MartReport(made.name, state, hashed.rows, version, hashed.sha256, round(time.monotonic() - started, 2))

    def _frame(self, lake: Lake, made: Mart, plan: Plan | None) -> DataFrame:
        if self._without_rows(made):
            return lake.empty(made)
        return function(made)(**self._inputs(lake, made, plan))

    def _without_rows(self, made: Mart) -> bool:
        """Nothing stands of what its rows are of (its keys' sources, the tree of units apart): it is not worth a plan."""
        of = {source.partition(".")[0] for c in made.columns if c.key for source in sources(c)} - {"enterprise_tree"}
        standing = set(self._known.standing["form"].to_pylist())
        known = self._known.parameters.forms
        return bool(of) and all(name not in standing if name in known else name in self._done and not self._done[name].rows for name in of)

    def _plan(self, lake: Lake, made: Mart) -> Plan | None:
        """What to do of a mart by period. What was built and never audited is not built on."""
        if not made.by_period:
            return None
        was = self._before.get(made.name)
        before = lake.to_build_on(made, was.version) if was is not None and was.state == "audited" else {}
        if made.by_period == "whole":
            return as_whole(before)
        if made.by_period == "reconciled":
            return planned(by_comparison(self._known, made), before, None)
        split = [n for n in made.inputs if n in self._done and mart(n).by_period and mart(n).part_column == "period"]
        upstream = {name: self._told(lake, made, mart(name)) for name in split}
        now, reach = by_part(self._known, made, upstream)
        return planned(now, before, reach)

    def _untouched(self, made: Mart) -> bool:
        """Of what it is computed from nothing changed but marts that were computed anew and came out as they were; or it was
        empty and nothing stands of what its rows are of.
        """
        was = self._before.get(made.name)
        if was is None or was.state != "audited":
            return False
        then, now = self._keeper.parts(was), self._known.parts[made.name]
        if not then or any(then[part] != now[part] for part in ("mart", "code")) or then["inputs"].keys() != now["inputs"].keys():
            return False
        if not was.rows and self._without_rows(made):
            return True
        return all(then["inputs"][name] == value or self._same(made, name, then["inputs"][name]) for name, value in now["inputs"].items())

    def _same(self, reader: Mart, name: str, then: str) -> bool:
        was, done = self._before.get(name), self._done.get(name)
        if was is None or done is None or was.fingerprint != then:
            return False
        return was.version == done.version or (was.content_hash == done.content_hash and not _sees_run(reader, mart(name)))

    def _told(self, lake: Lake, reader: Mart, made: Mart) -> dict[str, str]:
        """Part → what tells its rows: their content, unless the reader rests on columns that do not count in it."""
        parts = lake.parts(made, self._done[made.name].version)
        sees = _sees_run(reader, made)
        return {name: part.fingerprint if sees else str(part.sums) for name, part in parts.items()}

    def _kept(self, made: Mart, started: float) -> MartReport:
        was = self._before[made.name]
        self._keeper.keep(made, replace(was, fingerprint=self._known.fingerprints[made.name]), self._known.parts[made.name])
        return MartReport(made.name, "unchanged", was.rows, was.version, was.content_hash, round(time.monotonic() - started, 2))

    def _content(self, lake: Lake, made: Mart, version: int) -> Content:
        if parts := lake.parts(made, version):
            return sum((part.sums for part in parts.values()), Sums()).content(made.content_columns)
        return content(self._settings, "gold", made.name, made.content_columns, version)

    def _inputs(self, lake: Lake, made: Mart, plan: Plan | None) -> dict[str, Any]:
        parts = None if plan is None else plan.read
        given = {name: self._input(lake, name, parts) for name in self._known.given(made)}
        if plan is not None and not plan.whole and "parameters" in given:
            given["parameters"] = replace(self._known.parameters, wanted=plan.changed)
        return given

    def _input(self, lake: Lake, name: str, parts: Collection[str] | None) -> Any:
        match name:
            case "parameters":
                return self._known.parameters
            case "as_of":
                return self._known.as_of
            case "rulings" | "explanations":
                return getattr(self._known, name)
            case "entry" | "submission" | "batch" | "access":
                return gathered(lake.spark.createDataFrame(getattr(self._known, name)))
            case "finding":
                return lake.findings()
        if name in self._done:
            return lake.gold(mart(name), self._done[name].version, parts)
        return self._silver(lake, name, None if parts is None else frozenset(parts))

    def _silver(self, lake: Lake, name: str, parts: frozenset[str] | None) -> DataFrame:
        """A form's records, read and handed to Spark once for all marts."""
        with self._reading:
            if (lake.spark, name, parts) not in self._silver_read:
                self._silver_read[lake.spark, name, parts] = lake.silver(self._known.parameters.forms[name], parts)
            return self._silver_read[lake.spark, name, parts]


def _needed(marts: list[Mart], only: Sequence[str]) -> list[Mart]:
    wanted = set(only) or {m.name for m in marts}
    for made in reversed(marts):
        wanted |= set(made.inputs) if made.name in wanted else set()
    return [m for m in marts if m.name in wanted]


def _sees_run(reader: Mart, made: Mart) -> bool:
    """The reader rests on columns of `made` that do not count in its content."""
    apart = {f"{made.name}.{column.name}" for column in made.columns if column.run_dependent}
    return any(apart & set(sources(column)) for column in reader.columns)


def function(made: Mart) -> Callable[..., DataFrame]:
    """The pure function of a mart. Raises AttributeError naming module and function when it is not there."""
    found: Callable[..., DataFrame] = getattr(importlib.import_module(f"jobs.marts.{made.name}"), made.name)
    return found
