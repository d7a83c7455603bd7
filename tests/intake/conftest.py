"""Sheets made in memory: what a reader would give of a few rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pytest

from intake.readers import Opened, Sheet

Rows = Sequence[Sequence[str | None]]


def sheet(rows: Rows, source: str = "表.xlsx!Sheet1", kind: str = "sheet", head: Mapping[str, str] | None = None) -> Sheet:
    """`rows` from row 1, as text; for kind json the first row is the keys."""
    keys = tuple(str(k) for k in rows[0]) if kind == "json" else None
    body = rows[1:] if keys else rows
    width = max(len(r) for r in rows)
    columns = [[(r[i] if i < len(r) else None) for r in body] for i in range(width)]
    first = 0 if keys else 1
    numbers = pa.array(range(first, first + len(body)), pa.int32())
    batch = pa.RecordBatch.from_arrays(
        [numbers, *(pa.array(c, pa.string()) for c in columns)], names=["_row", *(f"c{i}" for i in range(width))]
    )
    return Sheet(source, kind, iter([batch]), keys, head or {})  # type: ignore[arg-type]  # kind is one of the literals


@pytest.fixture
def opened() -> Callable[..., Opened]:
    def make(rows: Rows, **place: object) -> Opened:
        return Opened("memory-1", {}, iter([sheet(rows, **place)]))  # type: ignore[arg-type]  # keywords of `sheet`

    return make
