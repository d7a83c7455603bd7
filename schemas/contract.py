"""What a contract says, as frozen values. `schemas.load` gives them by name; nothing here does I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from schemas.labels import normalise

ColumnType = Literal[
    "text", "unit", "date", "period", "amount", "sum", "figure", "ratio", "quantity", "integer", "boolean", "code", "list"
]
Severity = Literal["error", "query", "notice"]

# The one mapping from a contract's type to storage. For gold: `sum` (of amounts), `figure` (amount, quantity or ratio), `list` (of ids).
SQL_TYPES: Mapping[str, str] = {
    "text": "VARCHAR",
    "unit": "VARCHAR",
    "period": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "amount": "DECIMAL(18,4)",
    "sum": "DECIMAL(28,4)",
    "figure": "DECIMAL(28,8)",
    "ratio": "DECIMAL(18,8)",
    "quantity": "DECIMAL(18,6)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "list": "BIGINT[]",
}
GRADES = ("一般", "重要", "核心")
# Characters of a unit's id; what is longer names no unit (and no index of the ledger's could hold it).
LONGEST_UNIT = 64
_NAME = re.compile(r"[a-z_]\w*")
MEASURES: Mapping[str, Mapping[str, str]] = {
    "F": {"month": "本月数", "ytd": "本年累计", "ly_month": "上年同月", "ly_ytd": "上年同期累计"},
    "S": {"opening": "年初余额", "closing": "期末余额", "ly_closing": "上年同期期末"},
}


@dataclass(frozen=True)
class Column:
    """One column of a form or mart. `header` is what stands in a file, `label` what a person reads.

    A column of a card's grid has `item` and `measure`; its name is `<item>_<measure>`.
    `prefix` makes an id of a bare code (`sse:` + 600600). `percent`: filed in %, stored as a fraction.
    `rests_on` (marts): inputs as `<form or mart>.<column>`. `formula` (marts): arithmetic over other columns of the same row.
    """

    name: str
    label: str
    type: ColumnType
    header: str = ""
    synonyms: tuple[str, ...] = ()
    codes: str = ""
    required: bool = False
    key: bool = False
    unit: str = ""
    grade: str = "一般"
    owner: str = ""
    item: str = ""
    measure: str = ""
    signed: bool = True
    percent: bool = False
    prefix: str = ""
    personal: bool = False
    run_dependent: bool = False
    description: str = ""
    rests_on: tuple[str, ...] = ()
    formula: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every text that may head this column in a file."""
        return tuple(dict.fromkeys((self.header or self.label, self.label, self.name, *self.synonyms)))


@dataclass(frozen=True)
class Item:
    """A line of a card: `number` as printed (a text: 99a), `kind` F (flow) or S (stock)."""

    number: str
    label: str
    name: str
    kind: str
    required: bool
    type: ColumnType
    unit: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One expansion of a rule: the predicate a good record satisfies, the cell shown, the value expected."""

    predicate: str
    at: str
    expected: str = ""


@dataclass(frozen=True)
class Rule:
    """A published check. Broken is `(applies AND NOT predicate)`; unknown is not broken.

    `compare` names the other record of a relation rule: previous, previous_in_year, year_end, year_ago,
    same_period; None for a rule that needs only the record. `kind` names a check written once in code.
    Valid for periods that end in [valid_from, valid_to).
    """

    id: str
    severity: Severity
    title: str
    message: str
    dimension: str
    checks: tuple[Check, ...] = ()
    compare: str = ""
    kind: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    valid_from: date = date(1949, 10, 1)
    valid_to: date | None = None
    basis: str = ""
    related: tuple[str, ...] = ()

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class Due:
    """When a form is due to one superior: `day` of the `months`-th month after the period's end, moved to the next workday."""

    superior: str
    months: int
    day: int
    valid_from: date = date(1949, 10, 1)
    valid_to: date | None = None


@dataclass(frozen=True)
class Calendar:
    """`combined` maps a month to the month whose report carries it: {1: 2} is January and February together.

    `reporters` is registry (units of the enterprise registry whose `flag` is true), list (a code list of
    expected reporters) or none (events: nobody is expected).
    """

    kind: str
    reporters: str
    flag: str = ""
    reporter_list: str = ""
    due: tuple[Due, ...] = ()
    combined: Mapping[int, int] = field(default_factory=dict)
    provisional_days: int = 0


@dataclass(frozen=True)
class Form:
    """One kind of report. Key columns identify a record within a batch; an entry is (unit, period, scope).

    `scope` is the name of the scope column, or `=consolidated` for a constant, or empty.
    `period_from` is submission (one period a file) or the name of a date column (events).
    `large`: very many records are expected; its silver lies by part of the period.
    """

    name: str
    title: str
    domain: str
    version: str
    status: str
    owner: str
    grade: str
    sharing: str
    legal_basis: str
    purpose: str
    layouts: tuple[str, ...]
    accumulation: str
    acceptance: str
    source: str
    scope: str
    period_from: str
    columns: tuple[Column, ...]
    items: tuple[Item, ...]
    rules: tuple[Rule, ...]
    calendar: Calendar
    label: str = ""
    review: str = "optional"
    large: bool = False
    document: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {c.name: c for c in self.columns}

    @cached_property
    def by_label(self) -> Mapping[str, Column]:
        """Normalised text that may head a column in a file → the column."""
        return {normalise(name): column for column in self.columns for name in column.names}

    @cached_property
    def items_by_label(self) -> Mapping[str, Mapping[str, Item]]:
        """kind → normalised printed text → item; a label may stand in both blocks of a card, so they are kept apart."""
        kinds: dict[str, dict[str, Item]] = {kind: {} for kind in MEASURES}
        for item in self.items:
            for name in (item.label, item.name, *item.synonyms):
                kinds[item.kind].setdefault(normalise(name), item)
        return kinds

    @cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.key)

    @cached_property
    def own_key(self) -> tuple[str, ...]:
        """Key columns that tell the records of one unit, period and scope apart."""
        entry = {"unit_id", "period", self.scope, self.period_from}
        return tuple(name for name in self.key if name not in entry)

    @cached_property
    def dated(self) -> bool:
        """Whether a record holds from a day to a day, until one of the same key takes its place."""
        return {"valid_from", "valid_to"} <= self.by_name.keys()

    @cached_property
    def statement(self) -> bool:
        """Whether it is a financial statement, whose columns are items that formulas may name."""
        return {"scope", "statement_type"} <= self.by_name.keys()

    @cached_property
    def head(self) -> tuple[Column, ...]:
        """Columns outside the grid: those a card prints above it, or all columns of a table-only form."""
        return tuple(c for c in self.columns if not c.item)

    @cached_property
    def row_rules(self) -> tuple[Rule, ...]:
        return tuple(r for r in self.rules if not r.compare)

    @cached_property
    def relation_rules(self) -> tuple[Rule, ...]:
        return tuple(r for r in self.rules if r.compare)

    @cached_property
    def rule(self) -> Mapping[str, Rule]:
        return {r.id: r for r in self.rules}


@dataclass(frozen=True)
class Again:
    """How the trace works columns out once more, in rows that have the values of `where`: column → text (`catalog.trace.again`)."""

    columns: Mapping[str, str]
    where: Mapping[str, Any] = field(default_factory=dict)


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
