"""A pushed Parquet file as the document its addresses point into, read by DuckDB: intake reads it with Arrow."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

_MARKS = {True: "TRUE", False: "FALSE"}


def columnar(content: bytes) -> dict[str, Any]:
    """`{key of the metadata: text, "records": [{column: text}]}`."""
    with tempfile.TemporaryDirectory(prefix="guozi-trace-") as folder, duckdb.connect() as connection:
        path = Path(folder) / "pushed.parquet"
        path.write_bytes(content)
        given = connection.execute("SELECT key, value FROM parquet_kv_metadata($path)", {"path": str(path)}).fetchall()
        rows = connection.execute("SELECT * FROM read_parquet($path)", {"path": str(path)})
        names = [column[0] for column in rows.description or ()]
        records = [{name: _text(value) for name, value in zip(names, row, strict=True)} for row in rows.fetchall()]
    return {**{key.decode(): value.decode(errors="replace") for key, value in given}, "records": records}


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return _MARKS[value]
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return None if value is None or value == "" else str(value)
