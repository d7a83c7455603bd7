"""`relation_finding`: a break between two records, decided again on what both files say."""

from __future__ import annotations

from catalog.trace import slips
from catalog.trace.cells import read_cell, understood
from catalog.trace.node import Node, compared
from catalog.trace.pairs import read_pair
from catalog.trace.predicate import holds
from catalog.trace.record import reasons, record_of
from catalog.trace.source import Row, Sources
from schemas.contract import Check, Form, Rule
from schemas.load import form as load_form

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
    pair = read_pair(sources, form, rule, [check.predicate], record)
    truth = holds(pair.texts[0], pair.values, pair.step, pair.figures)
    return None if truth is None else not truth, [Node("formula", f"规则：{check.predicate}"), *pair.nodes]
