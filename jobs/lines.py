"""What is declared of warnings, as frames: their dated lines, their words, and the sentence that a warning says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from expectations.predicate import constant
from jobs.inputs import Parameters, values
from jobs.telling import figure_sql, unit_of
from schemas.delivered import Line, Warning
from schemas.load import readable
from schemas.rows import Reading
from schemas.words import figure

LEVELS = ("蓝", "黄", "红")
_LINE = {
    **dict.fromkeys(("warning_id", "line_supervisor", "line_class", "low", "high", "line_state", "line_case", "template"), "text"),
    "rank": "integer", "line_no": "integer", "valid_from": "date", "valid_to": "date", "line": "figure", "count_line": "integer",
    "also": "boolean",
}  # fmt: skip


def lines(like: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a line; `rank` grows with the level. `also`: the second way to fire that a kind has.

    Lines of one level and `line_case` are one line for different units; `template`: the message with the line's own values said.
    """
    return values(like, _LINE, _lines(parameters))


def _lines(parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    for rule in parameters.warnings:
        unit = _unit(rule, parameters)
        for line_no, line in enumerate(rule.lines):
            # A row warning's values are names of its own.
            given = line.values if rule.kind != "row" else {k: v for k, v in line.values.items() if k == "line"}
            low, _, high = line.industry.partition("-")
            number = given.get("line", given.get("fall"))
            yield (
                rule.id, line.supervisor, line.function_class, low, high or low, given.get("state"), given.get("state", line.when),
                _template(rule, line, unit), LEVELS.index(line.level) + 1, line_no, line.valid_from, line.valid_to,
                None if number is None else Decimal(str(number)), given.get("periods", given.get("days")),
                bool(given.get("year_before") or given.get("turns_negative")),
            )  # fmt: skip


def _template(rule: Warning, line: Line, unit: str) -> str:
    """The message; of a row warning with the line's own values filled in, `line` in the unit of the value shown."""
    said = line.message or rule.message
    for name, value in line.values.items() if rule.kind == "row" else ():
        known = constant(value).value
        told = figure(known, unit if name == "line" else "") if isinstance(known, Decimal) else str(value)
        said = said.replace(f"{{{name}}}", told)
    return said


def described(like: DataFrame, parameters: Parameters) -> DataFrame:
    columns = ("warning_id", "kind", "direction", "title", "domain", "judges", "form_title", "owner", "source", "unit")
    rows = [
        (w.id, w.kind, w.parameters.get("direction"), w.title, w.domain, ";".join(w.judges),
         parameters.forms[w.judges[0]].title, w.owner, w.source, _unit(w, parameters))
        for w in parameters.warnings
    ]  # fmt: skip
    return values(like, dict.fromkeys(columns, "text"), rows)


def _unit(warning: Warning, parameters: Parameters) -> str:
    """Of the value shown."""
    given = warning.parameters
    match warning.kind:
        case "row" if "value" in given:
            return unit_of(Reading(warning, parameters.forms.get(given["reads"]) or readable(given["reads"])).by_name[given["value"]])
        case "change":
            return unit_of(parameters.forms[warning.judges[0]].by_name[given["now"]])
    return next((i.unit for i in parameters.indicators if i.id == given.get("indicator")), "")


def labels(like: DataFrame, parameters: Parameters) -> DataFrame:
    """What a column of a form is called; column "" is the form as a whole."""
    return values(like, dict.fromkeys(("form", "column", "title", "form_title"), "text"), _labels(parameters))


def _labels(parameters: Parameters) -> Iterator[tuple[str, str, str | None, str]]:
    for form in parameters.forms.values():
        yield form.name, "", None, form.title
        yield from ((form.name, column.name, column.label, form.title) for column in form.columns)


def message() -> Column:
    """The sentence of one warning: `template` with its placeholders filled in; a row says the rest of itself (`said`)."""
    every = {"unit_name": "unit_name", "period": "period", "value": figure_sql("number", "unit")}
    tally = "format_number(tally, '#,##0')"
    said = {
        **every, "line": figure_sql("line", "unit"), "now": figure_sql("number", "unit"), "base": figure_sql("other", "unit"),
        "shown": figure_sql("shown", "'%'"), "periods": tally, "days": tally, "count": tally,
        "fall": figure_sql("(other - number) / nullif(other, 0)", "'%'"), "label": "subject_label", "form": "form_title",
        "due": "CAST(due_on AS STRING)", "state": "CASE state WHEN 'late' THEN '迟报' ELSE '未报' END",
    }  # fmt: skip
    entries = "coalesce(map_entries(said), CAST(array() AS ARRAY<STRUCT<key: STRING, value: STRING>>))"
    each = "replace(t, concat('{', e.key, '}'), coalesce(e.value, '（空）'))"
    of_row = f"aggregate({entries}, {_filled(every)}, (t, e) -> {each})"
    return F.expr(f"CASE kind WHEN 'row' THEN {of_row} ELSE {_filled(said)} END").alias("message")


def _filled(said: Mapping[str, str]) -> str:
    text = "template"
    for place, sql in said.items():
        text = f"replace({text}, '{{{place}}}', coalesce({sql}, '（空）'))"
    return text
