"""Delimited text: comma, tab or semicolon; a record may span lines, its `_row` is the line it starts on."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from intake.guard import LIMITS, Limits, refused
from intake.readers import Opened, Rejected, Sheet
from intake.readers.batches import batches
from intake.readers.text import encoding_of

READER = "csv-1"
_DELIMITERS = (",", "\t", ";")
_PEEK = 20
_NARROW = 2
_DDE = r"^\s*[=+@-].*\|.*!"
Record = tuple[int, list[str]]


@dataclass(frozen=True)
class _Shape:
    """Delimiter, the line of the header, and its number of columns (empty ones at its end left out)."""

    delimiter: str
    line: int
    width: int


def open_delimited(path: Path, name: str, limits: Limits = LIMITS) -> Opened:
    encoding = encoding_of(path, name)
    shapes = (_shape(path, name, encoding, delimiter) for delimiter in _DELIMITERS)
    shape = max(shapes, key=lambda s: (s.width > 1, -s.line, s.width))
    if not shape.width:
        raise refused("GRD-EMPTY", name, "没有任何内容")
    if shape.width > limits.columns:
        raise refused("GRD-COLUMNS", name, f"{shape.width} 列，上限 {limits.columns}")
    return Opened(READER, {}, iter([Sheet(name, "lines", _batches(path, name, encoding, shape, limits))]))


def _shape(path: Path, name: str, encoding: str, delimiter: str) -> _Shape:
    """The header is the first record of more than two filled fields; what stands above it (a title, the unit) has
    fewer. A table of two columns has its header in its first record."""
    near = [r for r in islice(_readable(_records(path, name, encoding, delimiter)), _PEEK) if _width(r[1])]
    widest = max((_width(fields) for _, fields in near), default=0)
    for line, fields in near:
        if widest <= _NARROW or sum(field != "" for field in fields) > 2:
            return _Shape(delimiter, line, _width(fields))
    return _Shape(delimiter, 1, widest)


def _readable(records: Iterator[Record]) -> Iterator[Record]:
    """Those up to the first fault, which is told when the file is read in earnest."""
    try:
        yield from records
    except Rejected:
        return


def _width(fields: Sequence[str]) -> int:
    """Number of fields up to the last that is filled."""
    return next((i for i in range(len(fields), 0, -1) if fields[i - 1]), 0)


def _records(path: Path, name: str, encoding: str, delimiter: str) -> Iterator[Record]:
    """(line on which it starts, fields) of every record. Raises Rejected where quotes leave the columns in doubt."""
    line = 1
    with path.open(encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            for fields in reader:
                yield line, fields
                line = reader.line_num + 1
        except csv.Error as wrong:
            raise refused("GRD-QUOTES", f"{name}:{line}") from wrong


def _batches(path: Path, name: str, encoding: str, shape: _Shape, limits: Limits) -> Iterator[pa.RecordBatch]:
    records = _even(_records(path, name, encoding, shape.delimiter), name, shape)
    suspect = _holds_bar(path)
    for batch in batches(records, shape.width, limits.batch_rows):
        if suspect:
            _check_dde(batch, name)
        yield batch


def _even(records: Iterator[Record], name: str, shape: _Shape) -> Iterator[tuple[int, Sequence[str | None]]]:
    """Records cut to the header's width; those above it filled up. Blank lines are left out, an uneven record refused."""
    width = shape.width
    for line, fields in records:
        if len(fields) != width:
            filled = _width(fields)
            if not filled:
                continue
            if filled > width or (len(fields) < width and line > shape.line):
                seen = f"{max(filled, min(len(fields), width))} 列，第 {shape.line} 行的表头 {width} 列"
                raise refused("GRD-RAGGED", f"{name}:{line}", seen)
            fields = [*fields, *[""] * (width - len(fields))][:width]
        elif not any(fields):
            continue
        yield line, fields


def _holds_bar(path: Path) -> bool:
    """Whether a `|` stands anywhere: without one no text starts a program, and no cell need be looked at."""
    with path.open("rb") as file:
        return any(b"|" in chunk for chunk in iter(lambda: file.read(1 << 20), b""))


def _check_dde(batch: pa.RecordBatch, name: str) -> None:
    for column in batch.columns[1:]:
        found = pc.match_substring_regex(column, _DDE)
        if pc.any(found).as_py():
            line = batch.column(0)[pc.index(found, True).as_py()].as_py()
            raise refused("GRD-DDE", f"{name}:{line}")
