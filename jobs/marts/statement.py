"""Every figure in force, one row a figure: what all indicators and warnings are computed from."""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters, united, values
from schemas.column import Column
from schemas.contract import MEASURES, Form

NUMBERS = ("amount", "quantity", "ratio", "integer")
_PLACE = ("unit_id", "period", "scope", "_batch", "_submission", "_row", "_source")


def statement(parameters: Parameters, **forms: DataFrame) -> DataFrame:
    """One row a figure that is filled in: form, unit, period, scope, item, measure. `field` is its column in silver."""
    kinds = {item.name: item.kind for form in parameters.forms.values() for item in form.items}
    return united(_long(parameters.forms[name], frame, kinds) for name, frame in forms.items())


def figures(form: Form, kinds: dict[str, str]) -> Iterator[tuple[Column, str, str]]:
    """Columns of a form that are figures, each with its item and measure.

    A form without a grid prints one figure a line: of the period for a flow, at its end for a stock, known from the
    line of the same name in a grid; lines no grid knows are taken as most of their form's lines are. A column that is named
    as a grid's would be is that grid's item and measure.
    """
    cells = {f"{item}_{measure}": (item, measure) for item, kind in kinds.items() for measure in MEASURES[kind]}
    numbers = [c for c in form.columns if c.type in NUMBERS and not c.key]
    known = [kinds[c.name] for c in numbers if c.name in kinds]
    usual = "F" if known.count("F") > known.count("S") else "S"
    for column in numbers:
        if column.item:
            yield column, column.item, column.measure
        elif column.name in cells:
            yield column, *cells[column.name]
        else:
            yield column, column.name, "ytd" if kinds.get(column.name, usual) == "F" else "closing"


def _long(form: Form, frame: DataFrame, kinds: dict[str, str]) -> DataFrame:
    described = [(c.name, item, measure, c.label, c.unit, c.grade) for c, item, measure in figures(form, kinds)]
    structs = ", ".join(f"named_struct('field', '{d[0]}', 'value', CAST(`{d[0]}` AS DECIMAL(28,8)))" for d in described)
    texts = dict.fromkeys(("field", "item", "measure", "title", "unit", "grade"), "text")
    return (
        frame.selectExpr(*_PLACE, f"inline(array({structs}))")
        .where("value IS NOT NULL")
        .join(F.broadcast(values(frame, texts, described)), "field")
        .select(F.lit(form.name).alias("form"), *_PLACE[:3], "item", "measure", "field", "title", "value", "unit",
                F.lit(form.label).alias("label"), "grade", *_PLACE[3:])
    )  # fmt: skip
