"""What a mart is given besides frames: plain values, and the way to make a small frame of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from intake.shapes import arrow_type
from schemas.codes import Code
from schemas.contract import SQL_TYPES, Form, Indicator, Mart, Measure, Warning
from schemas.load import mart

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Parameters:
    """Everything declared that marts read. `periods`: form → its periods with an entry of any state, in order.

    `codes`: the code lists that marts read: supervisor, the lists of expected reporters, and those that marts declare.
    """

    forms: Mapping[str, Form]
    indicators: tuple[Indicator, ...]
    warnings: tuple[Warning, ...]
    codes: Mapping[str, tuple[Code, ...]]
    periods: Mapping[str, tuple[str, ...]]
    measures: tuple[Measure, ...] = ()

    def forms_by_month(self) -> tuple[str, ...]:
        """Monthly forms that units of the registry are asked for: what trees, coverage and monitored figures are made for."""
        return tuple(name for name, form in self.forms.items() if form.calendar.kind == "month" and form.calendar.reporters == "registry")


    def source(self, name: str) -> Form | Mart:
        """What a measure reads. Raises KeyError."""
        return self.forms[name] if name in self.forms else mart(name)

    def statements(self, kind: str) -> tuple[str, ...]:
        """Financial statements by month (the monthly report) or year (the annual accounts)."""
        return tuple(name for name, form in self.forms.items() if form.statement and form.calendar.kind == kind)


def values(like: DataFrame, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> DataFrame:
    """A small frame of plain values in the session of `like`. `columns`: name → a contract's column type, or texts."""
    rows = list(rows)
    schema = pa.schema([(name, pa.list_(pa.string()) if kind == "texts" else arrow_type(kind)) for name, kind in columns.items()])
    arrays = [pa.array([row[i] for row in rows], type=schema.field(i).type) for i in range(len(columns))]
    return like.sparkSession.createDataFrame(pa.Table.from_arrays(arrays, schema=schema))


def spark_type(column_type: str) -> str:
    """Spark's name of a contract's column type."""
    return {"VARCHAR": "STRING", "BIGINT[]": "ARRAY<BIGINT>"}.get(kind := SQL_TYPES[column_type], kind)
