"""One in-process DuckDB for each thread of a process: statements over Arrow tables registered for the length of a call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import get_ident

import duckdb
import pyarrow as pa

# Below this many rows, planning a hundred predicates costs more than running them unoptimised (75 ms against 37).
_SMALL = 10_000
# From as many cells on, tables laid side by side cost more to carry whole from join to join (17 s of 465 checks against 3).
_WIDE = 50_000


@cache
def _connection(small: bool, thread: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1, "enable_external_access": False})
    if small:
        connection.execute("PRAGMA disable_optimizer")
    return connection


def run(sql: str, **tables: pa.Table) -> pa.Table:
    """The result of `sql`, which may read the given tables by their names. DuckDB's own errors pass through."""
    return _run(sql, tables, all(table.num_rows < _SMALL for table in tables.values()))


def joined(sql: str, tables: Mapping[str, pa.Table]) -> pa.Table:
    """The same of a statement that lays wide tables side by side and looks at few of their columns."""
    return _run(sql, tables, sum(table.num_rows * table.num_columns for table in tables.values()) < _WIDE)


def _run(sql: str, tables: Mapping[str, pa.Table], small: bool) -> pa.Table:
    connection = _connection(small, get_ident())
    for name, table in tables.items():
        connection.register(name, table)
    try:
        found = connection.execute(sql).to_arrow_table()
        # Without rows DuckDB gives columns without chunks, which not every reader of Arrow takes.
        return found if found.num_rows else found.schema.empty_table()
    finally:
        for name in tables:
            connection.unregister(name)
