"""Sheets → one table of texts, a row a record, headers and printed lines matched to the contract's columns.

Both layouts end in the same table, so the same figures as a card and as a table give the same record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

import pyarrow as pa

from intake.readers import Opened, Rejected, Sheet
from schemas.address import cell, pointer
from schemas.column import Column
from schemas.contract import MEASURES, Form
from schemas.labels import normalise

_HEADER_SEARCH = 30
_CARD_ROWS = 2_000


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


_MEASURES = {normalise(label): (kind, name) for kind, names in MEASURES.items() for name, label in names.items()}


@cache
def _schema(names: tuple[str, ...]) -> pa.Schema:
    head = [("_source", pa.string()), ("_row", pa.int32()), ("_cells", pa.string())]
    return pa.schema([*head, *((f"text__{n}", pa.string()) for n in names)])


def text_schema(form: Form) -> pa.Schema:
    return _schema(tuple(c.name for c in form.columns))


def lay_out(form: Form, opened: Opened) -> Laid:
    """Raises Rejected HDR-NONE when a sheet has no header this form knows, HDR-DUPLICATE when a header stands twice."""
    laid = Laid(form)
    for sheet in opened.sheets:
        batches = iter(sheet.batches)
        first = next(batches, None)
        if first is None or first.num_rows == 0:
            continue
        if form.items and sheet.header is None and (rows := _rows(first)) and _blocks(rows):
            _card(laid, sheet, rows)
        else:
            laid.parts += _table(laid, sheet, first, batches)
    return laid


def lay_out_one(form: Form, sheet: Sheet) -> tuple[Laid, Iterator[pa.Table]]:
    """One sheet of a record a row, piece by piece as it is read; what `lay_out` raises. Parts are not kept."""
    laid, batches = Laid(form), iter(sheet.batches)
    first = next(batches, None)
    return laid, iter(()) if first is None else _table(laid, sheet, first, batches)


def _rows(batch: pa.RecordBatch, limit: int = _CARD_ROWS) -> list[tuple[int, list[str | None]]]:
    cut = batch.slice(0, limit)
    numbers = cut.column("_row").to_pylist()
    columns = [cut.column(i).to_pylist() for i, name in enumerate(cut.schema.names) if name != "_row"]
    return list(zip(numbers, (list(values) for values in zip(*columns, strict=True)), strict=True))


# --- table: a record a row -------------------------------------------------------------------------------------------


def _table(laid: Laid, sheet: Sheet, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The header is matched now, the records as they are asked for."""
    if sheet.header is not None:
        head_row, header = None, list(sheet.header)
        above: list[tuple[int, list[str | None]]] = []
    else:
        head_row, header, above = _find_header(laid.form, sheet, _rows(first, _HEADER_SEARCH))
    positions = _match_header(laid, sheet, header, head_row)
    head, cells = _head_values(laid.form, sheet, above, set(positions))
    missing = [c for c in laid.form.columns if c.name not in positions and c.name not in head and _expected(laid.form, c)]
    laid.problems += _missing(sheet, missing)
    columns = {name: (list(sheet.header)[i] if sheet.header else i) for name, i in positions.items()}
    laid.header[sheet.source] = {"kind": sheet.kind, "columns": columns}
    if head_row is not None:
        numbers = first.column("_row").to_pylist()
        first = first.slice(numbers.index(head_row) + 1)
    place = json.dumps(cells, ensure_ascii=False) if cells else None
    return (_named(laid.form, sheet, b, positions, head, place) for b in chain((first,), rest) if b.num_rows)


def _missing(sheet: Sheet, columns: list[Column]) -> list[Problem]:
    """One fault for each required column; the optional ones of a sheet are told together."""
    optional = [c.label for c in columns if not c.required]
    together = [Problem("HDR-MISSING", "", sheet.source, "、".join(optional))] if optional else []
    return [Problem("HDR-MISSING", c.name, sheet.source, "") for c in columns if c.required] + together


def _expected(form: Form, column: Column) -> bool:
    """A column a file must have. Of a submission's period and a constant scope the file need not speak."""
    from_submission = column.name == "period" and form.period_from == "submission"
    return not from_submission and not (column.name == "scope" and form.scope.startswith("="))


def _find_header(
    form: Form, sheet: Sheet, rows: list[tuple[int, list[str | None]]]
) -> tuple[int, list[str], list[tuple[int, list[str | None]]]]:
    """The first row with the most known headers; a lone match is a label, not a header."""
    known = form.by_label
    best, best_count = None, 1
    for index, (_, values) in enumerate(rows):
        count = sum(1 for v in values if v and normalise(v) in known)
        if count > best_count:
            best, best_count = index, count
    if best is None:
        wanted = "、".join(c.header or c.label for c in form.columns[:4])
        raise Rejected("HDR-NONE", sheet.source, f"找不到“{form.title}”的表头（应含 {wanted} 等列）",
                       "请使用下发的模板，保留表头所在行")  # fmt: skip
    return rows[best][0], [v or "" for v in rows[best][1]], rows[:best]


def _match_header(laid: Laid, sheet: Sheet, header: list[str], row: int | None) -> dict[str, int]:
    known, positions = laid.form.by_label, dict[str, int]()
    for index, text in enumerate(header):
        if not (label := normalise(text)):
            continue
        place = _header_address(sheet, header, index, row)
        column = known.get(label)
        if column is None:
            laid.problems.append(Problem("HDR-UNKNOWN", "", place, text))
        elif column.name in positions:
            raise Rejected("HDR-DUPLICATE", place, f"列“{text}”出现了两次", "请删除重复的一列后重新报送")
        else:
            positions[column.name] = index
    return positions


