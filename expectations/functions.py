"""The functions of the predicate language that SQL does not have: matches, product_of, within_tolerance, valid_code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from expectations import regex
from expectations.nodes import AggregateNode, ColumnNode, Node, SumNode, TimesNode, walk
from expectations.related import RelatedNode
from expectations.target import BOOLEAN, Target, Type

STEP = "_step"
STEP_TYPE = Type("money", 14, 4)
HALF = Decimal("0.5")
WEIGHT = Type("number", 9, 5)
# What the factors of a product may leave a sum off by; a step is at most a hundred million yuan.
ALLOWED = Type("money", 21, 9)
FACTOR = Type("number", 13, 5)


@dataclass(frozen=True)
class MatchesNode(Node):
    """The whole text matches; `body` is the pattern without its anchors."""

    value: Node
    body: str
    type = BOOLEAN

    def sql(self, to: Target) -> str:
        text = self.value.sql(to)
        if to.dialect == "duckdb":
            return f"regexp_matches({text}, {to.text(regex.for_duckdb(self.body))})"
        return f"({text} RLIKE {to.text(regex.for_spark(self.body))})"

    def parts(self) -> tuple[Node, ...]:
        return (self.value,)


@dataclass(frozen=True)
class ValidCodeNode(Node):
    """The value is one of the list's codes in use on the day; `windows` as `schemas.codes.windows` gives them."""

    value: Node
    day: Node
    windows: tuple[tuple[date, date | None, tuple[str, ...]], ...]
    type = BOOLEAN

    def sql(self, to: Target) -> str:
        value, day = self.value.sql(to), self.day.sql(to)
        choices = []
        for start, end, codes in self.windows:
            until = f" AND {day} < DATE '{end.isoformat()}'" if end else ""
            listed = ", ".join(to.text(code) for code in codes)
            choices.append(f"({value} IN ({listed}) AND {day} >= DATE '{start.isoformat()}'{until})")
        return f"({' OR '.join(choices)})"

    def parts(self) -> tuple[Node, ...]:
        return (self.value, self.day)


@dataclass(frozen=True)
class ProductNode(Node):
    """Two columns multiplied to an amount, exactly; `right` is filed to `places` decimals."""

    left: ColumnNode
    right: ColumnNode
    places: int
    type: Type

    def sql(self, to: Target) -> str:
        return f"({self.left.cast(to, self.left.type.wide)} * {self.right.cast(to, self.right.type)})"

    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)

    def allowed(self, step: str, to: Target) -> str:
        """How far off it may be: the left by half a step, the right by half of its last decimal."""
        left, right = (f"ABS({factor.cast(to, factor.type.wide)})" for factor in (self.left, self.right))
        half = HALF.scaleb(-self.places)
        by_left = f"CAST({step} AS {STEP_TYPE.wide.sql}) * CAST({right} * CAST(0.5 AS DECIMAL(2,1)) AS {FACTOR.sql})"
        by_right = f"{left} * CAST({half:f} AS DECIMAL({self.places + 2},{self.places + 1}))"
        return f"CAST({by_left} AS {ALLOWED.sql}) + CAST({by_right} AS {ALLOWED.sql})"


@dataclass(frozen=True)
class WithinNode(Node):
    """|a − b| ≤ step × ½ × figures added up: each figure may be off by half of the last digit it was filed with.

    A figure times k counts |k|, a SUM counts its records, a product what its factors allow. The step is the record's; where
    figures of two records meet, the coarser one.
    """

    difference: SumNode
    type = BOOLEAN

    def sql(self, to: Target) -> str:
        aliases = sorted({c.alias for c in walk(self.difference) if isinstance(c, ColumnNode | RelatedNode)})
        steps = [to.column(alias, STEP) for alias in aliases]
        step = steps[0] if len(steps) == 1 else f"GREATEST({', '.join(steps)})"
        constant, counted = _weight(self.difference, HALF, to)
        weight = f"CAST({constant:f} AS {WEIGHT.sql})"
        if counted:
            weight = f"CAST({' + '.join([weight, *counted])} AS {WEIGHT.sql})"
        allowed = f"CAST({step} AS {STEP_TYPE.wide.sql}) * {weight}"
        if products := [n.allowed(step, to) for n in walk(self.difference) if isinstance(n, ProductNode)]:
            allowed = " + ".join([f"CAST({allowed} AS {ALLOWED.sql})", *products])
        return f"(ABS({self.difference.sql(to)}) <= {allowed})"

    def parts(self) -> tuple[Node, ...]:
        return (self.difference,)


def _weight(node: Node, each: Decimal, to: Target) -> tuple[Decimal, list[str]]:
    """Half-steps allowed: those known now, and SQL for those that depend on how many records there are."""
    match node:
        case ColumnNode():
            return each, []
        case TimesNode() if isinstance(node.factor.value, Decimal):
            return _weight(node.value, abs(node.factor.value) * each, to)
        case AggregateNode() if node.function == "SUM" and node.value is not None:
            inner, _ = _weight(node.value, each, to)
            return Decimal(0), [f"CAST(COUNT(*) {to.over} AS DECIMAL(20,0)) * CAST({inner:f} AS {WEIGHT.sql})"]
        case RelatedNode() if node.function == "SUM":
            inner, _ = _weight(node.value, each, to)
            return Decimal(0), [f"CAST({node.counted.sql(to)} AS DECIMAL(20,0)) * CAST({inner:f} AS {WEIGHT.sql})"]
        case RelatedNode():
            return each, []
        case ProductNode():
            return Decimal(0), []
    parts = [_weight(part, each, to) for part in node.parts()]
    return sum((known for known, _ in parts), Decimal(0)), [sql for _, counted in parts for sql in counted]
