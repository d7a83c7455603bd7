"""What the ledger holds as rows for the lake (`ops/record`): every event, and each row it touched as it is now.

One read sees all of it at one moment, so that the rows of one export are the ledger just after its last event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Table, func, or_, select

from catalog.ledger.models import (
    Access,
    Base,
    Batch,
    Blob,
    Counter,
    Entry,
    Event,
    Explanation,
    Lease,
    Load,
    MartState,
    Release,
    Ruling,
    Scratch,
    Sighting,
    Submission,
    WarningCase,
)
from catalog.ledger.store import Store

SCHEMA = pa.schema([("seq", pa.int64()), ("kind", pa.string()), ("key", pa.string()), ("row", pa.string())])
# Small tables that change without an event of their own are written whole each time.
_WHOLE = (Counter, MartState, Scratch)
_BY_EVENT: Mapping[type[Base], tuple[str, ...]] = {
    Release: ("release",), WarningCase: ("case", "case act"), Explanation: ("explanation",),
    Ruling: ("closing", "extension", "exemption"),
}  # fmt: skip


def tables() -> dict[str, Table]:
    """All that a ledger remembers, by name, those first that others point to. A lease is not remembered: who held one of
    this ledger holds none of its copy.
    """
    return {table.name: table for table in Base.metadata.sorted_tables if table is not Lease.__table__}


def read_back(table: Table, row: str) -> dict[str, Any]:
    """A row as it was recorded, for the columns the table has today."""
    said = json.loads(row)
    return {c.name: said[c.name] for c in table.columns if c.name in said}


@dataclass(frozen=True)
class Recorded:
    """Up to where the lake has the ledger: the last event, blob and line of the access log."""

    seq: int
    blob: int
    access: int


_LAST = (Event.seq, Blob.number, Access.id)


class Records(Store):
    """The part of the ledger that tells the lake enough to be rebuilt from it."""

    def records(self, done: Recorded) -> tuple[pa.Table, Recorded]:
        """Rows of SCHEMA for all that happened since, and up to where; empty where nothing did."""
        with self._engine.connect() as connection:
            last = (connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one() for column in _LAST)
            now = Recorded(*last)
            if now.seq <= done.seq:
                return SCHEMA.empty_table(), done
            rows = [{"seq": now.seq, **row} for row in _rows(connection, done)]
        return pa.Table.from_pylist(rows, schema=SCHEMA), now


def _rows(connection: Connection, since: Recorded) -> Iterator[dict[str, str]]:
    done = since.seq
    yield from _told(connection, Event, Event.seq > done)
    touched = select(Event.subject_id).where(Event.seq > done)
    of_load = touched.where(Event.subject == "load")
    entries = Entry.id.in_(touched.where(Event.subject.in_(("entry", "review"))))
    batches = or_(
        Batch.id.in_(touched.where(Event.subject == "batch")), Batch.load.in_(of_load), Batch.id.in_(select(Entry.batch).where(entries))
    )
    received = touched.where(Event.subject == "submission")
    submissions = or_(Submission.id.in_(received), Submission.id.in_(select(Batch.submission).where(batches)))
    yield from _told(connection, Submission, submissions)
    yield from _told(connection, Batch, batches)
    yield from _told(connection, Entry, entries)
    yield from _told(connection, Load, or_(Load.id.in_(of_load), Load.id.in_(select(Batch.load).where(batches))))
    for model, subjects in _BY_EVENT.items():
        yield from _told(connection, model, _key(model).in_(touched.where(Event.subject.in_(subjects))))
    for model in _WHOLE:
        yield from _told(connection, model)
    yield from _told(connection, Sighting, Sighting.seq > done)
    yield from _told(connection, Access, Access.id > since.access)
    yield from _told(connection, Blob, Blob.number > since.blob)


def _told(connection: Connection, model: type[Base], *conditions: Any) -> Iterator[dict[str, str]]:
    table = tables()[model.__tablename__]
    keys = [c.name for c in table.primary_key.columns]
    for row in connection.execute(select(table).where(*conditions)).mappings():
        key = json.dumps([row[k] for k in keys], ensure_ascii=False)
        yield {"kind": table.name, "key": key, "row": json.dumps(dict(row), ensure_ascii=False, separators=(",", ":"))}


def _key(model: type[Base]) -> Any:
    return next(iter(tables()[model.__tablename__].primary_key.columns))


def filled(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """(kind, row) of the last state of everything → rows of whole tables, in the order in which they can be written."""
    known: dict[str, Table] = tables()
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, row in rows:
        if kind in known:
            found.setdefault(kind, []).append(read_back(known[kind], row))
    yield from ((table, found.get(name, [])) for name, table in known.items())
