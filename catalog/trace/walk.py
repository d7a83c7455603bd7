"""The way back that follows from a mart's declaration alone: its inputs, joined by the key columns they share.

What a mart added later gets without a line of code. It shows what a row rests on and reads the cells again; it
claims no figure of its own, except where a column is handed on unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import product
from typing import Any

from catalog.trace.again import again
from catalog.trace.cells import read_cell
from catalog.trace.entries import entries_of, told
from catalog.trace.formula import evaluate
from catalog.trace.node import Node, compared, shown
from catalog.trace.record import record_node, records_in_force
from catalog.trace.source import Row, Sources
from schemas.column import SQL_TYPES, Column
from schemas.contract import Form
from schemas.delivered import Mart
from schemas.lineage import sources as rests
from schemas.load import form as load_form
from schemas.load import form_names, mart_names
from schemas.load import mart as load_mart

Explain = Callable[[Sources, Row], Node]
_MOST = 60
_GIVEN = {
    "parameters": "参数：合同、指标、预警线、代码表和报送日历", "as_of": "截至日", "rulings": "台账：延期与免报",
    "explanations": "台账：核实问题的说明", "access": "台账：查询日志",
}  # fmt: skip
_WIDE = Context(prec=60)
_LEDGER = {"entry": "报送条目", "submission": "报送", "batch": "批次", "finding": "审核问题"}


def walk(sources: Sources, mart: Mart, row: Row, explain: Mapping[str, Explain], depth: int = 3) -> Node:
    """A row of any mart and what it rests on, `depth` marts deep."""
    title = f"{mart.title} " + " ".join(shown(row[k]) for k in mart.key)
    children: list[Node] = []
    for name in mart.inputs:
        children += _input(sources, mart, row, name, explain, depth)
    values = [worked_out(c, row) if c.formula else _handed_on(c, row, sources, mart) for c in mart.columns if not c.key]
    facts = {c.label: row[c.name] for c in mart.columns if not c.key and not c.name.startswith("_")}
    return Node("mart", title, facts=facts, children=(*filter(None, values), *again(sources, mart, row), *children))


def _input(
    sources: Sources, mart: Mart, row: Row, name: str, explain: Mapping[str, Explain], depth: int
) -> Iterable[Node]:
    if name == "forms":
        name = str(row.get("form", name))
    if name in form_names():
        return _records(sources, mart, row, name) if row.get("form", name) == name else ()
    if name in mart_names():
        return _rows(sources, row, load_mart(name), explain, depth, mart)
    if name in _LEDGER:
        return _ledger(sources, mart, row, name)
    title = _GIVEN.get(name, name)
    return [Node("parameter", title, facts={"截至日": sources.as_of(mart.name)})]


def _ledger(sources: Sources, mart: Mart, row: Row, name: str) -> Iterable[Node]:
    """What the ledger knew of the row's form, unit, period and scope."""
    shared = {k: row[k] for k in ("form", "unit_id", "period", "scope") if row.get(k)}
    known: list[Node] = []
    if name == "entry" and shared:
        known = [told(sources, entry, state) for entry, state in entries_of(sources, mart.name, **shared)]
    if name == "finding" and shared:
        found = sources.lake("ops", "finding", {**shared, **({"rule_id": row["rule_id"]} if row.get("rule_id") else {})})
        known = [Node("finding", f["message"], facts={"位置": f["address"]}) for f in found]
    facts = {"截至第几号事件": sources.seq(mart.name), "条数": len(known)}
    listed = Node("event", f"台账：{_LEDGER[name]}", facts=facts, children=tuple(known[:_MOST]))
    return [listed, *_cut(len(known), _LEDGER[name])]


def _records(sources: Sources, mart: Mart, row: Row, name: str) -> Iterable[Node]:
    form = load_form(name)
    columns = [c.partition(".")[2] for c in _rests_on(mart) if c.startswith(f"{name}.")]
    found = _in_force(sources, mart, row, form)
    for record in found[:_MOST]:
        yield record_node(sources, form, record, [c for c in columns if c in form.by_name], mart.name)
    yield from _cut(len(found), form.title)


