"""What a record looks like in bronze, silver, quarantine and ops, derived from its contract (architecture §2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ledger.records import SCHEMA as RECORD
from intake.judgement import FINDING_SCHEMA
from schemas.column import SQL_TYPES, Column
from schemas.contract import Form

_PLACE = [("_row", pa.int32()), ("_source", pa.string()), ("_cells", pa.string())]
_LEAD = ("period", "unit_id")
_RULES = ("broken_rules", pa.list_(pa.string()))
_PLAIN = {
    "VARCHAR": pa.string(), "DATE": pa.date32(), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_(),
    "BIGINT[]": pa.list_(pa.int64()),
}  # fmt: skip

_TEXT, _NUMBER = pa.string(), pa.int64()
OPS: Mapping[str, pa.Schema] = {
    "finding": pa.schema([("_batch", _NUMBER), ("_submission", _NUMBER), *FINDING_SCHEMA]),
    "event": pa.schema([
        ("seq", _NUMBER), ("at", _TEXT), ("day", _TEXT), ("subject", _TEXT), ("subject_id", _NUMBER), ("from_state", _TEXT),
        ("to_state", _TEXT), ("by", _TEXT), ("reason", _TEXT), ("data", _TEXT)]),
    "in_force": pa.schema([
        ("seq", _NUMBER), ("change", _TEXT), ("entry", _NUMBER), ("form", _TEXT), ("unit_id", _TEXT), ("period", _TEXT),
        ("scope", _TEXT), ("batch", _NUMBER), ("submission", _NUMBER), ("revision", _NUMBER)]),
    "release": pa.schema([
        ("release", _NUMBER), ("mart", _TEXT), ("version", _NUMBER), ("rows", _NUMBER), ("content_hash", _TEXT),
        ("mart_seq", _NUMBER), ("seq", _NUMBER), ("at", _TEXT), ("as_of", _TEXT)]),
    "record": RECORD,
    "lineage": pa.schema([("release", _NUMBER), ("mart", _TEXT), ("node", _TEXT), ("input", _TEXT)]),
}  # fmt: skip


def arrow_type(kind: str) -> pa.DataType:
    """The Arrow type of a contract's column type; `SQL_TYPES` decides."""
    sql = SQL_TYPES[kind]
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", sql)
    return pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else _PLAIN[sql]


@dataclass(frozen=True)
class Shape:
    """The three tables of one form: their schemas, and staged records turned into their rows.

    Staged records are as in the staged files, with `_batch`, `_submission` and `_reader` beside.
    """

    form: Form

    @cached_property
    def bronze(self) -> pa.Schema:
        """One row a record, every column as text."""
        keys = [(f"text__{c.name}", _TEXT) for c in self.form.columns if c.name in _LEAD]
        columns = [*((n, _TEXT) for n in _LEAD), *_PLACE, *((c.name, _TEXT) for c in self._own), *keys]
        return pa.schema([("_submission", _NUMBER), ("_reader", _TEXT), *columns])

    @cached_property
    def quarantine(self) -> pa.Schema:
        """One row a record that was not let in, as in bronze, with the rules it broke."""
        return pa.schema([("_batch", _NUMBER), *self.bronze, _RULES])

    @cached_property
    def silver(self) -> pa.Schema:
        """One row a record that was let in, typed; amounts in yuan."""
        lead = [("_batch", _NUMBER), ("_submission", _NUMBER), *((n, _TEXT) for n in _LEAD), *_PLACE]
        typed = [(c.name, arrow_type(c.type)) for c in self._own]
        return pa.schema([*lead, ("_step", pa.decimal128(18, 4)), *typed, _RULES])

    @property
    def _own(self) -> list[Column]:
        return [c for c in self.form.columns if c.name not in _LEAD]

    def to_bronze(self, staged: pa.Table) -> pa.Table:
        return _project(self.bronze, staged, texts=True)

    def to_quarantine(self, staged: pa.Table) -> pa.Table:
        return _project(self.quarantine, staged.filter(staged.column("_quarantined")), texts=True)

    def to_silver(self, staged: pa.Table) -> pa.Table:
        return _project(self.silver, staged.filter(pc.invert(staged.column("_quarantined"))))


def to_findings(found: pa.Table) -> pa.Table:
    """Rows of ops/finding."""
    return _project(OPS["finding"], found)


def _project(schema: pa.Schema, rows: pa.Table, texts: bool = False) -> pa.Table:
    """Rows in the schema's columns, or (if `texts`) the text beside each; NULL where the file has no such column."""
    stored, arrays = set(rows.schema.names), []
    for field in schema:
        text = f"text__{field.name}"
        source = text if texts and text in stored and field.name not in _LEAD else field.name
        known = source in stored
        arrays.append(rows.column(source).cast(field.type) if known else pa.nulls(rows.num_rows, field.type))
    return pa.table(arrays, schema=schema)
