"""A record a row: the header is found and matched, what stands above it is given once for all records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain

import pyarrow as pa

from intake.layout.laid import Laid, Problem, Rows, absent, expected, first_rows, labelled, text_schema
from intake.readers import Rejected, Sheet
from schemas.address import cell, pointer
from schemas.contract import Form
from schemas.labels import normalise

_HEADER_SEARCH = 30


def table(laid: Laid, sheet: Sheet, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The header is matched now, the records as they are asked for."""
    if sheet.header is not None:
        head_row, header = None, list(sheet.header)
        above: Rows = []
    else:
        head_row, header, above = _find_header(laid.form, sheet, first_rows(first, _HEADER_SEARCH))
    positions = _match_header(laid, sheet, header, head_row)
    head, cells = _head_values(laid.form, sheet, above, set(positions))
    missing = [c for c in laid.form.columns if c.name not in positions and c.name not in head and expected(laid.form, c)]
    laid.problems += absent(sheet, missing)
    columns = {name: (list(sheet.header)[i] if sheet.header else i) for name, i in positions.items()}
    laid.header[sheet.source] = {"kind": sheet.kind, "columns": columns}
    if head_row is not None:
        numbers = first.column("_row").to_pylist()
        first = first.slice(numbers.index(head_row) + 1)
    place = json.dumps(cells, ensure_ascii=False) if cells else None
    return (_named(laid.form, sheet, b, positions, head, place) for b in chain((first,), rest) if b.num_rows)


def _find_header(form: Form, sheet: Sheet, rows: Rows) -> tuple[int, list[str], Rows]:
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


def _head_values(form: Form, sheet: Sheet, above: Rows, taken: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Values given once for all records (JSON head, cells above the header): column → text, column → place."""
    if sheet.header is None:
        found = labelled(form, sheet, above)
    else:
        known = form.by_label
        found = {known[normalise(k)].name: (v, f"#/{pointer(k)}") for k, v in sheet.head.items() if normalise(k) in known}
    free = {name: told for name, told in found.items() if name not in taken}
    return {name: text for name, (text, _) in free.items()}, {name: place for name, (_, place) in free.items()}


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
