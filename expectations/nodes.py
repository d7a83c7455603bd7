"""A checked predicate as a tree of values that know their type and give their SQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from expectations.target import BOOLEAN, DATE, NUMERIC, Target, Type


class Node(ABC):
    """`ordered`: may stand beside < and >, which text may not unless it is a period."""

    type: Type
    ordered: bool = True

    @abstractmethod
    def sql(self, to: Target) -> str:
        """An expression of exactly this node's type in the dialect of `to`."""

    def cast(self, to: Target, wanted: Type) -> str:
        """The number as exactly the type wanted, whatever type the engine computed it in."""
        return f"CAST({self.sql(to)} AS {wanted.sql})"

    def parts(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True)
class ColumnNode(Node):
    """`alias` is "", "previous" or a form's name; `codes` the code list of a code column."""

    alias: str
    name: str
    type: Type
    codes: str = ""
    ordered: bool = True

    def sql(self, to: Target) -> str:
        whole = self.type.kind == "number" and not self.type.scale
        return self.cast(to, self.type) if whole else to.column(self.alias, self.name)

    def cast(self, to: Target, wanted: Type) -> str:
        return f"CAST({to.column(self.alias, self.name)} AS {wanted.sql})"


@dataclass(frozen=True)
class PeriodEnd(Node):
    type = DATE

    def sql(self, to: Target) -> str:
        given = to.aliases.get("period_end")
        return f"({given})" if given else to.column("", "period_end")


@dataclass(frozen=True)
class LiteralNode(Node):
    value: Decimal | str | date | bool
    type: Type

    def sql(self, to: Target) -> str:
        match self.value:
            case bool():
                return "TRUE" if self.value else "FALSE"
            case str():
                return to.text(self.value)
            case Decimal():
                return self.cast(to, self.type)
        return f"DATE '{self.value.isoformat()}'"

    def cast(self, to: Target, wanted: Type) -> str:
        return f"CAST({self.value:f} AS {wanted.sql})"


def number(value: Decimal) -> LiteralNode:
    """A literal of exactly as many digits as it was written with."""
    whole, _, decimals = f"{value:f}".lstrip("-").partition(".")
    return LiteralNode(value, Type("literal", len(whole), len(decimals)))


@dataclass(frozen=True)
class SumNode(Node):
    """Signed terms, added as a balanced tree: the width grows by one a level instead of one a term."""

    terms: tuple[tuple[int, Node], ...]
    type: Type
    leaf: Type

    def sql(self, to: Target) -> str:
        texts = [f"(- {t.cast(to, self.leaf)})" if sign < 0 else t.cast(to, self.leaf) for sign, t in self.terms]
        while len(texts) > 1:
            pairs = [texts[i : i + 2] for i in range(0, len(texts), 2)]
            texts = [f"({' + '.join(pair)})" if len(pair) > 1 else pair[0] for pair in pairs]
        return texts[0]

    def parts(self) -> tuple[Node, ...]:
        return tuple(node for _, node in self.terms)


@dataclass(frozen=True)
class TimesNode(Node):
    value: Node
    factor: LiteralNode
    type: Type

    def sql(self, to: Target) -> str:
        return f"({self.value.cast(to, self.value.type.wide)} * {self.factor.sql(to)})"

    def parts(self) -> tuple[Node, ...]:
        return (self.value,)


@dataclass(frozen=True)
class CallNode(Node):
    """ABS, LENGTH or COALESCE; arguments of COALESCE are brought to the result's type."""

    function: str
    arguments: tuple[Node, ...]
    type: Type

    def sql(self, to: Target) -> str:
        if self.function == "LENGTH":
            return f"CAST(LENGTH({self.arguments[0].sql(to)}) AS {self.type.sql})"
        numeric = self.type.kind in NUMERIC
        texts = (a.cast(to, self.type) if numeric else a.sql(to) for a in self.arguments)
        return f"{self.function}({', '.join(texts)})"

    def parts(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True)
class DaysNode(Node):
    """Days from one date to another; negative when the second is the earlier."""

    first: Node
    last: Node
    type: Type

    def sql(self, to: Target) -> str:
        first, last = self.first.sql(to), self.last.sql(to)
        made = f"DATE_DIFF('day', {first}, {last})" if to.dialect == "duckdb" else f"DATEDIFF({last}, {first})"
        return f"CAST({made} AS {self.type.sql})"

    def parts(self) -> tuple[Node, ...]:
        return (self.first, self.last)


@dataclass(frozen=True)
class AggregateNode(Node):
    """SUM, COUNT, MIN or MAX over all records of the whole form: those of one unit, period and scope."""

    function: str
    value: Node | None
    type: Type

    def sql(self, to: Target) -> str:
        if self.value is None:
            return f"CAST(COUNT(*) {to.over} AS {self.type.sql})"
        numeric = self.value.type.kind in NUMERIC
        inner = self.value.cast(to, self.value.type.wide) if numeric else self.value.sql(to)
        made = f"{self.function}({inner}) {to.over}"
        return f"CAST({made} AS {self.type.sql})" if numeric else made

    def parts(self) -> tuple[Node, ...]:
        return (self.value,) if self.value else ()


@dataclass(frozen=True)
class CompareNode(Node):
    operator: str
    left: Node
    right: Node
    type = BOOLEAN

    def sql(self, to: Target) -> str:
        return f"({self.left.sql(to)} {self.operator} {self.right.sql(to)})"

    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True)
class LogicNode(Node):
    """AND or OR of several, NOT of one."""

    operator: str
    operands: tuple[Node, ...]
    type = BOOLEAN

    def sql(self, to: Target) -> str:
        if self.operator == "NOT":
            return f"(NOT {self.operands[0].sql(to)})"
        return "(" + f" {self.operator} ".join(o.sql(to) for o in self.operands) + ")"

    def parts(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(frozen=True)
class InNode(Node):
    value: Node
    items: tuple[LiteralNode, ...]
    type = BOOLEAN

    def sql(self, to: Target) -> str:
        return f"({self.value.sql(to)} IN ({', '.join(i.sql(to) for i in self.items)}))"

    def parts(self) -> tuple[Node, ...]:
        return (self.value,)


@dataclass(frozen=True)
class IsNullNode(Node):
    value: Node
    type = BOOLEAN

    def sql(self, to: Target) -> str:
        return f"({self.value.sql(to)} IS NULL)"

    def parts(self) -> tuple[Node, ...]:
        return (self.value,)


@dataclass(frozen=True)
class MonthsNode(Node):
    """The day so many months later; the last of its month where that month is shorter."""

    day: Node
    months: int
    type = DATE

    def sql(self, to: Target) -> str:
        day = self.day.sql(to)
        return f"CAST(({day} + to_months({self.months})) AS DATE)" if to.dialect == "duckdb" else f"add_months({day}, {self.months})"

    def parts(self) -> tuple[Node, ...]:
        return (self.day,)


def walk(node: Node) -> list[Node]:
    return [node, *(below for part in node.parts() for below in walk(part))]
