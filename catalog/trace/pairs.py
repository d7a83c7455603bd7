"""Two records of a relation rule, read again from their files: the values under the names a predicate calls them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.trace.cells import cell_node, read_cell
from catalog.trace.folded import fold
from catalog.trace.node import Node
from catalog.trace.record import records_in_force
from catalog.trace.source import Row, Sources
from catalog.trace.tree import held_on
from schemas.calendar import compared_with, same_end
from schemas.contract import Form, Rule
from schemas.load import form as load_form
from schemas.period import parse_period
from schemas.words import mentioned

MART = "relation_finding"


@dataclass(frozen=True)
class Pair:
    """`step`: yuan of the last digit reported, the coarsest of the records. `texts`: the expressions with names for aggregates,
    `figures` how many figures each such name stands for.
    """

    texts: tuple[str, ...]
    values: Mapping[str, Any]
    figures: Mapping[str, int]
    step: Decimal
    nodes: tuple[Node, ...]


def read_pair(sources: Sources, form: Form, rule: Rule, texts: Iterable[str], record: Row) -> Pair:
    """`texts`: expressions of a rule of `form`; every cell they name is read again, `previous.x` and `<form>.x` included."""
    plain = tuple(texts)
    values: dict[str, Any] = {}
    figures: dict[str, int] = {}
    nodes: list[Node] = []
    steps = [Decimal(record["_step"])]
    for number, made in enumerate(f for text in plain for f in fold(text, lambda n: beside(sources, form, load_form(n), record))):
        name = f"folded_{number}"
        values[name], figures[name] = made.value, made.figures
        steps += [Decimal(r["_step"]) for r in made.rows]
        plain = tuple(text.replace(made.text, name) for text in plain)
        nodes.append(Node("count", f"{made.text} = {made.value}", facts={"记录数": len(made.rows)}))
    names = [n for text in plain for n in mentioned(text) if n not in values]
    others = {"": (form, record), **_others(sources, form, rule, names, record)}
    for name in dict.fromkeys(names):
        prefix, _, column = name.rpartition(".")
        owner, held = others.get(prefix, (form, None))
        if held is None:
            values[name] = None
            nodes.append(Node("absence", f"{name}：没有对比的记录"))
            continue
        values[name] = _value(sources, owner, held, column, name, nodes)
    steps += [Decimal(held["_step"]) for _, held in others.values() if held is not None]
    return Pair(plain, values, figures, max(steps), tuple(nodes))


def _value(sources: Sources, form: Form, held: Row, column: str, name: str, nodes: list[Node]) -> Any:
    if column == "period_end":
        return parse_period(held["period"]).end
    cell = read_cell(sources, form, held, column)
    nodes.append(cell_node(cell, held.get(column)) if cell.address else _unfiled(name, held, column))
    return cell.value if cell.address else held.get(column)


def _unfiled(name: str, held: Row, column: str) -> Node:
    return Node("value", f"{name}：{held.get(column)}（文件中没有这一列，取自报送信息）")


def _others(sources: Sources, form: Form, rule: Rule, names: Iterable[str], record: Row) -> Mapping[str, tuple[Form, Row | None]]:
    """The record compared with, under the name the predicate calls it by."""
    found: dict[str, tuple[Form, Row | None]] = {}
    for prefix in {name.rpartition(".")[0] for name in names} - {""}:
        if prefix == "previous":
            found[prefix] = (form, earlier(sources, form, rule.compare, record))
        else:
            held = beside(sources, form, load_form(prefix), record, rule.compare)
            found[prefix] = (load_form(prefix), next(iter(held), None))
    return found


def earlier(sources: Sources, form: Form, compare: str, record: Row) -> Row | None:
    """The record in force of the same unit, scope and own key that `record` is compared with."""
    other = compared_with(form.calendar, parse_period(record["period"]), compare)
    if other is None:
        return None
    where = {"unit_id": record["unit_id"], "period": str(other), **{n: record[n] for n in form.own_key}}
    scope = {form.scope: record[form.scope]} if form.scope in form.by_name else {}
    return next(iter(records_in_force(sources, form, {**where, **scope}, MART)), None)


def beside(sources: Sources, form: Form, other: Form, record: Row, compare: str = "same_period") -> list[Row]:
    """The other form's records of the same unit, scope and own key (as far as this form has it), of the period that ends alike.

    `compare`: of the period that ends as the one the record is compared with.
    """
    shared = {n: record[n] for n in other.own_key if n in form.by_name}
    if None in shared.values():
        return []
    where = {"unit_id": record["unit_id"], **shared}
    period = compared_with(form.calendar, parse_period(record["period"]), compare)
    if period is not None and other.dated:
        return list(held_on(sources, other, where, period.end, MART))
    if period is not None and other.calendar.kind != form.calendar.kind:
        period = same_end(other.calendar, period)
    if period is None:
        return []
    own = form.scope[1:] if form.scope.startswith("=") else record["scope"] if form.scope else "single"
    scope = {other.scope: own} if other.scope in other.by_name else {}
    return records_in_force(sources, other, {**where, "period": str(period), **scope}, MART)
