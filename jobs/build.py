"""The third stage of a night, the only one that starts a JVM: marts whose inputs changed are computed, written, audited.

What did not change is not touched, and when nothing did, Spark is not even started. A mart that fails its audit is held;
those that read it wait, so that what is released fits together.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from catalog.content import content
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.progress import Progress, silent
from catalog.settings import Settings
from expectations.contract import runnable
from expectations.evidence import EVIDENCE_SCHEMA, Evidence, to_table
from intake.store import look
from jobs.known import Known, in_order
from jobs.lake import Lake, lease
from schemas.contract import Mart
from schemas.declared import documents
from schemas.load import mart

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# Jobs of this many marts share the session: one computes while another commits.
TOGETHER = 3
WHAT = "计算主题表"
# Rows that are audited in pandas; more go through Spark, with the same suite.
FEW = 5_000_000


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


def build(settings: Settings, progress: Progress | None = None) -> BuildReport:
    """Raises Busy while another build runs, ContractError where rules of a filed form cannot be run, EnvironmentFault without
    Java or jars, whatever Spark raises otherwise.
    """
    started = time.monotonic()
    ledger = Ledger.open(settings)
    try:
        with lease(settings):
            keeper = Audited(settings, ledger)
            reports = Run(settings, Known.read(ledger, settings.today), keeper, progress or silent).all()
    finally:
        ledger.close()
    return BuildReport(reports, tuple(keeper.failures), round(time.monotonic() - started, 2))


class Keeper(Protocol):
    """Who is told of what a run computes, and knows what was there before (mart → its last version)."""

    before: Mapping[str, MartVersion]

    def start(self) -> None:
        """Something will be computed."""

    def take(self, made: Mart, version: MartVersion, parts: Mapping[str, Any], lake: Lake) -> str:
        """A mart was committed; returns the state it is in."""


class Run:
    """`only`: these marts and what they are computed from; all where none is named."""

    def __init__(self, settings: Settings, known: Known, keeper: Keeper, progress: Progress, only: Sequence[str] = ()) -> None:
        self._settings, self._known, self._keeper, self._progress = settings, known, keeper, progress
        self._before = keeper.before
        self._marts = _needed(list(in_order()), only)
        self._done: dict[str, MartReport] = {}

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
        from jobs.session import session

        for name, periods in self._known.parameters.periods.items():
            if periods:
                runnable(name)
        self._keeper.start()
        lake = Lake(self._settings, session(self._settings), self._known.standing)
        running: dict[Future[MartReport], Mart] = {}
        with ThreadPoolExecutor(TOGETHER, "mart") as threads:
            while waiting or running:
                for made in [m for m in waiting if self._ready(m)]:
                    waiting.remove(made)
                    running[threads.submit(self._one, lake, made)] = made
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._done[running.pop(future).name] = future.result()
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
        frame = function(made)(**self._inputs(lake, made))
        fingerprint = self._known.fingerprints[made.name]
        version = lake.write(made, frame, {"mart": made.name, "as_of": self._known.as_of.isoformat(), "fingerprint": fingerprint})
        hashed = content(self._settings, "gold", made.name, made.content_columns, version)
        as_of, parts = self._known.as_of.isoformat(), self._known.parts[made.name]
        committed = MartVersion(made.name, fingerprint, version, hashed.rows, hashed.sha256, "built", 0, as_of)
        state = self._keeper.take(made, committed, parts, lake)
        return MartReport(made.name, state, hashed.rows, version, hashed.sha256, round(time.monotonic() - started, 2))

    def _inputs(self, lake: Lake, made: Mart) -> dict[str, Any]:
        """By name; the input `forms` is every form of which anything was ever entered, each under its own name."""
        filed = [name for name, periods in self._known.parameters.periods.items() if periods]
        names = [n for name in made.inputs for n in (filed if name == "forms" else (name,))]
        return {name: self._input(lake, name) for name in names}

    def _input(self, lake: Lake, name: str) -> Any:
        match name:
            case "parameters":
                return self._known.parameters
            case "as_of":
                return self._known.as_of
            case "rulings" | "explanations":
                return getattr(self._known, name)
            case "entry" | "submission" | "batch":
                return lake.spark.createDataFrame(getattr(self._known, name))
            case "finding":
                return lake.findings()
        if name in self._done:
            return lake.gold(mart(name), self._done[name].version)
        return lake.silver(self._known.parameters.forms[name])


def _needed(marts: list[Mart], only: Sequence[str]) -> list[Mart]:
    wanted = set(only) or {m.name for m in marts}
    for made in reversed(marts):
        wanted |= set(made.inputs) if made.name in wanted else set()
    return [m for m in marts if m.name in wanted]


class Audited:
    """Writes what was committed into the ledger, audits it, writes the verdict; one at a time."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings, self._ledger = settings, ledger
        self.before: Mapping[str, MartVersion] = ledger.marts()
        self.failures: list[str] = []
        self._audits, self._declared = Lock(), ""

    def start(self) -> None:
        self._declared = self._ledger.keep_set(documents())

    def take(self, made: Mart, version: MartVersion, parts: Mapping[str, Any], lake: Lake) -> str:
        self._ledger.keep_blob("fingerprint", made.name, parts)
        with self._audits:
            version = replace(version, seq=self._ledger.seq(), declared=self._declared)
            self._ledger.set_mart(version)
            evidence = _audit(made, version, lake)
            failed = [e for e in evidence if not e.success]
            state = "held" if failed else "audited"
            reason = "；".join(f"{e.rule_id} {e.detail or e.expectation}" for e in failed)
            look(self._settings, "ops", "evidence", EVIDENCE_SCHEMA).append(to_table(evidence), {}, {"stage": "build", "mart": made.name})
            self._ledger.set_mart(replace(version, state=state), reason)
            self.failures += [f"{made.title}：{e.rule_id} {e.detail or e.expectation}" for e in failed]
        return state


def function(made: Mart) -> Callable[..., DataFrame]:
    """The pure function of a mart. Raises AttributeError naming module and function when it is not there."""
    found: Callable[..., DataFrame] = getattr(importlib.import_module(f"jobs.marts.{made.name}"), made.name)
    return found


def _audit(made: Mart, version: MartVersion, lake: Lake) -> list[Evidence]:
    """Of what was committed: read again at its version."""
    from expectations.audit import AuditFrame, audit_frames, mart_suite

    frame: Any = lake.gold(made, version.version) if version.rows > FEW else lake.few(made, version.version)
    checks = mart_suite(made)
    return audit_frames({f"gold/{made.name}": AuditFrame("build", frame, checks, contract_hash=version.fingerprint)}, f"seq-{version.seq}")
