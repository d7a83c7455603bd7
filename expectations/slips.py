"""What a broken sum or a figure that differs from one already filed looks like: a slip of the pen, by kind.

All is told from `filed` against `needed`, the figure with which the rule would hold. Where nothing is broken, nothing is
told: a lawful figure is never called a slip. Kinds are declared in `schemas/slips.yaml`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from expectations.functions import WithinNode
from expectations.nodes import CallNode, ColumnNode, CompareNode, LiteralNode, walk
from expectations.predicate import parse
from schemas.contract import Check, Form, Rule

NUMBERS = ("amount", "quantity", "ratio", "integer")


def figure_columns(form: Form, rule: Rule, types: Sequence[str] = ("amount",)) -> list[str]:
    """The columns a slip rule looks at: of a card those of its measures, of a table all, but `except`."""
    measures, skipped = rule.parameters.get("measures"), rule.parameters.get("except", ())
    own = (c for c in form.columns if c.type in types and not c.key and c.name not in skipped)
    return [c.name for c in own if not c.item or measures is None or c.measure in measures]


def is_slip(rule: Rule, filed: Decimal, needed: Decimal, total: Decimal | None = None) -> bool:
    """Whether `filed` is `needed` with this kind of slip. `total`: the sum the figure is part of, None for the sum itself."""
    if filed == needed or filed == 0 or needed == 0:
        return False
    match rule.kind:
        case "sign":
            return filed == -needed
        case "transposed":
            return _swapped(filed, needed, int(rule.parameters["digits"]))
        case "total_for_part":
            return total is not None and filed == total and abs(needed) < abs(filed)
        case "unit":
            low, high = (Decimal(bound) for bound in rule.parameters["band"])
            ratio = max(abs(filed / needed), abs(needed / filed))
            return filed * needed > 0 and any(f * low <= ratio <= f * high for f in rule.parameters["factors"])
    return False


def _swapped(filed: Decimal, needed: Decimal, digits: int) -> bool:
    """The same digits, two neighbours the other way round; fewer significant ones than `digits` tell nothing."""
    one, other = (f"{abs(v):.4f}".replace(".", "").rstrip("0") for v in (filed, needed))
    one, other = one.ljust(len(other), "0"), other.ljust(len(one), "0")
    apart = [i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if filed * needed < 0 or len(one) != len(other) or len(one.strip("0")) < digits or len(apart) != 2 or apart[1] != apart[0] + 1:
        return False
    return one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]


@dataclass(frozen=True)
class Sum:
    """Signed terms of a declared equality that add up to nothing; `total` is the cell its rule shows."""

    total: str
    terms: tuple[tuple[int, str], ...]

    def slips(self, rule: Rule, values: Mapping[str, Decimal | None]) -> list[str]:
        """Columns that alone would mend the sum; the total itself where it is among them. An empty cell counts as nothing."""
        known = {column: values.get(column) or Decimal(0) for _, column in self.terms}
        over = sum((sign * known[column] for sign, column in self.terms), Decimal(0))
        found = [
            column for sign, column in self.terms
            if is_slip(rule, known[column], known[column] - sign * over, None if column == self.total else known.get(self.total))
        ]  # fmt: skip
        return [self.total] if self.total in found else found if len(found) == 1 else []


def sums(form: Form, check: Check) -> Iterator[Sum]:
    """The plain sums in a check: within_tolerance over columns, each once, and none multiplied."""
    for node in walk(parse(check.predicate, form).node):
        if isinstance(node, WithinNode):
            terms = tuple((sign, _column(term)) for sign, term in node.difference.terms)
            if all(name for _, name in terms) and len({name for _, name in terms}) == len(terms) > 1:
                yield Sum(check.at, terms)


def _column(node: Any) -> str:
    """The column of a term: bare, or with 0 in place of nothing."""
    if isinstance(node, CallNode) and node.function == "COALESCE" and isinstance(node.arguments[1], LiteralNode):
        node = node.arguments[0]
    return node.name if isinstance(node, ColumnNode) and not node.alias else ""


def equality(form: Form, check: Check) -> bool:
    """Whether `expected` is what the cell shown must equal, not just what bounds it."""
    nodes = walk(parse(check.predicate, form, relation=True).node)
    return bool(check.expected) and any(
        isinstance(n, WithinNode) or (isinstance(n, CompareNode) and n.operator == "=" and _column(n.left) == check.at) for n in nodes
    )


@dataclass(frozen=True)
class Told:
    """A broken equality between two records: the cell, what it says, what it should, and the finding that tells it."""

    column: str
    seen: Decimal
    expected: Decimal
    row: Mapping[str, Any]


def enough(form: Form, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings but those of a rule that speaks only where at least so many figures of one record are off (`scale`)."""
    least = {r.id: int(r.parameters["least"]) for r in form.relation_rules if r.kind == "scale" and "least" in r.parameters}
    counts = Counter((row["rule_id"], row["_batch"], row["_row"], row["_source"]) for row in rows)
    return [r for r in rows if counts[r["rule_id"], r["_batch"], r["_row"], r["_source"]] >= least.get(r["rule_id"], 1)]


