"""Parquet, as systems push it: one flat table; its key-value metadata says what JSON says beside `records`.

Metadata `form, period, unit, revision, supersedes, rows` identify the file, other plain keys (`declared_unit`) are given
once for all records. Addresses are those of JSON: `file.parquet#/records/3/revenue`, the first row being 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from intake.guard import LIMITS, Limits, refused
from intake.readers import Opened, Sheet
from intake.readers.batches import schema
from intake.readers.records import HINTS, check_text

READER = "parquet-1"
_DIGITS = 15
_OURS = re.compile(r"\w+")
_FOREIGN = {"pandas"}


def open_columnar(path: Path, name: str, limits: Limits = LIMITS) -> Opened:
    """Raises Rejected; a file that would unpack beyond the limits is refused from its footer, before a value is read."""
    try:
        file = pq.ParquetFile(path)
    except UnicodeDecodeError as wrong:  # the name of a column
        raise refused("GRD-ENCODING", f"{name}#/") from wrong
    except (pa.ArrowException, OSError) as wrong:
        raise refused("GRD-TRUNCATED", name) from wrong
    _check_size(file, path, name, limits)
    for field in file.schema_arrow:
        check_text(field.name, name)
        if not _readable(field.type):
            raise refused("GRD-PARQUET-TYPE", f"{name}#/records/0/{field.name}", str(field.type))
    said = _metadata(file, name)
    hints = {k: said.pop(k) for k in HINTS if k in said}
    header = tuple(file.schema_arrow.names)
    return Opened(READER, hints, iter([Sheet(f"{name}#/records", "json", _batches(file, name, limits), header, said)]))


def _check_size(file: pq.ParquetFile, path: Path, name: str, limits: Limits) -> None:
    told = file.metadata
    groups = [told.row_group(i).total_byte_size for i in range(told.num_row_groups)]
    if sum(groups) > limits.unpacked_bytes:
        raise refused("GRD-SIZE", name, f"展开后 {sum(groups) >> 20} MB")
    if sum(groups) > limits.ratio_from and sum(groups) > limits.ratio * path.stat().st_size:
        raise refused("GRD-RATIO", name)
    if told.num_columns > limits.columns or len(set(file.schema_arrow.names)) < len(file.schema_arrow.names):
        raise refused("GRD-COLUMNS", name, f"{told.num_columns} 列，上限 {limits.columns}，列名不得重复")
    if told.num_rows * told.num_columns > limits.cells:
        raise refused("GRD-RANGE", name, f"{told.num_rows} 行，{told.num_columns} 列")


def _metadata(file: pq.ParquetFile, name: str) -> dict[str, str]:
    found: Mapping[bytes, bytes] = file.schema_arrow.metadata or {}
    try:
        said = {key.decode(): value.decode() for key, value in found.items()}
    except UnicodeDecodeError as wrong:
        raise refused("GRD-ENCODING", f"{name}#/") from wrong
    kept = {key: value for key, value in said.items() if _OURS.fullmatch(key) and key not in _FOREIGN and value}
    for key, value in kept.items():
        check_text(value, f"{name}#/{key}")
    return kept


def _readable(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_decimal, pa.types.is_date,
             pa.types.is_boolean, pa.types.is_floating, pa.types.is_null)  # fmt: skip
    return any(test(value) for test in tests)


def _batches(file: pq.ParquetFile, name: str, limits: Limits) -> Iterator[pa.RecordBatch]:
    row, shape = 0, schema(len(file.schema_arrow.names))
    try:
        for batch in file.iter_batches(batch_size=limits.batch_rows):
            numbers = pa.array(range(row, row + batch.num_rows), pa.int32())
            texts = [_texts(column, f"{name}#/records", row, field.name) for column, field in zip(batch.columns, batch.schema, strict=True)]
            yield pa.RecordBatch.from_arrays([numbers, *texts], schema=shape)
            row += batch.num_rows
    except (pa.ArrowException, OSError) as wrong:
        raise refused("GRD-TRUNCATED", name) from wrong


def _texts(column: pa.Array, source: str, row: int, header: str) -> pa.Array:
    """The column as a person would type it; what is empty is NULL. Raises Rejected where a value cannot be one."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        return pa.array([_float(v, f"{source}/{row + i}/{header}") for i, v in enumerate(column.to_pylist())], pa.string())
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "TRUE", "FALSE")
    written = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if written:
        _check_encoding(column, source, row, header)
    texts = column.cast(pa.string())
    if written:
        spoiled = pc.fill_null(pc.match_substring_regex(texts, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\x{fffd}"), False)
        if pc.any(spoiled).as_py():
            at = pc.index(spoiled, True).as_py()
            check_text(texts[at].as_py(), f"{source}/{row + at}/{header}")
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _check_encoding(column: pa.Array, source: str, row: int, header: str) -> None:
    """Parquet says that a text is UTF-8 and does not see to it. Raises Rejected for the first that is not."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as wrong:
        at = next(i for i, text in enumerate(column.cast(pa.large_binary())) if not _decodes(text.as_py() or b""))
        raise refused("GRD-ENCODING", f"{source}/{row + at}/{header}") from wrong


def _decodes(text: bytes) -> bool:
    return text.decode("utf-8", "replace").encode("utf-8") == text


def _float(value: float | None, where: str) -> str | None:
    """As a spreadsheet's: up to 15 significant digits. Raises Rejected for what is no number, or has more."""
    if value is None:
        return None
    text = format(value, f".{_DIGITS}g")
    if text in ("nan", "inf", "-inf") or "e" in text:
        raise refused("GRD-PARQUET-NUMBER", where, text)
    if float(text) != value:
        raise refused("GRD-DIGITS", where, repr(value))
    return text
