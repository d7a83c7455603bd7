"""Aggregates over another form's records beside a record: the lines of a head, the head of a line, the units of a total.

`SUM(lines.amount) FILTER (WHERE lines.direction = '增加')` in a relation rule is over all records in force of that form
that agree with this record in unit, period, scope and as much of their own key as this form has.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from expectations.lexis import Refused
from expectations.nodes import AggregateNode, ColumnNode, Node, walk
from expectations.target import NUMERIC, Target, Type

PREFIX = "each_"
COUNT = Type("number", 19, 0)


@dataclass(frozen=True)
class RelatedNode(Node):
    """A column of the other form's records once they are grouped; who joins makes it by `grouped`. COUNT of none is 0."""

    form: str
    function: str
    value: Node
    where: Node | None
    type: Type

    @property
    def alias(self) -> str:
        return PREFIX + self.form

    @property
    def name(self) -> str:
        """The same for the same aggregate, so that rules share it."""
        text = self.grouped(Target("duckdb", {self.form: self.form}, ()))
        return f"{self.function.lower()}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    @property
    def counted(self) -> RelatedNode:
        """How many figures a SUM added up."""
        return replace(self, function="COUNT", type=COUNT)

    def sql(self, to: Target) -> str:
        column = to.column(self.alias, self.name)
        if self.function == "COUNT":
            return f"CAST(COALESCE({column}, 0) AS {self.type.sql})"
        return f"CAST({column} AS {self.type.sql})" if self.type.kind in NUMERIC else column

    def grouped(self, to: Target) -> str:
        """The aggregate itself, over the other form's records under that form's alias."""
        numeric = self.function == "SUM" and self.value.type.kind in NUMERIC
        inner = self.value.cast(to, self.value.type.wide) if numeric else self.value.sql(to)
        filtered = f" FILTER (WHERE {self.where.sql(to)})" if self.where else ""
        return f"{self.function}({inner}){filtered}"


def related(function: str, value: Node, kind: Type, where: Node | None) -> RelatedNode:
    """Raises Refused unless all columns are of one other form."""
    nodes = [*walk(value), *(walk(where) if where else ())]
    aliases = {n.alias for n in nodes if isinstance(n, ColumnNode)}
    if len(aliases) != 1 or aliases & {"", "previous"} or any(isinstance(n, RelatedNode | AggregateNode) for n in nodes):
        raise Refused("关系规则里的汇总只能是另一种报表的列", "写成 SUM(报表.列)；只看本表的汇总写成不带 compare 的规则")
    return RelatedNode(aliases.pop(), function, value, where, kind)
