"""`enterprise_tree`: who stands under whom at a period's end, climbed again from the registry's records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from catalog.trace.node import Node, compared
from catalog.trace.record import record_node, records_in_force
from catalog.trace.source import Row, Sources
from schemas.codes import code_list
from schemas.contract import Form
from schemas.load import form as load_form
from schemas.period import parse_period

MART = "enterprise_tree"
REGISTRY = "enterprise_registry"


@dataclass(frozen=True)
class Tree:
    """`records`: unit → its registry record valid at the period's end."""

    period: str
    records: Mapping[str, Row]

    def line(self, unit: str) -> tuple[str, ...]:
        """The unit, the units above it nearest first, then its supervisor (`jg:<code>`) and those above that."""
        way = [unit]
        while (parent := self.records[way[-1]]["management_parent"]) in self.records and parent not in way:
            way.append(parent)
        return (*way, *_supervisors(self.records[unit]["supervisor"]))

    @cached_property
    def below(self) -> Mapping[str, Mapping[str, int]]:
        """Ancestor → unit → depth; every unit is its own ancestor at depth 0."""
        found: dict[str, dict[str, int]] = {}
        for unit in self.records:
            for depth, ancestor in enumerate(self.line(unit)):
                found.setdefault(ancestor, {})[unit] = depth
        return found


def _supervisors(code: str | None) -> list[str]:
    """A supervisor and those above it, as ids."""
    parents = {c.code: c.extra.get("parent", "") for c in code_list("supervisor")}
    way: list[str] = []
    while code and code in parents and f"jg:{code}" not in way:
        way.append(f"jg:{code}")
        code = parents[code]
    return way


def tree_at(sources: Sources, period: str, mart: str) -> Tree:
    """The tree by the registry records that counted when `mart` was built; climbed once for a whole trace."""
    return sources.once(("tree", period, sources.seq(mart)), lambda: _tree(sources, period, mart))


def _tree(sources: Sources, period: str, mart: str) -> Tree:
    held = held_on(sources, load_form(REGISTRY), {}, parse_period(period).end, mart)
    return Tree(period, {record["unit_id"]: record for record in held})


def held_on(sources: Sources, form: Form, where: Row, day: date, mart: str) -> list[Row]:
    """Dated records that hold on a day: of each unit and own key the last that began by then, unless it had ended."""
    newest: dict[tuple[object, ...], Row] = {}
    for record in records_in_force(sources, form, where, mart):
        if record["valid_from"] is None or record["valid_from"] > day:
            continue
        key = tuple(record[name] for name in ("unit_id", *form.own_key))
        if key not in newest or _later(record, newest[key]):
            newest[key] = record
    return [r for r in newest.values() if r["valid_to"] is None or r["valid_to"] > day]


def _later(one: Row, other: Row) -> bool:
    order = ("valid_from", "_batch", "_row")
    return [one[k] for k in order] > [other[k] for k in order]


def place(sources: Sources, row: Row) -> Node:
    """One row of `enterprise_tree`: the depth climbed again, with the registry record of every step."""
    tree, unit, ancestor = tree_at(sources, row["period"], MART), row["unit_id"], row["ancestor_id"]
    line = tree.line(unit) if unit in tree.records else ()
    depth = line.index(ancestor) if ancestor in line else None
    steps = line[: depth + 1] if depth is not None else line
    form = load_form(REGISTRY)
    wanted = ("management_parent", "supervisor", "valid_from", "valid_to")
    records = [record_node(sources, form, tree.records[u], wanted, MART) for u in steps if u in tree.records]
    why = "" if depth is not None else f"按名录，{row['period']} 期末 {unit} 不在 {ancestor} 之下"
    facts = {"算法": "由期末有效的名录记录逐级向上数", "路径": "/".join(reversed(steps))}
    title = f"{unit} 在 {ancestor} 之下的层数（{row['period']} 期末）"
    return compared("tree", title, row["depth"], depth, why=why, facts=facts, children=tuple(records))
