"""A record a sheet: items down, measures across, the rest beside or above the grid, as Chinese statements are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from intake.layout.laid import Laid, Problem, Rows, absent, expected, labelled, text_schema
from intake.readers import Rejected, Sheet
from schemas.address import cell
from schemas.contract import MEASURES
from schemas.labels import normalise

_MEASURES = {normalise(label): (kind, name) for kind, names in MEASURES.items() for name, label in names.items()}


@dataclass(frozen=True)
class Block:
    """A grid of a card: where its header stands, its kind and which column holds which measure."""

    index: int
    kind: str
    measures: Mapping[int, str]


def blocks_of(rows: Rows) -> list[Block]:
    blocks = []
    for index, (_, values) in enumerate(rows):
        found: dict[str, dict[int, str]] = {}
        for position, value in enumerate(values):
            kind, measure = _MEASURES.get(normalise(value), ("", "")) if value and not value[-1].isdigit() else ("", "")
            if kind:
                found.setdefault(kind, {})[position] = measure
        blocks += [Block(index, kind, measures) for kind, measures in found.items() if len(measures) > 1]
    return blocks


def card(laid: Laid, sheet: Sheet, rows: Rows, blocks: Sequence[Block]) -> None:
    """The record of a sheet, added to `laid`; what stands outside the grids is label and value."""
    values: dict[str, str | None] = {}
    places: dict[str, str] = {}
    grid_end = 0
    for number, block in enumerate(blocks):
        below = [b.index for b in blocks[number + 1 :] if b.index > block.index]
        stop = min(below, default=len(rows))
        grid_end = max(grid_end, _grid(laid, sheet, rows[block.index + 1 : stop], block, values, places) + block.index + 1)
    outside = rows[: blocks[0].index] + rows[grid_end:]
    for name, (text, place) in labelled(laid.form, sheet, outside).items():
        values[name], places[name] = text, place
    missing = [c for c in laid.form.columns if c.name not in places and (c.item or expected(laid.form, c))]
    laid.problems += absent(sheet, missing)
    laid.header[sheet.source] = {"kind": sheet.kind, "columns": {}}
    arrays = [[sheet.source], [rows[0][0]], [json.dumps(places, ensure_ascii=False)], *([values.get(c.name)] for c in laid.form.columns)]
    schema = text_schema(laid.form)
    laid.parts.append(pa.Table.from_arrays([pa.array(a, f.type) for a, f in zip(arrays, schema, strict=True)], schema=schema))


def _grid(laid: Laid, sheet: Sheet, rows: Rows, block: Block, values: dict[str, str | None], places: dict[str, str]) -> int:
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