def of_findings(form: Form, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Further findings, of the slips that explain broken equalities; `rows` have rule_id, column, seen, expected and a place."""
    rules = [r for r in form.relation_rules if r.kind in ("sign", "transposed", "shift")]
    equal = {(r.id, c.at) for r in form.relation_rules for c in r.checks if form.by_name[c.at].type == "amount" and equality(form, c)}
    records: dict[tuple[Any, ...], list[Told]] = {}
    for row in rows if rules else ():
        if (row["rule_id"], row["column"]) in equal and row["seen"] is not None and row["expected"] is not None:
            told = Told(row["column"], Decimal(row["seen"]), Decimal(row["expected"]), row)
            records.setdefault((row["_batch"], row["_row"], row["_source"]), []).append(told)
    for told_of_one in records.values():
        for rule, told in of_record(form, rules, told_of_one):
            yield {**told.row, "rule_id": rule.id, "previous": None}


def of_record(form: Form, rules: Sequence[Rule], told: Sequence[Told]) -> Iterator[tuple[Rule, Told]]:
    """The slips that explain what one record differs in from others: each once a rule and column, a shift once a record."""
    for rule in rules:
        if rule.kind == "shift":
            yield from ((rule, first) for first in _shifted(form, told, int(rule.parameters["least"])))
        else:
            found = {t.column: t for t in told if is_slip(rule, t.seen, t.expected)}
            yield from ((rule, t) for t in found.values())


def _shifted(form: Form, told: Sequence[Told], least: int) -> Iterator[Told]:
    """The first of at least so many figures that stand where those of the next line, or of another measure, should."""
    expected: dict[str, set[Decimal]] = {}
    for t in told:
        expected.setdefault(t.column, set()).add(t.expected)
    for places in _moves(form):
        moved = [t for t in told if t.seen and t.seen in expected.get(places.get(t.column, ""), ())]
        if len({t.column for t in moved}) >= least and len({t.seen for t in moved}) >= least:
            yield min(moved, key=lambda t: list(form.by_name).index(t.column))
            return


def _moves(form: Form) -> Iterator[Mapping[str, str]]:
    """Column → the column whose figure it would hold if lines, or measures, were pasted one place off."""
    amounts = [c for c in form.columns if c.type == "amount"]
    for measure in dict.fromkeys(c.measure for c in amounts):
        lines = [c.name for c in amounts if c.measure == measure]
        yield dict(pairwise(lines))
        yield dict(pairwise(reversed(lines)))
    measures = list(dict.fromkeys(c.measure for c in amounts if c.item))
    for one in measures:
        for other in measures:
            if one != other:
                yield {f"{i.name}_{one}": f"{i.name}_{other}" for i in form.items}
