"""What a form's contract says, as frozen values. `schemas.load` gives them by name; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from schemas.column import Column, ColumnType
from schemas.labels import normalise

Severity = Literal["error", "query", "notice"]

MEASURES: Mapping[str, Mapping[str, str]] = {
    "F": {"month": "本月数", "ytd": "本年累计", "ly_month": "上年同月", "ly_ytd": "上年同期累计"},
    "S": {"opening": "年初余额", "closing": "期末余额", "ly_closing": "上年同期期末"},
}


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
