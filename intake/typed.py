"""Texts → typed values, cast in one place only: words by `intake.words`, figures and days by `intake.figures`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from intake.figures import UNIT_POWERS, VALUES, arrow, days, figures, steps
from intake.words import CASTERS, Bools, nulls
from schemas.column import Column
from schemas.contract import Form
from schemas.period import parse_period


@dataclass(frozen=True)
class Typed:
    """`values`: every column typed, plus `_step`. `blank[column]`: nothing was filed there; a value that is
    neither blank nor typed did not cast. `power` is NULL-safe per row: -1 where the declared unit is unknown.
    """

    values: pa.Table
    blank: Mapping[str, Bools]
    power: npt.NDArray[np.int8]

    def uncast(self, column: str) -> Bools:
        """Text that says something but is not of the column's type (amounts of an unknown declared unit excepted)."""
        empty = ~self.blank[column] & nulls(self.values.column(column))
        is_amount = self.values.schema.field(column).type == arrow("amount")
        return empty & (self.power >= 0) if is_amount and "declared_unit" in self.blank else empty


def cast(form: Form, texts: pa.Table, periods: Sequence[str], senders: Sequence[str]) -> Typed:
    """`periods` (of each record's submission) fill an empty period of a form whose files have one, `senders` an empty unit.

    Amounts become yuan, DECIMAL(18,4), rounded half away from zero.
    """
    rows = texts.num_rows
    arrays: dict[str, pa.Array] = {}
    blank: dict[str, Bools] = {}
    for kind, columns in _by_type(form):
        caster = CASTERS.get(kind)
        if caster is not None:
            for column in columns:
                arrays[column.name], blank[column.name] = caster(column, _one(texts, column))
    _fill(form, arrays, blank, periods, senders)
    power = _power(form, arrays, rows)
    decimals: list[npt.NDArray[np.int64]] = []
    for kind, columns in _by_type(form):
        if kind in VALUES:
            made = figures(kind, columns, _long(columns, texts), power)
            decimals += [_decimals(made, len(columns), rows)] if kind == "amount" else []
        elif kind == "date":
            made = days(_long(columns, texts))
        else:
            continue
        _cut(columns, made, rows, arrow(kind), arrays, blank)
    arrays["_step"] = steps(decimals, power, rows)
    names = [*(c.name for c in form.columns), "_step"]
    return Typed(pa.table([arrays[n] for n in names], names=names), blank, power)


def _by_type(form: Form) -> Iterable[tuple[str, list[Column]]]:
    grouped: dict[str, list[Column]] = {}
    for column in form.columns:
        grouped.setdefault(column.type, []).append(column)
    return grouped.items()


def _fill(
    form: Form, arrays: dict[str, pa.Array], blank: dict[str, Bools], periods: Sequence[str], senders: Sequence[str]
) -> None:
    """What a file need not repeat: its period, the unit that sent it, a form's constant scope."""
    given = {"unit_id": senders, **({"period": periods} if form.period_from == "submission" else {})}
    if form.scope.startswith("="):
        given["scope"] = [form.scope[1:]] * len(senders)
    for name in given.keys() & arrays.keys():
        arrays[name] = pc.coalesce(arrays[name], pa.array([text or None for text in given[name]], pa.string()))
        blank[name] = nulls(arrays[name])


def _power(form: Form, arrays: Mapping[str, pa.Array], rows: int) -> npt.NDArray[np.int8]:
    if "declared_unit" not in form.by_name:
        return np.zeros(rows, np.int8)
    return np.array([UNIT_POWERS.get(v, -1) for v in arrays["declared_unit"].to_pylist()], np.int8)


def _one(texts: pa.Table, column: Column) -> pa.Array:
    return texts.column(f"text__{column.name}").combine_chunks()


def _long(columns: list[Column], texts: pa.Table) -> pa.Array:
    return pa.concat_arrays([_one(texts, c) for c in columns])


def _decimals(made: pa.Table, columns: int, rows: int) -> npt.NDArray[np.int64]:
    """A row a column, −1 for nothing and zero."""
    counted: npt.NDArray[np.int64] = np.asarray(pc.fill_null(made.column("decimals"), -1), np.int64)
    return counted.reshape(columns, rows)


def _cut(
    columns: list[Column], made: pa.Table, rows: int, kind: pa.DataType, arrays: dict[str, pa.Array], blank: dict[str, Bools]
) -> None:
    values = made.column("value").combine_chunks().cast(kind)
    empty = np.asarray(made.column("blank"), dtype=bool)
    for index, column in enumerate(columns):
        arrays[column.name] = values.slice(index * rows, rows)
        blank[column.name] = empty[index * rows : (index + 1) * rows]


def period_ends(values: pa.Table, form: Form) -> pa.Array:
    """The day at which codes and rules of each record are read: its period's last day, or the event's own day."""
    if form.period_from != "submission":
        return values.column(form.period_from).combine_chunks()
    ends: dict[str | None, date | None] = {None: None}
    texts = values.column("period").to_pylist()
    for text in set(texts) - {None}:
        ends[text] = parse_period(text).end
    return pa.array([ends[t] for t in texts], pa.date32())
