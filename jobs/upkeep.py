"""Upkeep, weekly: the engine that owns a table compacts it, writes a checkpoint and clears what is past its retention.

Gold is never rewritten: each night writes whole parts anew, and a release names versions; those it may name stay readable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from deltalake import DeltaTable

from catalog.ledger.ledger import Ledger
from catalog.progress import Progress, silent
from catalog.settings import Settings
from catalog.tables import table
from expectations.evidence import EVIDENCE
from intake.shapes import OPS
from intake.store import compact, existing
from intake.tidy import Tidied, tidy
from jobs.gold import KEPT_DAYS
from jobs.lease import lease
from schemas.load import form

WHAT = "维护表"


@dataclass(frozen=True)
class UpkeepReport:
    """One line a table, in order of layers; tables that were never written have none."""

    tables: tuple[Tidied, ...]

    @property
    def cleared(self) -> int:
        return sum(table.cleared for table in self.tables)


def upkeep(settings: Settings, progress: Progress = silent) -> UpkeepReport:
    """Raises Busy while a build writes gold. Killed, the next call goes on; readers notice nothing."""
    ledger = Ledger.open(settings)
    try:
        with lease(settings, ledger):
            chosen = list(_tables(ledger))
            made = []
            for number, (layer, name) in enumerate(chosen, 1):
                handle = existing(settings, layer, name)
                if handle is not None:
                    keep = _named(ledger, name, settings.today) if layer == "gold" else set()
                    made.append(tidy(f"{layer}/{name}", handle, keep, compact=_compacting(settings, layer, name)))
                progress(WHAT, number, len(chosen))
    finally:
        ledger.close()
    return UpkeepReport(tuple(made))


def _tables(ledger: Ledger) -> Iterator[tuple[str, str]]:
    forms = sorted(set(ledger.batches("form")["form"].to_pylist()))
    yield from ((layer, form) for layer in ("bronze", "silver", "quarantine") for form in forms)
    yield from (("ops", name) for name in sorted([*OPS, EVIDENCE]))
    yield from (("gold", name) for name in sorted(ledger.marts()))


def _compacting(settings: Settings, layer: str, name: str) -> Callable[[DeltaTable], object] | None:
    if layer == "gold":
        return None
    if layer == "silver":
        return partial(compact, where=table(settings, layer, name), by_part=form(name).large)
    return lambda handle: handle.optimize.compact()


def _named(ledger: Ledger, mart: str, today: date) -> set[int]:
    """Versions of a mart that the last release, a younger one than gold's history, or the next build looks at."""
    since = (today - timedelta(days=KEPT_DAYS)).isoformat()
    last = ledger.release()
    notes = [note for note in ledger.releases_after(0) if note.as_of >= since or (last and note.id == last.id)]
    named = {int(note.marts[mart]["version"]) for note in notes if mart in note.marts}
    return named | {ledger.marts()[mart].version}
