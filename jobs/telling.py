"""How figures are written in the texts that Spark makes: `schemas.words.figure` as SQL."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.codes import code_list
from schemas.column import Column
from schemas.load import forms

# A list with more names than this is told by its codes.
_FEW = 400


def figure_sql(value: str, unit: str) -> str:
    """SQL of a figure's text; `unit` is SQL too."""
    return f"CASE {unit} WHEN '%' THEN {_percent(value)} WHEN '' THEN {_plain(value)} ELSE concat({_plain(value)}, ' ', {unit}) END"


def _percent(value: str) -> str:
    return f"concat(format_number(CAST(round(({value}) * 100, 2) AS DECIMAL(30,2)), '#,##0.00'), '%')"


def _plain(value: str) -> str:
    return f"format_number(CAST({value} AS DECIMAL(28,8)), '#,##0.########')"


def unit_of(column: Column) -> str:
    """In what a column's figures are told: money in 元, ratios in per cent."""
    return column.unit or {"amount": "元", "sum": "元", "ratio": "%"}.get(column.type, "")


def told(value: str, column: Column) -> str:
    """SQL of a column's value as a person reads it: figures with their unit, codes and forms by name, 是 or 否."""
    if column.name == "form":
        return _named(value, {form.name: form.title for form in forms()})
    match column.type:
        case "amount" | "sum" | "figure" | "ratio" | "quantity" | "integer":
            unit = unit_of(column)
            return _percent(value) if unit == "%" else f"concat({_plain(value)}, '{f' {unit}' if unit else ''}')"
        case "boolean":
            return f"CASE WHEN {value} THEN '是' WHEN NOT {value} THEN '否' END"
        case "code":
            names = {c.code: c.name for c in code_list(column.codes) if c.code != c.name}
            return _named(value, names) if len(names) <= _FEW else value
    return f"CAST({value} AS STRING)"


def _named(value: str, names: Mapping[str, str]) -> str:
    whens = " ".join(f"WHEN {_text(code)} THEN {_text(name)}" for code, name in names.items())
    return f"CASE {value} {whens} ELSE {value} END" if whens else value


def _text(plain: str) -> str:
    return "'" + plain.replace("\\", "\\\\").replace("'", "\\'") + "'"
