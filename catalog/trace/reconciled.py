"""`reconciliation_break`: the records of both sides read again from their cells, and held against each other once more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.trace.cells import read_cell
from catalog.trace.formula import evaluate
from catalog.trace.node import Node, compared
from catalog.trace.numbers import rounded
from catalog.trace.predicate import holds
from catalog.trace.record import record_node, records_in_force
from catalog.trace.source import Row, Sources
from schemas.contract import Form
from schemas.load import form as load_form
from schemas.load import form_names, reconciliations
from schemas.period import parse_period
from schemas.reconciled import Reconciliation, Side, Tolerance
from schemas.words import mentioned

MART = "reconciliation_break"
_STATUS, _DOWN, _NOT_FOUND = "fetch_status", "source_down", "not_found"
_PLAIN = str.maketrans({"（": "(", "）": ")", " ": None, "\u3000": None})


@dataclass(frozen=True)
class _Said:
    """What one side says by its cells: `value` a Decimal or a word. `step`: the last digits of its figures, added up."""

    value: Any
    step: Decimal
    status: frozenset[str]
    nodes: tuple[Node, ...]

    @property
    def there(self) -> bool:
        return bool(self.nodes)


def reconciliation(sources: Sources, row: Row) -> Node:
    """Compared in state and in both figures."""
    one = next(r for r in reconciliations() if r.id == row["reconciliation_id"])
    places = json.loads(row["evidence"])
    left, right = (_side(sources, one, side, row, [p for p in places if p["form"] == side.source]) for side in (one.left, one.right))
    shown = [
        compared("value", f"{side}（{title}）", row[f"{name}_value"], said.value, children=said.nodes)
        if one.numeric and said.there else Node("side", f"{side}（{title}）", facts={"所填": row[f"{name}_text"]}, children=said.nodes)
        for name, side, title, said in (("left", "左边", row["left_source"], left), ("right", "右边", row["right_source"], right))
    ]  # fmt: skip
    line = _line(one.tolerances, row["period"])
    facts = {"原因": row["reason"], "提示": row["message"], "容差": row["tolerance"], "容差出处": line.source if line else ""}
    title = f"{one.title}：{row['unit_id']} {row['period']} {row['match_key']}"
    return compared("reconciliation", title, row["state"], _state(one, left, right, line, row), facts=facts, children=tuple(shown))


def _side(sources: Sources, one: Reconciliation, side: Side, row: Row, places: Sequence[Mapping[str, str]]) -> _Said:
    if side.source not in form_names():
        return _counted(sources, side, row)
    form = load_form(side.source)
    found = [record for place in places if (record := _record(sources, form, side, place)) is not None]
    values = [_value(sources, form, one, side, record) for record in found]
    known = [value for value in values if value is not None]
    whole: Any = known[-1] if known else None
    if side.aggregate == "count":
        whole = Decimal(len(found))
    elif side.aggregate == "sum" and known:
        whole = sum(known, Decimal(0))
    names = (*mentioned(side.value), *side.key, *mentioned(side.where))
    nodes = tuple(record_node(sources, form, record, [n for n in names if n in form.by_name], MART) for record in found)
    return _Said(whole, sum((Decimal(r["_step"]) for r in found), Decimal(0)), frozenset(r.get(_STATUS) or "" for r in found), nodes)


def _record(sources: Sources, form: Form, side: Side, place: Mapping[str, str]) -> Row | None:
    """The record at a place that the side is about: the sheets of a card begin with the same row."""
    known = records_in_force(sources, form, {"unit_id": place["unit_id"], "period": place["own"]}, MART)
    there = (r for r in known if str(r["_batch"]) == place["_batch"] and str(r["_row"]) == place["_row"])
    return next((r for r in there if not side.where or holds(side.where, r, Decimal(0))), None)


def _value(sources: Sources, form: Form, one: Reconciliation, side: Side, record: Row) -> Any:
    names = mentioned(side.value)
    cells = {name: read_cell(sources, form, record, name).value for name in names}
    if not one.numeric:
        word = next(iter(cells.values()), None)
        return side.words.get(str(word)) if side.words else None if word is None else str(word)
    blank = {i.name for i in form.items if not i.required}
    if len(names) > 1:
        cells = {n: Decimal(0) if v is None and form.by_name[n].item in blank else v for n, v in cells.items()}
    value = evaluate(side.value, cells) if side.value else None
    return None if value is None else rounded(value, 8)


def _counted(sources: Sources, side: Side, row: Row) -> _Said:
    """Rows of a mart that a side counts, looks for, or takes a figure of; the figure has a tree of its own."""
    where = {side.unit: row["unit_id"], "period": row["period"]}
    rows = [r for r in sources.gold(side.source, where) if not side.where or holds(side.where, r, Decimal(0))]
    told = Node("count", f"{side.source}：{len(rows)} 行", facts=where)
    figure = rows[0][side.value] if side.value and rows else None
    return _Said(figure if side.value else Decimal(len(rows)), Decimal(0), frozenset(), (told,) if rows else ())


def _state(one: Reconciliation, left: _Said, right: _Said, line: Tolerance | None, row: Row) -> str:
    status = left.status | right.status
    if _DOWN in status:
        return "无法比对"
    if _NOT_FOUND in status:
        return "不一致"
    if not right.there:
        return _alone(one, left, line, row)
    if one.relation == "exists":
        return "一致"
    if left.value is None or right.value is None:
        return "无法比对"
    return "一致" if _agree(one, left, right, line) else "不一致"


def _alone(one: Reconciliation, left: _Said, line: Tolerance | None, row: Row) -> str:
    """No record on the right: whether anybody filed it by then is what the row says."""
    if one.right.absent == "unknown" or row["state"] == "无法比对":
        return "无法比对"
    nothing = _Said(Decimal(0), Decimal(0), frozenset(), ())
    return "一致" if one.right.absent == "zero" and _agree(one, left, nothing, line) else "不一致"


def _agree(one: Reconciliation, left: _Said, right: _Said, line: Tolerance | None) -> bool:
    if one.relation == "not_before":
        return bool(left.value >= right.value)
    if line is None:
        return str(left.value).translate(_PLAIN) == str(right.value).translate(_PLAIN)
    larger = max(abs(left.value), abs(right.value))
    allowed = max(Decimal(line.steps) * (left.step + right.step), Decimal(line.absolute), Decimal(line.relative) * rounded(larger, 4))
    difference = left.value - right.value
    return bool({"equal": abs(difference) <= allowed, "at_most": difference <= allowed, "at_least": -difference <= allowed}[one.relation])


def _line(lines: Sequence[Tolerance], period: str) -> Tolerance | None:
    end = parse_period(period).end
    return next((t for t in lines if t.valid_from <= end and (t.valid_to is None or end < t.valid_to)), None)
