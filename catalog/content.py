"""Content hash: what a table says, whatever order, file or run it was written in.

SHA-256 over the column names, the number of rows and the sum of the rows' MD5 sums in two halves: the multiset of rows.
 A row is its columns as text. Numbers given by a run (`_batch`, `_submission`) are left
out; with `origins` a `_submission` counts as the file it stands for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from catalog.settings import Settings
from catalog.tables import table

RUN_DEPENDENT = ("_batch", "_submission", "_other_batch")


@dataclass(frozen=True)
class Content:
    rows: int
    sha256: str


def content(
    settings: Settings, layer: str, name: str, columns: Sequence[str] = (), version: int | None = None,
    origins: pa.Table | None = None,
) -> Content:  # fmt: skip
    """Of a Delta table at a version (None: the last). No `columns`: all but RUN_DEPENDENT.

    `origins`: a table (id, sha256, name); `_submission` is then replaced by hash and name of its file.
    """
    place = table(settings, layer, name)
    handle = DeltaTable(place.uri, version=version, storage_options=place.options)
    stored = [f.name for f in handle.schema().fields]
    return of_rows(handle.to_pyarrow_dataset(), columns or [c for c in stored if c not in RUN_DEPENDENT], origins)


@dataclass(frozen=True)
class Sums:
    """What a multiset of rows adds up to; those of parts of a table add up to the table's."""

    rows: int = 0
    low: int = 0
    high: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.rows + other.rows, self.low + other.low, self.high + other.high)

    def content(self, columns: Sequence[str]) -> Content:
        """`columns`: names of the columns summed, in order."""
        named = "\x1f".join(columns)
        return Content(self.rows, hashlib.sha256(f"{named}\n{self.rows}\n{self.low}\n{self.high}".encode()).hexdigest())


def of_rows(rows: object, columns: Sequence[str], origins: pa.Table | None = None) -> Content:
    """Of anything DuckDB reads from memory: an Arrow table, dataset or stream."""
    return sums(rows, columns, origins).content([*columns, *(["_submission"] if origins is not None else [])])


def sums(rows: object, columns: Sequence[str], origins: pa.Table | None = None) -> Sums:
    """Of anything DuckDB reads from memory."""
    with duckdb.connect() as connection:
        connection.register("content_rows", rows)
        connection.register("origins", origins if origins is not None else _NO_ORIGINS)
        texts = [_told(f"r.{_quoted(c)}") for c in columns]
        source = "content_rows r"
        if origins is not None:
            source += " LEFT JOIN origins o ON o.id = r._submission"
            texts.append(_told("o.sha256 || ' ' || o.name"))
        row = connection.execute(
            f"SELECT {_SUMS} FROM (SELECT concat({', '.join(texts)}) AS t FROM {source})"
        ).fetchone()
    assert row is not None
    return Sums(*map(int, row))


def sums_by(rows: object, columns: Sequence[str], by: str, length: int) -> dict[str, Sums]:
    """The same for each of the texts that the column `by` begins with."""
    with duckdb.connect() as connection:
        connection.register("content_rows", rows)
        texts = ", ".join(_told(f"r.{_quoted(c)}") for c in columns)
        found = connection.execute(
            f"SELECT part, {_SUMS} FROM (SELECT left(r.{_quoted(by)}, $length) AS part, concat({texts}) AS t FROM content_rows r) "
            "GROUP BY part",
            {"length": length},
        ).fetchall()
    return {part: Sums(*map(int, added)) for part, *added in found}


_SUMS = "count(*), coalesce(sum(md5_number_lower(t)::HUGEINT), 0), coalesce(sum(md5_number_upper(t)::HUGEINT), 0)"
_NO_ORIGINS = pa.schema([("id", pa.int64()), ("sha256", pa.string()), ("name", pa.string())]).empty_table()


def _told(value: str) -> str:
    """A value with its length before it, so that neighbours cannot run into each other; NULL apart from empty. Pieces of one
    `concat` for all columns, which leaves out NULL: to join column after column copies all that went before.
    """
    return f"length(({value})::VARCHAR), CASE WHEN ({value}) IS NULL THEN '-' ELSE ':' END, ({value})::VARCHAR"


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
