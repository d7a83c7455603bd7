"""Data files of silver, each named by the SHA-256 of its bytes: a reader can tell that one is what was committed.

No two writers have a name in common: `<sha256>-<random>.parquet`. Of a form of very many records they lie by part
(`part=2025-03/…`), and Delta's log says which periods and
batches each holds: whoever knows the period opens no other file.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from catalog.tables import Location
from schemas.period import PART_LENGTH

# Bytes of Parquet from which a file is closed: it is made in memory, since only what is whole has a name.
FULL = 32 << 20
_HELD = 128 << 20  # bytes of open files from which the largest is closed
_WAITING = 100_000  # rows of all parts together before those of the largest are written out
_CHUNK = 1 << 20
_TOLD = ("_batch", "_submission", "period", "unit_id", "_row")  # columns whose bounds Delta's log says
_NAME = re.compile(r"([0-9a-f]{64})-[0-9a-f]{32}\.parquet")


def write(
    where: Location, rows: Iterable[pa.Table | pa.RecordBatch], schema: pa.Schema, *, by_part: bool, new: bool = True
) -> list[AddAction]:  # fmt: skip
    """The rows as files of the table, not committed yet. `new`: they change what the table says (compaction does not)."""
    open_files: dict[str, _File] = {}
    made: list[AddAction] = []
    for piece in rows:
        table = piece if isinstance(piece, pa.Table) else pa.Table.from_batches([piece])
        for part, own in _parts(table) if by_part else [("", table)]:
            open_files.setdefault(part, _File(schema, part)).add(own)
        while sum(file.waiting for file in open_files.values()) > _WAITING:
            fullest = max(open_files.values(), key=lambda file: file.waiting)
            fullest.flush()
        while (full := _full(open_files.values())) is not None:
            made.append(open_files.pop(full.part).closed(where, new))
    return [*made, *(file.closed(where, new) for file in open_files.values())]


def bounded(schema: pa.Schema) -> dict[str, str]:
    """What the table is told of its log: it bounds these columns alone. Untold, delta-rs takes others for bounded by NULL, and finds
    no row by them.
    """
    return {"delta.dataSkippingStatsColumns": ",".join(name for name in _TOLD if name in schema.names)}


def to_join(files: Mapping[str, int], *, by_part: bool) -> list[list[str]]:
    """Of the paths of a table's data files and their bytes those to be written again, in groups to be read together."""
    ours = {path: size for path, size in files.items() if digest_in(path) and (not by_part or PurePosixPath(path).parent.name)}
    small: dict[str, list[str]] = {}
    for path, size in sorted(ours.items()):
        if size < FULL // 2:
            small.setdefault(PurePosixPath(path).parent.name, []).append(path)
    return [*(group for group in small.values() if len(group) > 1), *([path] for path in sorted(files.keys() - ours.keys()))]


def read(where: Location, paths: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    dataset = ds.FileSystemDataset.from_paths(list(paths), schema, ds.ParquetFileFormat(), where.files())
    yield from dataset.to_batches(batch_size=_WAITING // 2, batch_readahead=1, fragment_readahead=1)


def digest_in(path: str) -> str | None:
    """What the bytes of a data file add up to, by its name; None for one that another writer named."""
    found = _NAME.fullmatch(PurePosixPath(path).name)
    return found[1] if found else None


def digest_of(where: Location, path: str) -> str:
    with where.files().open_input_stream(path) as stream:
        found = hashlib.sha256()
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


class _File:
    def __init__(self, schema: pa.Schema, part: str) -> None:
        self.part = part
        self._schema, self._sink = schema, pa.BufferOutputStream()
        self._writer = pq.ParquetWriter(self._sink, schema, store_decimal_as_integer=True)
        self._rows: list[pa.Table] = []
        self._bounds = {name: _Bounds() for name in _TOLD if name in schema.names}
        self._count = self.waiting = 0

    def add(self, rows: pa.Table) -> None:
        self._rows.append(rows)
        self.waiting += rows.num_rows

    def size(self) -> int:
        return int(self._sink.tell())

    def flush(self) -> None:
        """What waits becomes a row group."""
        if self.waiting:
            group = pa.concat_tables(self._rows).cast(self._schema)
            for name, bounds in self._bounds.items():
                bounds.widen(group.column(name))
            self._writer.write_table(group, row_group_size=group.num_rows)
            self._count += self.waiting
            self._rows, self.waiting = [], 0

    def closed(self, where: Location, new: bool) -> AddAction:
        self.flush()
        self._writer.close()
        content = self._sink.getvalue()
        name = f"{hashlib.sha256(content).hexdigest()}-{uuid4().hex}.parquet"
        folder = f"part={self.part}/" if self.part else ""
        storage = where.files()
        if folder:
            storage.create_dir(folder, recursive=True)
        # Through a buffer larger than what is put in: an object store's stream of delta-rs takes no Arrow buffers.
        with storage.open_output_stream(f"{folder}{name}", buffer_size=4 * _CHUNK) as out:
            for start in range(0, len(content), _CHUNK):
                out.write(content[start : start + _CHUNK])
        return AddAction(f"{folder}{name}", len(content), {}, time.time_ns() // 1_000_000, new, self._stats())

    def _stats(self) -> str:
        known = {name: bounds for name, bounds in self._bounds.items() if bounds.low is not None}
        low, high = {name: bounds.low for name, bounds in known.items()}, {name: bounds.high for name, bounds in known.items()}
        nulls = {name: bounds.nulls for name, bounds in self._bounds.items()}
        return json.dumps({"numRecords": self._count, "minValues": low, "maxValues": high, "nullCount": nulls})


def _full(files: Collection[_File]) -> _File | None:
    """The largest, when it or all together are enough."""
    largest = max(files, key=_File.size, default=None)
    enough = largest is not None and (largest.size() >= FULL or sum(map(_File.size, files)) >= _HELD)
    return largest if enough else None


class _Bounds:
    def __init__(self) -> None:
        self.low: Any = None
        self.high: Any = None
        self.nulls = 0

    def widen(self, column: pa.ChunkedArray) -> None:
        seen = pc.min_max(column).as_py()
        self.nulls += column.null_count
        self.low = min((v for v in (self.low, seen["min"]) if v is not None), default=None)
        self.high = max((v for v in (self.high, seen["max"]) if v is not None), default=None)


def _parts(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    named = pc.fill_null(pc.utf8_slice_codeunits(rows.column("period"), 0, PART_LENGTH), "none")
    parts = pc.unique(named).to_pylist()
    yield from ((part, rows if len(parts) == 1 else rows.filter(pc.equal(named, part))) for part in parts)