def _rows(
    sources: Sources, row: Row, below: Mart, explain: Mapping[str, Explain], depth: int, above: Mart
) -> Iterable[Node]:
    wheres = places(above, row, below.name, below.key)
    found = [r for where in wheres for r in sources.gold(below.name, where)]
    if depth == 0:
        return [Node("mart", f"{below.title}：{len(found)} 行", facts=wheres[0] if wheres else {})]
    known = explain.get(below.name)
    nodes = [known(sources, r) if known else walk(sources, below, r, explain, depth - 1) for r in found[:_MOST]]
    return [*nodes, *_cut(len(found), below.title)]


def _cut(count: int, title: str) -> list[Node]:
    return [Node("more", f"{title}共 {count} 行，只列出前 {_MOST} 行")] if count > _MOST else []


def _rests_on(mart: Mart) -> list[str]:
    return list(dict.fromkeys(source for column in mart.columns for source in rests(column)))


def worked_out(column: Column, row: Row) -> Node:
    """A column with a formula, worked out again from the row's other columns."""
    value = evaluate(column.formula, row)
    digits = re.search(r"\((\d+),(\d+)\)", SQL_TYPES[column.type])
    if value is not None and digits:
        value = value.quantize(Decimal(1).scaleb(-int(digits[2])), ROUND_HALF_UP, _WIDE)
        value = None if value.adjusted() >= int(digits[1]) - int(digits[2]) else value
    return compared("value", f"{column.label} = {column.formula}", row[column.name], value)


def _handed_on(column: Column, row: Row, sources: Sources, mart: Mart) -> Node | None:
    """A column that rests on one column alone was handed on: of the row's own record the one of its name, else one of its value."""
    if len(column.rests_on) != 1:
        return None
    name, _, source = column.rests_on[0].partition(".")
    below = _filed(sources, mart, row, name, source) if name in form_names() else _below(sources, mart, row, name, source)
    if len(below) != 1 or not (_copied(mart, column, name, source) or _same(below[0], row[column.name])):
        return None
    return compared("value", f"{column.label}（同 {name}.{source}）", row[column.name], below[0])


def _copied(mart: Mart, column: Column, name: str, source: str) -> bool:
    """Whether it is the same column of the one record that the row's key names."""
    form = load_form(name) if name in form_names() else None
    if form is None or source != column.name or source not in form.by_name or not form.own_key:
        return False
    return form.by_name[source].type == column.type and set(form.own_key) <= {*mart.key, *mart.found_by.get(name, {})}


def _below(sources: Sources, mart: Mart, row: Row, name: str, source: str) -> list[Any]:
    """Values of a column of the mart beneath."""
    if name not in mart_names() or source not in {c.name for c in load_mart(name).columns}:
        return []
    wheres = places(mart, row, name, load_mart(name).key)
    return [r[source] for where in wheres for r in sources.gold(name, where)]


def _filed(sources: Sources, mart: Mart, row: Row, name: str, source: str) -> list[Any]:
    """What the cells of a form's column say."""
    form = load_form(name)
    if source not in form.by_name:
        return []
    cells = [(read_cell(sources, form, r, source), r) for r in _in_force(sources, mart, row, form)]
    return [cell.value if cell.address else r.get(source) for cell, r in cells]


def _in_force(sources: Sources, mart: Mart, row: Row, form: Form) -> list[Row]:
    wheres = places(mart, row, form.name, form.key)
    return [record for where in wheres for record in records_in_force(sources, form, where, mart.name)]


def places(mart: Mart, row: Row, name: str, key: Sequence[str]) -> list[dict[str, Any]]:
    """Where the rows of the input `name` are that a row rests on: by its `found_by`, else by key columns of the same name.

    None where a column it is found by is empty: nothing was joined. More than one where a column may have one of several values.
    """
    given = mart.found_by.get(name, {})
    options: dict[str, Sequence[Any]] = {}
    for column in dict.fromkeys((*key, *given)):
        by = given.get(column, column)
        if isinstance(by, tuple) or by.startswith("="):
            options[column] = by if isinstance(by, tuple) else (by[1:],)
        elif row.get(by) is not None:
            options[column] = (row[by],)
        elif column in given:
            return []
    return [dict(zip(options, values, strict=True)) for values in product(*options.values())]


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) if isinstance(one, Decimal) == isinstance(other, Decimal) else False
