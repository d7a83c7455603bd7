"""The whole ledger as one SQLite file, taken while it is used, and put back into an empty ledger of either engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Engine, Table, delete, func, insert, select
from sqlalchemy.engine import make_url

from catalog.ledger.engine import connect, for_writing
from catalog.ledger.models import Base, Event
from catalog.ledger.records import tables
from catalog.ledger.store import Store
from catalog.ledger.values import Refused

_ROWS = 10_000


class Copies(Store):
    """The part of the ledger that is copied whole."""

    def copy_to(self, path: Path) -> int:
        """Writes a consistent copy, one SQLite file; returns the number of its last event."""
        if self._engine.dialect.name == "sqlite":
            with closing(self._engine.raw_connection()) as own, closing(sqlite3.connect(path)) as copy:
                source: Any = own.driver_connection
                source.backup(copy)
        else:
            _copied(self._engine, f"sqlite:///{path}")
        with closing(sqlite3.connect(path)) as copy:
            return int(copy.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])


def put_back(copy: Path, url: str) -> None:
    """A copy becomes the ledger at `url`. Raises Refused where that one holds anything."""
    refuse_filled(url)
    source = connect(f"sqlite:///{copy}")
    try:
        _copied(source, url)
    finally:
        source.dispose()


def refuse_filled(url: str) -> None:
    """Raises Refused when the ledger at `url` has any event; makes nothing where there is none."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not (parsed.database and Path(parsed.database).exists()):
        return
    engine = connect(url)
    try:
        with engine.connect() as connection:
            if connection.execute(select(func.count()).select_from(Event)).scalar_one():
                raise Refused("台账里已有记录，不能恢复到它上面；请把 GUOZI_HOME 和 GUOZI_LEDGER 指向空的位置")
    finally:
        engine.dispose()


def fill(url: str, rows: Iterable[tuple[Table, Iterable[Mapping[str, Any]]]]) -> None:
    """Writes rows of whole tables into an empty ledger, in one transaction; what a new ledger begins with is replaced."""
    engine = connect(url)
    try:
        with for_writing(engine).begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(delete(table))
            for table, found in rows:
                for part in _parts(table, found):
                    connection.execute(insert(table), part)
    finally:
        engine.dispose()


def _copied(source: Engine, url: str) -> None:
    with source.connect().execution_options(yield_per=_ROWS) as connection:
        fill(url, ((t, (dict(r) for r in connection.execute(select(t)).mappings())) for t in tables().values()))


def _parts(table: Table, rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows with the same columns together: a JSON column without a value is left out, since None would be written as JSON's null."""
    documents = {c.name for c in table.columns if isinstance(c.type, JSON)}
    parts: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        given = {name: value for name, value in row.items() if value is not None or name not in documents}
        part = parts.setdefault(tuple(given), [])
        part.append(given)
        if len(part) == _ROWS:
            yield parts.pop(tuple(given))
    yield from parts.values()
