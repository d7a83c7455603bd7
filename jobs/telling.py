"""How figures are written in the texts that Spark makes: `schemas.words.figure` as SQL."""

from __future__ import annotations

from schemas.codes import code_list
from schemas.contract import Column

# A list with more names than this is told by its codes.
_FEW = 400


def figure_sql(value: str, unit: str) -> str:
    """SQL of a figure's text; `unit` is SQL too."""
    percent = f"concat(format_number(CAST(round(({value}) * 100, 2) AS DECIMAL(30,2)), '#,##0.00'), '%')"
    plain = f"format_number(CAST({value} AS DECIMAL(28,8)), '#,##0.########')"
    return f"CASE WHEN {unit} = '%' THEN {percent} WHEN {unit} = '' THEN {plain} ELSE concat({plain}, ' ', {unit}) END"


def unit_of(column: Column) -> str:
    """In what a column's figures are told: money in 元, ratios in per cent."""
    return column.unit or {"amount": "元", "sum": "元", "ratio": "%"}.get(column.type, "")


def told(value: str, column: Column) -> str:
    """SQL of a column's value as a person reads it: figures with their unit, codes by name, 是 or 否."""
    match column.type:
        case "amount" | "sum" | "figure" | "ratio" | "quantity" | "integer":
            return figure_sql(value, f"'{unit_of(column)}'")
        case "boolean":
            return f"CASE WHEN {value} THEN '是' WHEN NOT {value} THEN '否' END"
        case "code":
            return _named(value, column.codes)
    return f"CAST({value} AS STRING)"


def _named(value: str, codes: str) -> str:
    names = {c.code: c.name for c in code_list(codes) if c.code != c.name}
    if not names or len(names) > _FEW:
        return value
    whens = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in names.items())
    return f"CASE {value} {whens} ELSE {value} END"
