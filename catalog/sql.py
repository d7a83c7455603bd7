"""DuckDB over the gold tables of one release: views named as their marts, described in Chinese, nothing else reachable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from catalog import released
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import ReleaseNote, ScratchNote
from catalog.settings import Settings
from schemas.delivered import Mart
from schemas.load import mart, mart_names

MEMORY = "1GB"
# Set before the door is shut; after the last one nothing can be set any more.
_GUARDS = (
    f"SET memory_limit='{MEMORY}'", "SET autoinstall_known_extensions=false", "SET autoload_known_extensions=false",
    "SET enable_external_access=false", "SET lock_configuration=true",
)  # fmt: skip


class NothingReleased(LookupError):
    """There is no such release; the message says what to do."""


class QueryError(ValueError):
    """DuckDB refuses a query; the message is its own."""


@dataclass(frozen=True)
class Answer:
    """Rows of a query in order; values as DuckDB gives them (decimals are Decimal)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def find_release(settings: Settings, number: int | None = None) -> ReleaseNote:
    """The release of that number, or the last. Raises NothingReleased."""
    ledger = Ledger.open(settings)
    try:
        found = ledger.release(number)
    finally:
        ledger.close()
    if found is None:
        said = "还没有发布" if number is None else f"没有第 {number} 次发布"
        raise NothingReleased(f"{said}；运行 make run 或 guozi night 会产生发布，guozi status 列出已有的发布")
    return found


def find_recomputed(settings: Settings, day: date) -> ScratchNote:
    """What `guozi build --as-known` made for the day. Raises NothingReleased."""
    ledger = Ledger.open(settings)
    try:
        found = ledger.scratch(released.as_known_name(day))
    finally:
        ledger.close()
    if found is None or not found.marts:
        raise NothingReleased(f"还没有按 {day} 所知的情况重算过；请先运行 guozi build --as-known {day}")
    return found


def connect(settings: Settings, number: int | None = None, as_known: date | None = None) -> duckdb.DuckDBPyConnection:
    """A connection on which the marts of a release, or those recomputed as known on a day, are views.

    Raises NothingReleased, released.Cleared, archive.Damaged.
    """
    if as_known is not None:
        note = find_recomputed(settings, as_known)
        return _shown({name: released.recomputed(settings, note, name) for name in note.marts})
    found = find_release(settings, number)
    return _shown({n: released.dataset(settings, found.id, n, state, found.official) for n, state in found.marts.items()})


def _shown(marts: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"python_enable_replacements": False})
    for name, dataset in marts.items():
        connection.register(name, dataset)
        if name in mart_names():
            _describe(connection, mart(name), set(dataset.schema.names))
    for guard in _GUARDS:
        connection.execute(guard)
    return connection


def _describe(connection: duckdb.DuckDBPyConnection, declared: Mart, present: set[str]) -> None:
    """`present`: a version written before a column was declared does not have it."""
    # COMMENT takes no bound parameter; the texts are our own contracts' and are quoted.
    connection.execute(f"COMMENT ON VIEW {declared.name} IS {_literal(f'{declared.title}。{declared.grain}')}")
    for column in (c for c in declared.columns if c.name in present):
        unit = f"（{column.unit}）" if column.unit else ""
        connection.execute(f'COMMENT ON COLUMN {declared.name}."{column.name}" IS {_literal(column.label + unit)}')


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def ask(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> Answer:
    """Run one query. Raises QueryError with DuckDB's words."""
    try:
        done = connection.execute(query, parameters or [])
        rows = done.fetchall()
    except duckdb.Error as problem:
        raise QueryError(str(problem)) from None
    return Answer(tuple(d[0] for d in done.description or ()), tuple(rows))


TABLES = """
SELECT v.view_name AS "主题表", v.comment AS "说明", count(c.column_name) AS "列数"
FROM duckdb_views() v JOIN duckdb_columns() c ON c.table_name = v.view_name
WHERE NOT v.internal GROUP BY ALL ORDER BY ALL
"""
