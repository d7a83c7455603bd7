"""What the ledger knows, appended to `ops/`, so that the lake explains itself; repaired by the next run after a kill.

Each table remembers the last event (or release) it holds as its application transaction.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ledger.ledger import Ledger
from catalog.ledger.records import Recorded
from catalog.lineage import edges
from catalog.settings import Settings
from intake.shapes import OPS
from intake.store import look
from schemas.load import mart_names

_NOTES = {"stage": "journal"}


def export(settings: Settings, ledger: Ledger) -> int:
    """Appends new records, events, openings and closings of entries, releases and their lineage. Returns the number of rows.

    Records come first: what a rebuilt ledger does not know no other table of the journal knows (`jobs.rebuild`).
    """
    return sum(part(settings, ledger) for part in (_records, _events, _in_force, _releases, _lineage))


def _records(settings: Settings, ledger: Ledger) -> int:
    seen = look(settings, "ops", "record", OPS["record"])
    rows, now = ledger.records(Recorded(seen.done("record"), seen.done("record/blob"), seen.done("record/access")))
    if rows.num_rows:
        seen.append(rows, {"record": now.seq, "record/blob": now.blob, "record/access": now.access}, _NOTES)
    return int(rows.num_rows)


def _events(settings: Settings, ledger: Ledger) -> int:
    return _append(settings, "event", lambda done: ledger.events_after(done), "seq")


def _in_force(settings: Settings, ledger: Ledger) -> int:
    return _append(settings, "in_force", lambda done: _changes(ledger.entries_moved(done), done), "seq")


def _releases(settings: Settings, ledger: Ledger) -> int:
    return _append(settings, "release", lambda done: _marts(ledger, done), "release")


def _lineage(settings: Settings, ledger: Ledger) -> int:
    return _append(settings, "lineage", lambda done: _edges(ledger, done), "release")


def _append(settings: Settings, name: str, rows_after: Callable[[int], pa.Table], order: str) -> int:
    seen = look(settings, "ops", name, OPS[name])
    rows = rows_after(seen.done(name))
    if rows.num_rows:
        last = pc.max(rows.column(order)).as_py()
        seen.append(rows.select(OPS[name].names).cast(OPS[name]), {name: last}, _NOTES)
    return int(rows.num_rows)


def _changes(entries: pa.Table, done: int) -> pa.Table:
    """One row an entry that came into force (`opened`) or left it (`closed`) after event `done`."""
    return pa.concat_tables([
        _change(entries, "from_seq", "opened", done), _change(entries, "to_seq", "closed", done)
    ]).sort_by("seq")  # fmt: skip


def _change(entries: pa.Table, column: str, change: str, done: int) -> pa.Table:
    chosen = entries.filter(pc.fill_null(pc.greater(entries.column(column), done), False))
    marked = pa.repeat(pa.scalar(change), chosen.num_rows)
    named = {"seq": chosen.column(column), "change": marked, "entry": chosen.column("id")}
    return pa.table({n: named[n] if n in named else chosen.column(n) for n in OPS["in_force"].names})


def _marts(ledger: Ledger, done: int) -> pa.Table:
    rows = [
        {"release": r.id, "mart": mart, "version": m["version"], "rows": m["rows"], "content_hash": m["content_hash"],
         "mart_seq": m["seq"], "seq": r.seq, "at": r.at, "as_of": r.as_of}
        for r in ledger.releases_after(done) for mart, m in sorted(r.marts.items())
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=OPS["release"])


def _edges(ledger: Ledger, done: int) -> pa.Table:
    """What every mart of a release was declared to rest on."""
    rows = [
        {"release": r.id, "mart": name, "node": node, "input": source}
        for r in ledger.releases_after(done) for name, node, source in edges(set(r.marts) & set(mart_names()))
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=OPS["lineage"])
