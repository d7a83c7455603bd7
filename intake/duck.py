"""One in-process DuckDB for a judging process: statements over Arrow tables registered for the length of a call."""

from __future__ import annotations

from functools import cache

import duckdb
import pyarrow as pa


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1, "enable_external_access": False})


def run(sql: str, **tables: pa.Table) -> pa.Table:
    """The result of `sql`, which may read the given tables by their names. DuckDB's own errors pass through."""
    connection = _connection()
    for name, table in tables.items():
        connection.register(name, table)
    try:
        return connection.sql(sql).to_arrow_table()
    finally:
        for name in tables:
            connection.unregister(name)
