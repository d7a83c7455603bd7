"""What a mart is given besides frames: plain values, and the way to make a small frame of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from intake.shapes import arrow_type
from schemas.codes import Code
from schemas.column import SQL_TYPES
from schemas.contract import Form
from schemas.delivered import Indicator, Mart, Measure, Warning
from schemas.load import readable
from schemas.reconciled import Reconciliation

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# As many characters as a month has; a year and a quarter have fewer, a day more.
_MONTH = len("2026-03")


@dataclass(frozen=True)
class Ruling:
    """An extension (`until`: the due day it moves to) or exemption in effect, with its sentence."""

    form: str
    unit_id: str
    period: str
    until: date | None
    said: str


@dataclass(frozen=True)
class Parameters:
    """Everything declared that marts read. `periods`: form → its periods with an entry of any state, in order.

    `asked`: form with reporters → every period on its calendar from the first that stands to the last that has ended,
    and whatever else was filed. `codes`: the code lists that marts read: supervisor, the lists of expected reporters,
    and those that marts declare. `owners`: mart → its office. `wanted`: of a mart by period the parts whose rows are asked
    for (None: all); other records are there to be looked at.
    """

    forms: Mapping[str, Form]
    indicators: tuple[Indicator, ...]
    warnings: tuple[Warning, ...]
    codes: Mapping[str, tuple[Code, ...]]
    periods: Mapping[str, tuple[str, ...]]
    measures: tuple[Measure, ...] = ()
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    reconciliations: tuple[Reconciliation, ...] = ()
    wanted: frozenset[str] | None = None

    def forms_by_month(self) -> tuple[str, ...]:
        """Monthly forms that units of the registry are asked for: what monitored figures are made for."""
        return tuple(name for name, form in self.forms.items() if form.calendar.kind == "month" and form.calendar.reporters == "registry")

    def tree_periods(self) -> tuple[str, ...]:
        """Periods at whose end units stand in a tree: those of every form that units of the registry file, an event's month.

        Not the days from which dated records (the registry itself, lists) hold: these say what holds later.
        """
        counted = [n for n, form in self.forms.items() if form.calendar.reporters != "list" and "valid_from" not in form.by_name]
        return tuple(sorted({p[:_MONTH] for n in counted for p in (*self.periods.get(n, ()), *self.asked.get(n, ()))}))

    def source(self, name: str) -> Form | Mart:
        """What a measure reads. Raises KeyError."""
        return self.forms[name] if name in self.forms else readable(name)

    def statements(self, kind: str) -> tuple[str, ...]:
        """Financial statements by month (the monthly report) or year (the annual accounts)."""
        return tuple(name for name, form in self.forms.items() if form.statement and form.calendar.kind == kind)


def united(frames: Iterable[DataFrame]) -> DataFrame:
    """The rows of all, columns by name. Two by two: one after the other, each step would look at all before it again."""
    found = list(frames)
    while len(found) > 1:
        found = [a.unionByName(b) for a, b in zip(found[::2], found[1::2], strict=False)] + found[len(found) // 2 * 2 :]
    return found[0]


def values(like: DataFrame, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> DataFrame:
    """A small frame of plain values in the session of `like`. `columns`: name → a contract's column type, or texts."""
    rows = list(rows)
    schema = pa.schema([(name, pa.list_(pa.string()) if kind == "texts" else arrow_type(kind)) for name, kind in columns.items()])
    arrays = [pa.array([row[i] for row in rows], type=schema.field(i).type) for i in range(len(columns))]
    return like.sparkSession.createDataFrame(pa.Table.from_arrays(arrays, schema=schema))


def spark_type(column_type: str) -> str:
    """Spark's name of a contract's column type."""
    return {"VARCHAR": "STRING", "BIGINT[]": "ARRAY<BIGINT>"}.get(kind := SQL_TYPES[column_type], kind)
