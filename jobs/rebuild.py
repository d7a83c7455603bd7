"""A lost ledger from what the lake says of it (`ops/record`) and the archive: the ledger as it was at the last export.

What came after that export is not in the lake: the report names what was received and loaded since, by what lies there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
from deltalake import DeltaTable

from catalog.archive import Damaged, archive, staged
from catalog.ledger.copies import fill, refuse_filled
from catalog.ledger.machine import PURGED
from catalog.ledger.models import Batch, Counter, Entry, Event, Submission
from catalog.ledger.records import filled
from catalog.ledger.values import Refused
from catalog.settings import Settings
from intake.staged import RECORDS
from intake.store import existing
from schemas.load import form_names

_LAYERS = ("bronze", "silver", "quarantine")
_LAST = "SELECT kind, arg_max(row, seq) FROM record GROUP BY kind, key ORDER BY kind, key"


@dataclass(frozen=True)
class RebuildReport:
    """`rows`: table → how many. `missing`: receipts whose original is not in the archive; `unknown`: files and
    manifests of the archive that no submission names, received after the last export.
    """

    seq: int
    rows: Mapping[str, int]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def rebuild(settings: Settings) -> RebuildReport:
    """Raises Refused when there is a ledger or nothing to make one of, Damaged when the journal has gaps."""
    refuse_filled(settings.ledger)
    handle = existing(settings, "ops", "record")
    if handle is None:
        raise Refused(f"湖 {settings.lake} 里没有 ops/record，无从重建台账；请从备份恢复：guozi restore 备份目录")
    with duckdb.connect() as connection:
        connection.register("record", handle.to_pyarrow_dataset())
        rows = dict(filled(connection.execute(_LAST).fetchall()))
    tables = {table.name: found for table, found in rows.items()}
    _whole(tables, handle)
    _beyond(settings, tables[Counter.__tablename__])
    fill(settings.ledger, rows.items())
    kept, received = set(archive(settings).names()), tables[Submission.__tablename__]
    named = {s[column] for s in received for column in ("sha256", "manifest")}
    return RebuildReport(
        len(tables[Event.__tablename__]), {name: len(found) for name, found in tables.items()},
        tuple(s["receipt"] for s in received if s["sha256"] not in kept and s["state"] != PURGED), tuple(sorted(kept - named)),
    )  # fmt: skip


def _whole(tables: Mapping[str, list[dict[str, Any]]], handle: DeltaTable) -> None:
    """Events without a gap up to the last export, and every state the one its last event led to."""
    events = sorted(tables[Event.__tablename__], key=lambda e: int(e["seq"]))
    if [e["seq"] for e in events] != list(range(1, (handle.transaction_version("record") or 0) + 1)):
        raise Damaged("ops/record 里的事件不连续，不能据此重建台账；请从备份恢复：guozi restore 备份目录")
    last = {(e["subject"], e["subject_id"]): e["to_state"] for e in events}
    for subject in (Submission, Batch, Entry):
        name = subject.__tablename__
        wrong = [row["id"] for row in tables[name] if row["state"] != last.get((name, row["id"]))]
        if wrong:
            raise Damaged(f"ops/record 里 {name} {wrong[0]} 的状态与它的最后一个事件不符，不能据此重建台账；请从备份恢复")


def _beyond(settings: Settings, counters: list[dict[str, Any]]) -> None:
    """No number that the lake has seen is given again, though the ledger that gave it is lost."""
    seen = {"load": _loads(settings), "batch": _staged(settings), "submission": _bronze(settings)}
    used = {name: max(numbers, default=0) for name, numbers in seen.items()}
    for counter in counters:
        counter["value"] = max(counter["value"], used.get(counter["name"], 0))


def _loads(settings: Settings) -> Iterator[int]:
    for layer in _LAYERS:
        for form in form_names():
            handle = existing(settings, layer, form)
            yield (handle.transaction_version(f"{layer}/{form}") or 0) if handle is not None else 0


def _staged(settings: Settings) -> Iterator[int]:
    yield from (int(stem) for name in staged(settings).names() if (stem := name.removesuffix(RECORDS)).isdigit())


def _bronze(settings: Settings) -> Iterator[int]:
    with duckdb.connect() as connection:
        for form in form_names():
            handle = existing(settings, "bronze", form)
            if handle is not None:
                connection.register("bronze", handle.to_pyarrow_dataset())
                yield from (int(n) for (n,) in connection.execute("SELECT coalesce(max(_submission), 0) FROM bronze").fetchall())
