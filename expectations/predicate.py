"""The predicate language of the contracts: text → a checked predicate that gives its SQL for DuckDB and for Spark.

What a good record satisfies, in a small SQL: comparisons, + − ×, AND OR NOT, IN, BETWEEN, IS NULL, COALESCE, ABS,
LENGTH, matches(column, '^…$'), DATE '2026-01-31', within_tolerance(a, b), product_of(a, b, decimals of b), valid_code('list', column, day),
days_between(from, to), months_after(day, 12), workdays(from, to), parameter('name', day[, supervisor]) of `mart_parameter`; SUM, MIN, MAX,
COUNT(*) over the whole form, which is all records of one entry (unit, period, scope) of the batch; in relations previous.<column> and
<form>.<column>. Beside the form's columns stand `period_end` (date) and `_step` (yuan per last digit reported).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError

from expectations import lexis
from expectations.checker import Checker
from expectations.columns import PREVIOUS, Named
from expectations.functions import STEP
from expectations.lexis import PredicateError
from expectations.nodes import AggregateNode, ColumnNode, LiteralNode, Node, number, walk
from expectations.related import RelatedNode
from expectations.target import BOOLEAN, DATE, TEXT, Dialect, Target
from schemas.contract import Form

__all__ = ["Predicate", "PredicateError", "Value", "broken_sql", "constant", "entry_columns", "parse", "parse_value", "parse_when"]


_FIGURE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Value:
    """A checked expression. `partition`: the columns that make one whole form, for aggregates."""

    text: str
    node: Node
    partition: tuple[str, ...]

    def _names(self, alias: str) -> frozenset[str]:
        found = (n for n in walk(self.node) if isinstance(n, ColumnNode))
        return frozenset(n.name for n in found if n.alias == alias and n.name != STEP)

    @property
    def columns(self) -> frozenset[str]:
        """Columns of the record itself; pseudo-columns are not among them."""
        return self._names("")

    @property
    def previous(self) -> frozenset[str]:
        return self._names(PREVIOUS)

    @property
    def others(self) -> Mapping[str, frozenset[str]]:
        """Other forms → their columns."""
        aliases = {n.alias for n in walk(self.node) if isinstance(n, ColumnNode)} - {"", PREVIOUS}
        return {alias: self._names(alias) for alias in sorted(aliases)}

    @property
    def related(self) -> tuple[RelatedNode, ...]:
        """Aggregates over other forms, with the counts that tolerances of their sums need."""
        found = [n for n in walk(self.node) if isinstance(n, RelatedNode)]
        return (*found, *(n.counted for n in found if n.function == "SUM"))

    @property
    def whole_form(self) -> bool:
        """It looks at all records of the entry, so it is broken for all of them or for none it does not name."""
        return any(isinstance(n, AggregateNode) for n in walk(self.node))

    def sql(self, dialect: Dialect, aliases: Mapping[str, str], partition: tuple[str, ...] | None = None) -> str:
        """An SQL expression. `aliases`: "" → the record's alias, "previous", "<form>"; "period_end" → a date
        expression, by default the record's column of that name. `partition` replaces the columns of one whole form,
        e.g. where a table holds many batches. Raises KeyError for an alias that is used and not given.
        """
        return self.node.sql(Target(dialect, aliases, self.partition if partition is None else partition))


@dataclass(frozen=True)
class Predicate(Value):
    """A boolean `Value`: true, false, or unknown (NULL) where a figure it needs is missing."""


def parse(text: str, form: Form, *, relation: bool = False) -> Predicate:
    """Raises PredicateError: which text, where, why, what to write instead."""
    return _predicate(text, Checker(text, form, relation), entry_columns(form))


def parse_when(text: str, source: Named, constants: Mapping[str, Any]) -> Predicate:
    """The condition of a row warning over the columns of `source`; `constants` are figures, texts, dates or truths by name.

    `previous.<column>` is the row it is compared with. No aggregates. Raises PredicateError.
    """
    return _predicate(text, Checker(text, source, True, {name: constant(value) for name, value in constants.items()}), ())


def constant(value: Any) -> LiteralNode:
    """A value given in a declaration; a text that is a figure is one."""
    match value:
        case bool():
            return LiteralNode(value, BOOLEAN)
        case date():
            return LiteralNode(value, DATE)
        case int() | Decimal():
            return number(Decimal(value))
        case str() if _FIGURE.fullmatch(value):
            return number(Decimal(value))
    return LiteralNode(str(value), TEXT)


def _predicate(text: str, checker: Checker, partition: tuple[str, ...]) -> Predicate:
    made = Predicate(text, checker.boolean(_tree(text)), partition)
    if not any(isinstance(n, ColumnNode | AggregateNode | RelatedNode) for n in walk(made.node)):
        raise PredicateError(text, 0, "条件没有用到任何列，结果永远一样", "写出要检查的列")
    return made


def parse_value(text: str, form: Form, *, relation: bool = False) -> Value:
    """The `expected` of a rule: a number, date or text. Raises PredicateError."""
    made = Value(text, Checker(text, form, relation).visit(_tree(text)), entry_columns(form))
    if made.node.type == BOOLEAN:
        raise PredicateError(text, 0, "应有值不能是一个条件", "写出列、数字或算式")
    return made


def broken_sql(
    predicate: Predicate, dialect: Dialect, aliases: Mapping[str, str], partition: tuple[str, ...] | None = None
) -> str:
    """True where the predicate is false; never NULL: unknown is not broken."""
    return f"({predicate.sql(dialect, aliases, partition)} IS FALSE)"


def entry_columns(form: Form) -> tuple[str, ...]:
    """The form's columns that name an entry: unit, period (or the event's date), scope; constants are left out."""
    period = "period" if form.period_from == "submission" else form.period_from
    return tuple(name for name in ("unit_id", period, form.scope) if name in form.by_name)


@lru_cache(maxsize=8192)  # a rule's text is parsed for every way it is looked at, and read only
def _tree(text: str) -> sqlglot.exp.Expr:
    lexis.check(text)
    try:
        return sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError as problem:
        details = getattr(problem, "errors", None) or [{}]
        position = int(details[0].get("col") or 1) - 1
        raise PredicateError(text, position, "语法不完整", "检查括号、引号与运算符") from None
