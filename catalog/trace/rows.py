"""A row warning's conditions decided once more: on the row at the release's version, or on a form's cells read again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.trace.cells import read_cell
from catalog.trace.formula import evaluate
from catalog.trace.lines import Subject
from catalog.trace.numbers import rounded, scale
from catalog.trace.predicate import holds
from catalog.trace.record import records_in_force
from catalog.trace.source import Row, Sources
from schemas import rows
from schemas.calendar import compared_with
from schemas.contract import Form
from schemas.delivered import Line, Mart, Warning
from schemas.load import form as load_form
from schemas.load import readable
from schemas.period import parse_period
from schemas.words import mentioned

_FIGURE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_WORKED = scale("ratio")


def found(sources: Sources, source: Form | Mart, key: Mapping[str, Any], mart: str) -> list[Row]:
    """Rows of a mart at the release's version, or a form's records that counted when `mart` was built, of one key."""
    if isinstance(source, Mart):
        return list(sources.gold(source.name, key))
    near = {k: key[k] for k in ("unit_id", "period") if k in key}
    return [r for r in records_in_force(sources, source, near, mart) if all(str(r[k]) == str(v) for k, v in key.items())]


def named(source: Form | Mart, row: Row) -> tuple[str, str, str]:
    """Unit, period and subject of a row: what its own key says beside unit, period and scope."""
    subject = ";".join(f"{name}={'' if row[name] is None else row[name]}" for name in source.own_key)
    return row["unit_id"], row["period"], subject


def of_row(sources: Sources, warning: Warning, warned: Row, row: Row, mart: str) -> Subject:
    """Which lines hold of `row`, by which `warned` was published."""
    source = readable(warning.parameters["reads"])
    as_of = date.fromisoformat(sources.as_of(mart))
    values = {"as_of": as_of, "period_end": parse_period(warned["period"]).end, **_values(sources, warning, source, row)}
    other = _earlier(sources, warning, source, warned, row, mart)
    before = _values(sources, warning, source, other) if other is not None else {}
    values |= {f"{rows.PREVIOUS}.{name}": value for name, value in before.items()}
    shown = values.get(warning.parameters["value"]) if "value" in warning.parameters else None
    return Subject(number=None if shown is None else Decimal(shown), held=holding(warning, values))


def holding(warning: Warning, values: Mapping[str, Any]) -> tuple[Line, ...]:
    """The lines whose `when` is true of a row's values, its figures among them; nothing is known of a name without value."""
    where = warning.parameters.get("where", "")
    if where and not _is_true(where, values):
        return ()
    return tuple(line for line in warning.lines if _is_true(line.when, {**values, **_given(line.values)}))


def _is_true(condition: str, values: Mapping[str, Any]) -> bool:
    return holds(condition, {name: values.get(name) for name in mentioned(condition)}, Decimal(0)) is True


def _values(sources: Sources, warning: Warning, source: Form | Mart, row: Row) -> dict[str, Any]:
    """The row's columns, of a form's record those the warning names as its cells say, and the warning's own figures."""
    return worked(warning, source, dict(row) if isinstance(source, Mart) else {**row, **_filed(sources, warning, source, row)})


def worked(warning: Warning, source: Form | Mart, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values and the warning's own figures of them; a line of a statement that may be left blank counts as 0 in these."""
    blank = {c.name for c in source.columns if c.item and not c.required}
    given = {name: Decimal(0) if name in blank and value is None else value for name, value in values.items()}
    exact = {name: evaluate(figure["formula"], given) for name, figure in rows.figures(warning).items()}
    return {**values, **{name: None if value is None else rounded(value, _WORKED) for name, value in exact.items()}}


def _filed(sources: Sources, warning: Warning, form: Form, record: Row) -> dict[str, Any]:
    wanted = (*rows.judged(warning, form), *rows.shown(warning))
    cells = [read_cell(sources, form, record, name) for name in dict.fromkeys(wanted) if name in form.by_name]
    return {cell.column.name: cell.value for cell in cells if cell.address}


def _earlier(sources: Sources, warning: Warning, source: Form | Mart, warned: Row, row: Row, mart: str) -> Row | None:
    """The row of the same key that this one is compared with."""
    if "compare" not in warning.parameters:
        return None
    other = compared_with(load_form(warning.judges[0]).calendar, parse_period(warned["period"]), warning.parameters["compare"])
    if other is None:
        return None
    key = {name: row[name] for name in source.key if row.get(name) is not None} | {"period": str(other)}
    return next(iter(found(sources, source, key, mart)), None)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """A line's values; a text that is a figure is one."""
    return {name: Decimal(v) if isinstance(v, str) and _FIGURE.fullmatch(v) else v for name, v in values.items()}
