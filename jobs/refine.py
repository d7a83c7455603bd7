"""The second stage of a night, without a JVM: batches are committed, read back, audited; then entries take effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from catalog import explained
from catalog.failpoint import reach
from catalog.ledger.ledger import Ledger
from catalog.progress import Progress, silent
from catalog.settings import Settings
from catalog.telemetry import logs
from jobs import journal
from jobs.loads import commit_loads


@dataclass(frozen=True)
class RefineReport:
    """Loads and batches committed by this call; `held`: batch → reason; `entries`: state → how many went to it.

    `run`: what its commits and its evidence name.
    """

    run: str
    loads: int
    batches: int
    held: Mapping[int, str]
    entries: Mapping[str, int]


def refine(settings: Settings, progress: Progress = silent) -> RefineReport:
    """Finishes open loads, commits new ones, audits, settles, exports the journal. Killed, the next call goes on.

    Raises `intake.store.Overtaken` when another process writes the same tables.
    """
    ledger = Ledger.open(settings)
    try:
        run = f"refine-{ledger.seq()}"
        loads, batches = _load(settings, ledger, run, progress)
        held = _audit(settings, ledger, run, progress)
        entries = Counter(ledger.settle().counts)
        entries.update(explained.settle(settings, ledger))
        reach("refine.settled")
        journal.export(settings, ledger)
        progress("装载入库", 4, 4)
        return RefineReport(run, loads, batches, held, entries)
    finally:
        ledger.close()


def _load(settings: Settings, ledger: Ledger, run: str, progress: Progress) -> tuple[int, int]:
    left = ledger.open_loads()
    if left:
        commit_loads(settings, ledger, left, run)
    progress("装载入库", 1, 4)
    fresh = ledger.freeze_loads()
    if fresh:
        commit_loads(settings, ledger, fresh, run)
    progress("装载入库", 2, 4)
    done = [*left, *fresh]
    return len(done), sum(len(load.batches) for load in done)


def _audit(settings: Settings, ledger: Ledger, run: str, progress: Progress) -> dict[int, str]:
    waiting = ledger.to_audit()
    if not waiting:
        return {}
    from jobs.audit import audit_loads

    held = audit_loads(settings, ledger, waiting, run)
    for load in waiting:
        for batch in load.batches:
            fine = batch.id not in held
            logs.note("batch.audited" if fine else "batch.held", "info" if fine else "warning", batch=batch.id, submission=batch.submission)
    progress("装载入库", 3, 4)
    return held
