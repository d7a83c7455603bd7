"""What is delivered, as frozen values: marts, the measures and indicators in them, the warnings drawn from them.

`schemas.load` gives them by name; nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from schemas.column import Column, ColumnType

_NAME = re.compile(r"[a-z_]\w*")


@dataclass(frozen=True)
class Again:
    """How the trace works columns out once more, in rows that have the values of `where`: column → text (`catalog.trace.again`).

    `among`: of a mart that a text names, the rows that have the row's values of these columns.
    """

    columns: Mapping[str, str]
    where: Mapping[str, Any] = field(default_factory=dict)
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mart:
    """A gold table. `inputs` are the parameters of its function; `key` its declared key in order.

    `by_period`: a large mart is built by period: `own` when the rows of a period follow from inputs of that period alone,
    `compared` when also from those of the periods its forms are compared with, `related` when from all that relation rules look at;
    `whole`: only written so, for those that read it. `reconciled`: not by period but by comparison, each of two sources.
    `codes`: the code lists its function reads from the parameters: dated lines, weights, standards.
    `found_by`: input → its column → this mart's column that holds its value, or `=constant`s: where a row's rows of that
    input are found otherwise than by key columns of the same name.
    """

    name: str
    title: str
    grain: str
    owner: str
    columns: tuple[Column, ...]
    inputs: tuple[str, ...]
    description: str = ""
    codes: tuple[str, ...] = ()
    by_period: str = ""
    found_by: Mapping[str, Mapping[str, str | tuple[str, ...]]] = field(default_factory=dict)
    again: tuple[Again, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.key)

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {c.name: c for c in self.columns}

    @cached_property
    def own_key(self) -> tuple[str, ...]:
        """Key columns that tell the rows of one unit, period and scope apart."""
        return tuple(name for name in self.key if name not in ("unit_id", "period", "scope"))

    @property
    def part_column(self) -> str:
        """The column that says to which part a row belongs."""
        return "reconciliation_id" if self.by_period == "reconciled" else "period"

    @cached_property
    def content_columns(self) -> tuple[str, ...]:
        """Columns that count in the content hash: those that do not depend on the run."""
        return tuple(c.name for c in self.columns if not c.run_dependent)


@dataclass(frozen=True)
class Indicator:
    """One monitored figure. `formula` is arithmetic over statement items and measures: `guarantee_outstanding / equity_closing`.

    A division by zero or a missing input gives NULL. `vintage` and the dates tell which system it belongs to. `every` is the
    period it is made for; an input of shorter periods is that of its last month. `statement` tells which statement items are
    read from: `month` the monthly report, `year` the annual accounts. `growth`: also compared with a year ago, same units.
    """

    id: str
    title: str
    definition: str
    formula: str
    unit: str
    direction: str
    owner: str
    grade: str
    source: str
    vintage: str
    rollup: str
    type: ColumnType = "ratio"
    every: str = "month"
    statement: str = "month"
    growth: bool = False
    valid_from: date = date(1949, 10, 1)
    valid_to: date | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Items and measures that the formula reads, in order of appearance."""
        return tuple(dict.fromkeys(_NAME.findall(self.formula)))


@dataclass(frozen=True)
class Measure:
    """One number a unit's records of a form give for a period: `function` of `expression` over those that meet `where`.

    Which records: those of the form's own period (the last one within `every`), or with `at` those whose day lies in the
    period (`since` year: in its year up to its end), or with `holds` those that hold on its last day: from the first column's
    day until the second's, or of a dated form the last that began. `where` has its dated parameters written in.
    Grade and owner are the form's. `sum`, `count` and `count_distinct` are 0 where records exist and none meets `where`.
    """

    id: str
    title: str
    unit: str
    type: ColumnType
    form: str
    function: str
    expression: str
    where: str
    every: str
    at: str
    since: str
    holds: tuple[str, ...]
    owner: str
    grade: str

    @property
    def text(self) -> str:
        """What is computed, as people read it beside the number."""
        return f"{self.form}：{self.function}({self.expression})" + (f" WHERE {self.where}" if self.where else "")


@dataclass(frozen=True)
class Line:
    """A dated line of a warning, scoped by supervisor and unit class ('*' is any). `level` 红, 黄 or 蓝.

    `when` (kind row): the predicate that makes it hold, over the row's columns and the names in `values`; `message`: what it
    says where that is not what the warning says.
    """

    level: str
    values: Mapping[str, Any]
    supervisor: str = "*"
    function_class: str = "*"
    industry: str = "*"
    valid_from: date = date(1949, 10, 1)
    valid_to: date | None = None
    source: str = ""
    when: str = ""
    message: str = ""


@dataclass(frozen=True)
class Warning:
    """A warning rule: `kind` is line, streak, change, missing, finding or row; `judges` the forms it looks at."""

    id: str
    title: str
    domain: str
    kind: str
    message: str
    owner: str
    judges: tuple[str, ...]
    parameters: Mapping[str, Any]
    lines: tuple[Line, ...]
    source: str = ""
