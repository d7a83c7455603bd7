"""Rows of text → Arrow record batches: `_row` and `c0`, `c1`, …; an empty text is NULL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pyarrow as pa


def schema(width: int) -> pa.Schema:
    return pa.schema([("_row", pa.int32()), *((f"c{i}", pa.string()) for i in range(width))])


def batches(rows: Iterable[tuple[int, Sequence[str | None]]], width: int, size: int) -> Iterator[pa.RecordBatch]:
    """(row number, cells) pairs, each with `width` cells, as batches of `size` rows."""
    shape, left = schema(width), iter(rows)
    while chunk := list(islice(left, size)):
        numbers = pa.array([number for number, _ in chunk], pa.int32())
        columns = [pa.array([v or None for v in c], pa.string()) for c in zip(*(cells for _, cells in chunk), strict=True)]
        yield pa.RecordBatch.from_arrays([numbers, *columns], schema=shape)
