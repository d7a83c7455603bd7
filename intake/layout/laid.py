"""What a file's layout gives: one table of texts, a row a record, with the place of every cell; and what both layouts share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyarrow as pa

from intake.readers import Sheet
from schemas.address import cell
from schemas.column import Column
from schemas.contract import Form
from schemas.labels import normalise

# Physical row number and the texts of its cells.
Rows = list[tuple[int, list[str | None]]]


@dataclass(frozen=True)
class Problem:
    """A fault of the layout itself: a column that is missing or that nobody knows."""

    rule_id: str
    column: str
    address: str
    seen: str


@dataclass
class Laid:
    """`texts` has `_source`, `_row`, `_cells` and `text__<column>` for every column of the form."""

    form: Form
    parts: list[pa.Table] = field(default_factory=list)
    header: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def texts(self) -> pa.Table:
        return pa.concat_tables(self.parts) if self.parts else text_schema(self.form).empty_table()


@cache
def _schema(names: tuple[str, ...]) -> pa.Schema:
    head = [("_source", pa.string()), ("_row", pa.int32()), ("_cells", pa.string())]
    return pa.schema([*head, *((f"text__{n}", pa.string()) for n in names)])


def text_schema(form: Form) -> pa.Schema:
    return _schema(tuple(c.name for c in form.columns))


def first_rows(batch: pa.RecordBatch, limit: int) -> Rows:
    cut = batch.slice(0, limit)
    numbers = cut.column("_row").to_pylist()
    columns = [cut.column(i).to_pylist() for i, name in enumerate(cut.schema.names) if name != "_row"]
    return list(zip(numbers, (list(values) for values in zip(*columns, strict=True)), strict=True))


def absent(sheet: Sheet, columns: list[Column]) -> list[Problem]:
    """One fault for each required column; the optional ones of a sheet are told together."""
    optional = [c.label for c in columns if not c.required]
    together = [Problem("HDR-MISSING", "", sheet.source, "、".join(optional))] if optional else []
    return [Problem("HDR-MISSING", c.name, sheet.source, "") for c in columns if c.required] + together


def expected(form: Form, column: Column) -> bool:
    """A column a file must have. Of a submission's period and a constant scope the file need not speak."""
    from_submission = column.name == "period" and form.period_from == "submission"
    return not from_submission and not (column.name == "scope" and form.scope.startswith("="))


def labelled(form: Form, sheet: Sheet, rows: Rows) -> dict[str, tuple[str, str]]:
    """Label and value side by side, or in one cell with a colon: column → (text, place)."""
    known = {label: c for label, c in form.by_label.items() if not c.item}
    found: dict[str, tuple[str, str]] = {}
    for row, texts in rows:
        for position, text in enumerate(texts):
            label, _, inside = (text or "").replace("：", ":").partition(":")
            column = known.get(normalise(label)) if label else None
            if column is None or column.name in found:
                continue
            if inside.strip():
                found[column.name] = (inside.strip(), cell("", sheet.kind, row, position))
                continue
            for further in range(position + 1, len(texts)):
                value = texts[further]
                if value:
                    if normalise(value.replace("：", "").replace(":", "")) not in known:
                        found[column.name] = (value, cell("", sheet.kind, row, further))
                    break
    return found
