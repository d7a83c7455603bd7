"""`relation_finding`: a break between two records, decided again on what both files say."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from catalog.trace import slips
from catalog.trace.cells import cell_node, read_cell, understood
from catalog.trace.node import Node, compared
from catalog.trace.predicate import holds
from catalog.trace.record import reasons, record_of, records_in_force
from catalog.trace.source import Row, Sources
from catalog.trace.tree import held_on
from schemas.calendar import compared_with
from schemas.contract import Check, Form, Rule
from schemas.load import form as load_form
from schemas.period import parse_period
from schemas.words import mentioned

MART = "relation_finding"


def finding(sources: Sources, row: Row) -> Node:
    """Agrees when the rule is broken by the archived cells of the pair it names."""
    form = load_form(row["form"])
    rule = form.rule[row["rule_id"]]
    record = record_of(sources, form, row, MART)
    title = f"{rule.id} {rule.title}：{row['unit_id']} {row['period']} {row['scope']}"
    facts = {"提示": row["message"], "填报值": row["seen"], "应有值": row["expected"], "位置": row["address"]}
    if record is None:
        return compared("finding", title, "不符", None, why="所指的明细记录不在用", facts=facts)
    known = slips.KINDS.get(rule.kind)
    if known is not None:
        broken, below = known(sources, form, rule, record, row["column"])
    else:
        check = next(c for c in rule.checks if c.at == row["column"])
        broken, below = _checked(sources, form, rule, check, record)
    children = (*_seen(sources, form, record, row), *below, *reasons(sources, form, record, MART))
    return compared("finding", title, "不符", _WORDS[broken], facts=facts, children=children)


_WORDS = {True: "不符", False: "相符", None: "无从判断"}


def _seen(sources: Sources, form: Form, record: Row, row: Row) -> list[Node]:
    """The value the finding shows, beside the cell it names."""
    if row["column"] not in form.by_name or row["seen"] is None:
        return []
    cell = read_cell(sources, form, record, row["column"])
    stated = understood(row["seen"], cell.column, cell.declared_unit) if not cell.column.prefix else row["seen"]
    return [compared("value", f"提示中的填报值（{row['address']}）", stated, cell.value, why=cell.fault)]


def _checked(sources: Sources, form: Form, rule: Rule, check: Check, record: Row) -> tuple[bool | None, list[Node]]:
    """Whether the predicate is broken, with the cells of both records."""
    beside = {"": (form, record), **_others(sources, form, rule, check, record)}
    values: dict[str, Any] = {}
    nodes = [Node("formula", f"规则：{check.predicate}")]
    for name in mentioned(check.predicate):
        prefix, _, column = name.rpartition(".")
        owner, held = beside.get(prefix, (form, None))
        if held is None:
            values[name] = None
            nodes.append(Node("absence", f"{name}：没有对比的记录"))
            continue
        cell = read_cell(sources, owner, held, column)
        values[name] = cell.value if cell.address else held.get(column)
        nodes.append(cell_node(cell, held.get(column)) if cell.address else _unfiled(name, held, column))
    truth = holds(check.predicate, values, _step([held for _, held in beside.values() if held is not None]))
    return None if truth is None else not truth, nodes


def _unfiled(name: str, held: Row, column: str) -> Node:
    return Node("value", f"{name}：{held.get(column)}（文件中没有这一列，取自报送信息）")


def _step(records: list[Row]) -> Decimal:
    return max((Decimal(r["_step"]) for r in records), default=Decimal(0))


def _others(
    sources: Sources, form: Form, rule: Rule, check: Check, record: Row
) -> Mapping[str, tuple[Form, Row | None]]:
    """The record compared with, under the name the predicate calls it by."""
    prefixes = {name.rpartition(".")[0] for name in mentioned(check.predicate)} - {""}
    found: dict[str, tuple[Form, Row | None]] = {}
    for prefix in prefixes:
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
    own = form.scope.removeprefix("=") if form.scope.startswith("=") else record.get(form.scope, "")
    scope = {other.scope: own} if other.scope in other.by_name else {}
    return next(iter(records_in_force(sources, other, {**where, "period": record["period"], **scope}, MART)), None)