def _header_address(sheet: Sheet, header: list[str], index: int, row: int | None) -> str:
    return cell(sheet.source, sheet.kind, row or 0, header[index] if sheet.header else index)


def _head_values(
    form: Form, sheet: Sheet, above: list[tuple[int, list[str | None]]], taken: set[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Values given once for all records (JSON head, cells above the header): column → text, column → place."""
    if sheet.header is None:
        pairs = _pairs(form, sheet, above)
        return ({n: v for n, (v, _) in pairs.items() if n not in taken}, {n: p for n, (_, p) in pairs.items() if n not in taken})
    known = form.by_label
    found = {known[normalise(k)].name: (v, f"#/{pointer(k)}") for k, v in sheet.head.items() if normalise(k) in known}
    return ({n: v for n, (v, _) in found.items() if n not in taken}, {n: p for n, (_, p) in found.items() if n not in taken})


def _named(
    form: Form, sheet: Sheet, batch: pa.RecordBatch, positions: Mapping[str, int], head: Mapping[str, str], place: str | None
) -> pa.Table:
    count = batch.num_rows

    def column(name: str) -> pa.Array:
        if name in positions:
            return batch.column(f"c{positions[name]}")
        return pa.repeat(pa.scalar(head.get(name), pa.string()), count)

    fixed = [pa.repeat(pa.scalar(sheet.source, pa.string()), count), batch.column("_row").cast(pa.int32()),
             pa.repeat(pa.scalar(place, pa.string()), count)]  # fmt: skip
    return pa.Table.from_arrays([*fixed, *(column(c.name) for c in form.columns)], schema=text_schema(form))


# --- card: a record a sheet ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    """A grid of a card: where its header stands, its kind and which column holds which measure."""

    index: int
    kind: str
    measures: Mapping[int, str]


def _blocks(rows: list[tuple[int, list[str | None]]]) -> list[_Block]:
    blocks = []
    for index, (_, values) in enumerate(rows):
        found: dict[str, dict[int, str]] = {}
        for position, value in enumerate(values):
            kind, measure = _MEASURES.get(normalise(value), ("", "")) if value and not value[-1].isdigit() else ("", "")
            if kind:
                found.setdefault(kind, {})[position] = measure
        blocks += [_Block(index, kind, measures) for kind, measures in found.items() if len(measures) > 1]
    return blocks


def _card(laid: Laid, sheet: Sheet, rows: list[tuple[int, list[str | None]]]) -> None:
    blocks = _blocks(rows)
    values: dict[str, str | None] = {}
    places: dict[str, str] = {}
    grid_end = 0
    for number, block in enumerate(blocks):
        below = [b.index for b in blocks[number + 1 :] if b.index > block.index]
        stop = min(below, default=len(rows))
        grid_end = max(grid_end, _grid(laid, sheet, rows[block.index + 1 : stop], block, values, places) + block.index + 1)
    outside = rows[: blocks[0].index] + rows[grid_end:]
    for name, (text, place) in _pairs(laid.form, sheet, outside).items():
        values[name], places[name] = text, place
    missing = [c for c in laid.form.columns if c.name not in places and (_expected(laid.form, c) if not c.item else True)]
    laid.problems += _missing(sheet, missing)
    laid.header[sheet.source] = {"kind": sheet.kind, "columns": {}}
    arrays = [[sheet.source], [rows[0][0]], [json.dumps(places, ensure_ascii=False)], *([values.get(c.name)] for c in laid.form.columns)]
    schema = text_schema(laid.form)
    laid.parts.append(pa.Table.from_arrays([pa.array(a, f.type) for a, f in zip(arrays, schema, strict=True)], schema=schema))


def _grid(
    laid: Laid, sheet: Sheet, rows: list[tuple[int, list[str | None]]], block: _Block,
    values: dict[str, str | None], places: dict[str, str],
) -> int:  # fmt: skip
    """Fills `values` and `places` from one block; returns how many of `rows` belong to it."""
    items = laid.form.items_by_label[block.kind]
    first_measure, used = min(block.measures), 0
    for index, (row, texts) in enumerate(rows):
        labels = [(i, t) for i, t in enumerate(texts[:first_measure]) if t and not t.strip().isdigit()]
        item = next((items[normalise(t)] for _, t in labels if normalise(t) in items), None)
        if item is None:
            if labels and any(texts[p] for p in block.measures if p < len(texts)):
                laid.problems.append(Problem("HDR-UNKNOWN", "", cell(sheet.source, sheet.kind, row, labels[-1][0]), labels[-1][1]))
                used = index + 1
            continue
        used = index + 1
        if f"{item.name}_{next(iter(block.measures.values()))}" in places:
            raise Rejected("HDR-DUPLICATE", cell(sheet.source, sheet.kind, row, labels[0][0]),
                           f"项目“{item.label}”出现了两次", "请删除重复的一行后重新报送")  # fmt: skip
        for position, measure in block.measures.items():
            name = f"{item.name}_{measure}"
            values[name] = texts[position] if position < len(texts) else None
            places[name] = cell("", sheet.kind, row, position)
    return used


def _pairs(form: Form, sheet: Sheet, rows: list[tuple[int, list[str | None]]]) -> dict[str, tuple[str, str]]:
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
