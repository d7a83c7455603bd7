"""One in-process DuckDB for a judging process: statements over Arrow tables registered for the length of a call."""

from __future__ import annotations

from functools import cache

import duckdb
import pyarrow as pa

# Below this many rows, planning a hundred predicates costs more than running them unoptimised (75 ms against 37).
_SMALL = 10_000


@cache
def _connection(small: bool) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1, "enable_external_access": False})
    if small:
        connection.execute("PRAGMA disable_optimizer")
    return connection


def run(sql: str, **tables: pa.Table) -> pa.Table:
    """The result of `sql`, which may read the given tables by their names. DuckDB's own errors pass through."""
    connection = _connection(all(table.num_rows < _SMALL for table in tables.values()))
    for name, table in tables.items():
        connection.register(name, table)
    try:
        return connection.execute(sql).to_arrow_table()
    finally:
        for name in tables:
            connection.unregister(name)
