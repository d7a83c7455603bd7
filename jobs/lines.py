"""What is declared of warnings, as frames: their dated lines, their words, and the sentence that a warning says."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters, values

LEVELS = ("蓝", "黄", "红")
_LINE = {
    **dict.fromkeys(("warning_id", "line_supervisor", "line_class", "low", "high", "line_state"), "text"), "rank": "integer",
    "valid_from": "date", "valid_to": "date", "line": "figure", "count_line": "integer", "also": "boolean",
}  # fmt: skip


def lines(like: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a line; `rank` grows with the level. `also`: the second way to fire that a kind has."""
    return values(like, _LINE, _lines(parameters))


def _lines(parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    for rule in parameters.warnings:
        for line in rule.lines:
            given = line.values
            low, _, high = line.industry.partition("-")
            number = given.get("line", given.get("fall"))
            yield (
                rule.id, line.supervisor, line.function_class, low, high or low, given.get("state"), LEVELS.index(line.level) + 1,
                line.valid_from, line.valid_to, None if number is None else Decimal(str(number)),
                given.get("periods", given.get("days")), bool(given.get("year_before") or given.get("turns_negative")),
            )  # fmt: skip


def described(like: DataFrame, parameters: Parameters) -> DataFrame:
    columns = ("warning_id", "kind", "direction", "title", "domain", "template", "judges", "form_title", "owner", "source", "unit")
    units = {indicator.id: indicator.unit for indicator in parameters.indicators}
    rows = [
        (w.id, w.kind, w.parameters.get("direction"), w.title, w.domain, w.message, ";".join(w.judges),
         parameters.forms[w.judges[0]].title, w.owner, w.source, units.get(w.parameters.get("indicator", ""), ""))
        for w in parameters.warnings
    ]  # fmt: skip
    return values(like, dict.fromkeys(columns, "text"), rows)


def labels(like: DataFrame, parameters: Parameters) -> DataFrame:
    """What a column of a form is called; column "" is the form as a whole."""
    return values(like, dict.fromkeys(("form", "column", "title", "form_title"), "text"), _labels(parameters))


def _labels(parameters: Parameters) -> Iterator[tuple[str, str, str | None, str]]:
    for form in parameters.forms.values():
        yield form.name, "", None, form.title
        yield from ((form.name, column.name, column.label, form.title) for column in form.columns)


def message() -> Column:
    def percent(sql: str) -> str:
        return f"concat(CAST(CAST(round(({sql}) * 100, 2) AS DECIMAL(30,2)) AS STRING), '%')"

    def shown(sql: str) -> str:
        return f"CASE WHEN unit = '%' THEN {percent(sql)} ELSE CAST(CAST({sql} AS DECIMAL(30,2)) AS STRING) END"

    tally = "CAST(tally AS STRING)"
    said = {
        "unit_name": "unit_name", "period": "period", "value": shown("number"), "line": shown("line"), "shown": percent("shown"),
        "periods": tally, "days": tally, "count": tally, "now": shown("number"), "base": shown("other"),
        "fall": percent("(other - number) / nullif(other, 0)"), "label": "subject_label", "form": "form_title",
        "due": "CAST(due_on AS STRING)", "state": "CASE state WHEN 'late' THEN '迟报' ELSE '未报' END",
    }  # fmt: skip
    said_so = "template"
    for place, sql in said.items():
        said_so = f"replace({said_so}, '{{{place}}}', coalesce({sql}, '（空）'))"
    return F.expr(said_so).alias("message")
