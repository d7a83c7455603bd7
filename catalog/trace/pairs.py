"""Two records of a relation rule, read again from their files: the values under the names a predicate calls them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.trace.cells import cell_node, read_cell
from catalog.trace.node import Node
from catalog.trace.record import records_in_force
from catalog.trace.source import Row, Sources
from catalog.trace.tree import held_on
from schemas.calendar import compared_with
from schemas.contract import Form, Rule
from schemas.load import form as load_form
from schemas.period import parse_period

MART = "relation_finding"


@dataclass(frozen=True)
class Pair:
    """`step`: yuan of the last digit reported, the coarser of the records."""

    values: Mapping[str, Any]
    step: Decimal
    nodes: tuple[Node, ...]


def read_pair(sources: Sources, form: Form, rule: Rule, names: Iterable[str], record: Row) -> Pair:
    """`names`: columns as predicates write them, `previous.x` and `<form>.x` included."""
    names = tuple(names)
    beside = {"": (form, record), **_others(sources, form, rule, names, record)}
    values: dict[str, Any] = {}
    nodes: list[Node] = []
    for name in names:
        prefix, _, column = name.rpartition(".")
        owner, held = beside.get(prefix, (form, None))
        if held is None:
            values[name] = None
            nodes.append(Node("absence", f"{name}：没有对比的记录"))
            continue
        cell = read_cell(sources, owner, held, column)
        values[name] = cell.value if cell.address else held.get(column)
        nodes.append(cell_node(cell, held.get(column)) if cell.address else _unfiled(name, held, column))
    return Pair(values, _step([held for _, held in beside.values() if held is not None]), tuple(nodes))


def _unfiled(name: str, held: Row, column: str) -> Node:
    return Node("value", f"{name}：{held.get(column)}（文件中没有这一列，取自报送信息）")


def _step(records: list[Row]) -> Decimal:
    return max((Decimal(r["_step"]) for r in records), default=Decimal(0))


def _others(sources: Sources, form: Form, rule: Rule, names: Iterable[str], record: Row) -> Mapping[str, tuple[Form, Row | None]]:
    """The record compared with, under the name the predicate calls it by."""
    found: dict[str, tuple[Form, Row | None]] = {}
    for prefix in {name.rpartition(".")[0] for name in names} - {""}:
        if prefix == "previous":
            found[prefix] = (form, earlier(sources, form, rule.compare, record))
        else:
            found[prefix] = (load_form(prefix), _beside(sources, form, load_form(prefix), record))
    return found


def earlier(sources: Sources, form: Form, compare: str, record: Row) -> Row | None:
    """The record in force of the same unit, scope and own key that `record` is compared with."""
    other = compared_with(form.calendar, parse_period(record["period"]), compare)
    if other is None:
        return None
    where = {"unit_id": record["unit_id"], "period": str(other), **{n: record[n] for n in form.own_key}}
    scope = {form.scope: record[form.scope]} if form.scope in form.by_name else {}
    return next(iter(records_in_force(sources, form, {**where, **scope}, MART)), None)


def _beside(sources: Sources, form: Form, other: Form, record: Row) -> Row | None:
    """The other form's record of the same unit, period, scope and of the other's own key, as far as this form has it."""
    shared = {n: record[n] for n in other.own_key if n in form.by_name}
    if None in shared.values():
        return None
    where = {"unit_id": record["unit_id"], **shared}
    if other.dated:
        return next(iter(held_on(sources, other, where, parse_period(record["period"]).end, MART)), None)
    scope = {other.scope: record["scope"]} if other.scope in other.by_name else {}
    return next(iter(records_in_force(sources, other, {**where, "period": record["period"], **scope}, MART)), None)
