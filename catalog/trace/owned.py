"""`ownership`: who holds how much of whom at a month's end, worked out again from the registry's contributor lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from catalog.trace.node import Node, compared
from catalog.trace.record import record_node, records_in_force
from catalog.trace.source import Row, Sources
from catalog.trace.tree import REGISTRY, tree_at
from schemas.codes import Code, code_list
from schemas.load import form as load_form
from schemas.load import mart as load_mart
from schemas.period import parse_period

MART = "ownership"
LINES = "enterprise_registry_line"
_UNKNOWN = ""  # stands among the owners for a share that nothing fixes
_EIGHT = Decimal("0.00000001")
_WIDE = Context(prec=60)
_SHOWN = 40


@dataclass(frozen=True)
class Graph:
    """`lines`: unit → its contributor lines in force; `heads`: unit → its registry record."""

    lines: Mapping[str, tuple[Row, ...]]
    heads: Mapping[str, Row]

    @cached_property
    def held(self) -> Mapping[str, Mapping[str, Fraction]]:
        """Unit → owner → share of 1; an owner without a code goes by its name."""
        found: dict[str, dict[str, Fraction]] = {}
        for unit, lines in self.lines.items():
            for line in (one for one in lines if one["share"] > 0):
                shares = found.setdefault(unit, {})
                shares[owner_of(line)] = shares.get(owner_of(line), Fraction(0)) + Fraction(line["share"])
        return found

    def above(self, unit: str) -> frozenset[str]:
        """All who hold the unit, by however many steps."""
        seen: set[str] = set()
        left = {*self.held.get(unit, ())}
        while left:
            seen |= left
            left = {owner for one in left for owner in self.held.get(one, ())} - seen
        return frozenset(seen)

    def product(self, owner: str, unit: str) -> Fraction | None:
        """The share that reaches the unit along all chains that do not lead back through the owner; None where nothing fixes it.

        Each unit's share is a sum over those of its owners: one by one they are replaced by what they stand for.
        """
        between = {unit, *self.above(unit)} & {u for u in self.held if owner in self.above(u)} - {owner}
        sums = {u: {h: s for h, s in self.held[u].items() if h in between or h == owner} for u in between}
        for one in sorted(between):
            own = sums[one]
            rest = 1 - own.pop(one, Fraction(0))
            sums[one] = {h: s / rest for h, s in own.items()} if rest > 0 else {_UNKNOWN: Fraction(1)}
            for other in (u for u in between if one in sums[u]):
                times = sums[other].pop(one)
                for holder, share in sums[one].items():
                    sums[other][holder] = sums[other].get(holder, Fraction(0)) + times * share
        found = sums.get(unit, {})
        return None if _UNKNOWN in found else found.get(owner, Fraction(0))

    def control(self, owner: str, above: Fraction) -> Mapping[str, str]:
        """Those the owner controls, itself with '', each with the holder of most of it when it was won; round by round."""
        won = {owner: ""}
        while new := [u for u in self.held if u not in won and self._won(u, won, above)]:
            won |= {unit: self.most(unit, frozenset(won)) for unit in new}
        return won

    def _won(self, unit: str, group: Collection[str], above: Fraction) -> bool:
        own = self.together(unit, group)
        strangers = [share for holder, share in self.held[unit].items() if holder not in group]
        head = self.heads[unit]
        named = head["ownership_parent"] if head["is_controlled"] else None
        return own > above or (own > 0 and own >= max(strangers, default=Fraction(0)) and named in group)

    def together(self, unit: str, group: Collection[str]) -> Fraction:
        return sum((share for holder, share in self.held.get(unit, {}).items() if holder in group), Fraction(0))

    def most(self, unit: str, group: Collection[str]) -> str:
        """Of the group the holder of most of the unit, of several the first by code; '' for none."""
        holders = [(-share, holder) for holder, share in self.held.get(unit, {}).items() if holder in group]
        return min(holders)[1] if holders else ""


def owner_of(line: Row) -> str:
    return str(line["owner_id"] or line["owner_name"])


def graph_at(sources: Sources, period: str) -> Graph:
    """Of each registered unit the lines of the last day by then on which it had any; read once for a whole trace."""
    return sources.once(("ownership", period, sources.seq(MART)), lambda: _graph(sources, period))


def _graph(sources: Sources, period: str) -> Graph:
    heads, end = tree_at(sources, period, MART).records, parse_period(period).end
    known: dict[str, list[Row]] = {}
    for line in records_in_force(sources, load_form(LINES), {}, MART):
        if line["unit_id"] in heads and line["valid_from"] <= end:
            known.setdefault(line["unit_id"], []).append(line)
    last = {unit: max(line["valid_from"] for line in lines) for unit, lines in known.items()}
    return Graph({unit: tuple(one for one in lines if one["valid_from"] == last[unit]) for unit, lines in known.items()}, heads)


def holding(sources: Sources, row: Row) -> Node:
    """One row of `ownership`: every column worked out again, with the registered lines between owner and unit."""
    graph, owner, unit = graph_at(sources, row["period"]), row["owner_id"], row["unit_id"]
    method = next(c for c in code_list("ownership_method") if c.valid_on(parse_period(row["period"]).end))
    labels = {c.name: c.label for c in load_mart(MART).columns}
    worked = {**_names(graph, row), **_shares(graph, owner, unit, method)}
    values = [compared("value", labels[name], row[name], value) for name, value in worked.items()]
    title = f"{row['owner_name']} 对 {row['unit_name']} 的持股（{row['period']} 末）"
    facts = {"算法": "由期末在用的出资人明细逐户代入求解；控制按轮次认定", "出资人": owner, "单位": unit}
    return Node("mart", title, facts=facts, children=(*values, *_records(sources, graph, owner, unit)))


def _names(graph: Graph, row: Row) -> dict[str, Any]:
    """An owner that is a registered unit goes by its registered name, any other as its lines call it."""
    owner, unit = row["owner_id"], row["unit_id"]
    called = [line["owner_name"] for lines in graph.lines.values() for line in lines if owner_of(line) == owner]
    name = graph.heads[owner]["unit_name"] if owner in graph.lines else next((n for n in called if n == row["owner_name"]), None)
    return {"owner_name": name, "unit_name": graph.heads[unit]["unit_name"] if unit in graph.heads else None}


def _shares(graph: Graph, owner: str, unit: str, method: Code) -> dict[str, Any]:
    won = graph.control(owner, Fraction(method.extra["above"]))
    product, control = _rounded(graph.product(owner, unit)), _rounded(graph.together(unit, won))
    chain = [*_chain(graph, owner, unit, won)][::-1]
    return {
        "direct_share": _rounded(graph.held.get(unit, {}).get(owner, Fraction(0))), "share_by_product": product,
        "share_by_control": control, "effective_share": control if method.code == "control" else product, "method": method.code,
        "controls": unit in won, "chain": "/".join(chain), "steps": len(chain) - 1 if chain else None,
        "in_cycle": unit in graph.above(unit),
    }  # fmt: skip


def _chain(graph: Graph, owner: str, unit: str, won: Mapping[str, str]) -> Iterator[str]:
    """From the unit up to the owner, each held most by the next; nothing where no one the owner controls holds it."""
    at = unit if graph.together(unit, won) else ""
    while at:
        yield at
        at = "" if at == owner else won.get(at) or graph.most(at, won)


def _records(sources: Sources, graph: Graph, owner: str, unit: str) -> Iterable[Node]:
    """The lines by which the owner comes to the unit, and the registry's word on control, read again from their files."""
    between = [unit, *sorted(u for u in graph.above(unit) if u != owner and owner in graph.above(u))]
    for one in between[:_SHOWN]:
        yield record_node(sources, load_form(REGISTRY), graph.heads[one], ("unit_name", "is_controlled", "ownership_parent"), MART)
        for line in graph.lines[one]:
            yield record_node(sources, load_form(LINES), line, ("owner_id", "owner_name", "share"), MART)
    if len(between) > _SHOWN:
        yield Node("more", f"其间共 {len(between)} 户，只列出前 {_SHOWN} 户的登记")


def _rounded(share: Fraction | None) -> Decimal | None:
    if share is None:
        return None
    return _WIDE.divide(Decimal(share.numerator), Decimal(share.denominator)).quantize(_EIGHT, ROUND_HALF_UP, _WIDE)
