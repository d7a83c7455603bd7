"""Warnings 红 黄 蓝: what the marts say, held against the dated lines of each unit's supervisor, class and industry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs import subjects
from jobs.inputs import Parameters, values
from schemas.period import parse_period

LEVELS = ("蓝", "黄", "红")
_LINE = {"warning_id": "text", "rank": "integer", "line_supervisor": "text", "line_class": "text", "low": "text", "high": "text",
         "valid_from": "date", "valid_to": "date", "line": "figure", "count_line": "integer", "also": "boolean", "line_state": "text"}  # fmt: skip
_FITS = """valid_from <= period_end AND (valid_to IS NULL OR period_end < valid_to)
    AND line_supervisor IN ('*', supervisor) AND line_class IN ('*', function_class)
    AND (low = '*' OR substr(industry, 1, 2) BETWEEN low AND high)"""
_SPECIFIC = "(line_supervisor <> '*', line_class <> '*', low <> '*')"
_FIRES = """CASE kind WHEN 'finding' THEN true
    WHEN 'line' THEN CASE direction WHEN 'above' THEN number > line ELSE number >= line END
    WHEN 'streak' THEN tally >= count_line OR (also AND flag)
    WHEN 'change' THEN other - number >= other * CAST(line AS DECIMAL(9,4)) OR (also AND flag)
    WHEN 'missing' THEN state = line_state AND tally >= count_line END"""


def warning(
    statement: DataFrame, indicator_value: DataFrame, submission_coverage: DataFrame, relation_finding: DataFrame,
    enterprise_tree: DataFrame, parameters: Parameters, as_of: date,
) -> DataFrame:  # fmt: skip
    """One row a warning rule, unit, period and scope whose gravest line holds. Nothing that is not in force is judged."""
    coverage = submission_coverage.withColumn("as_of", F.lit(as_of))
    labels = values(statement, dict.fromkeys(("form", "column", "title", "form_title"), "text"), _labels(parameters))
    found = []
    for rule in parameters.warnings:
        match rule.kind:
            case "line":
                found.append(subjects.of_line(rule, statement, indicator_value))
            case "streak":
                found.append(subjects.of_streak(rule, indicator_value, parameters))
            case "change":
                found.append(subjects.of_change(rule, statement))
            case "missing":
                found.append(subjects.of_missing(rule, coverage))
            case "finding":
                found.append(subjects.of_finding(rule, relation_finding, labels))
    judged = _judged(reduce(DataFrame.unionByName, found), enterprise_tree, submission_coverage, parameters)
    return judged.select(
        "warning_id", *subjects.PLACE, "level", "title", "domain", "unit_name", "supervisor", _message(), "value", "line", "judges",
        "label", F.to_json("evidence").alias("evidence"), "maturity", "owner", "source",
    )  # fmt: skip


def _judged(subject: DataFrame, tree: DataFrame, coverage: DataFrame, parameters: Parameters) -> DataFrame:
    own = tree.where("depth = 0").select("period", "unit_id", "unit_name", "supervisor", "function_class", "industry")
    fitting = (
        subject.join(F.broadcast(_ends(subject, parameters)), "period")
        .join(F.broadcast(values(subject, _LINE, _lines(parameters))), "warning_id")
        .join(own, ["period", "unit_id"], "left")
        .where(_FITS)
        .join(F.broadcast(_described(subject, parameters)), "warning_id")
    )
    key = [F.col(c) for c in ("warning_id", *subjects.PLACE)]
    nearest = Window.partitionBy(*key, "rank", "line_state").orderBy(F.expr(_SPECIFIC).desc())
    gravest = Window.partitionBy(*key).orderBy(F.desc("rank"))
    fired = fitting.withColumn("nth", F.row_number().over(nearest)).where("nth = 1").where(_FIRES)
    one = fired.withColumn("nth", F.row_number().over(gravest)).where("nth = 1")
    known = one.join(_covered(coverage, parameters), list(subjects.PLACE), "left")
    return known.withColumn("level", F.expr(f"element_at(array({', '.join(repr(x) for x in LEVELS)}), CAST(rank AS INT))")).withColumns(
        {"unit_name": F.expr("coalesce(unit_name, listed_name, unit_id)"), "value": F.expr("coalesce(shown, number, tally)")}
    )


def _covered(coverage: DataFrame, parameters: Parameters) -> DataFrame:
    """Name, label and maturity of what was reported under one unit, period and scope."""
    labels = [(form.name, form.label) for form in parameters.forms.values()]
    named = coverage.join(F.broadcast(values(coverage, {"form": "text", "label": "text"}, labels)), "form")
    return named.groupBy(*subjects.PLACE).agg(
        F.max("unit_name").alias("listed_name"), F.max("label").alias("label"),
        F.expr("CASE WHEN max(maturity = '迟报') THEN '迟报' WHEN max(maturity = '暂定') THEN '暂定' ELSE '确定' END").alias("maturity"),
    )  # fmt: skip


def _ends(like: DataFrame, parameters: Parameters) -> DataFrame:
    periods = sorted({p for known in parameters.periods.values() for p in known})
    return values(like, {"period": "text", "period_end": "date"}, [(p, parse_period(p).end) for p in periods])


def _lines(parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    for rule in parameters.warnings:
        for line in rule.lines:
            given = line.values
            low, _, high = line.industry.partition("-")
            number = given.get("line", given.get("fall"))
            yield (
                rule.id, LEVELS.index(line.level) + 1, line.supervisor, line.function_class, low, high or low, line.valid_from,
                line.valid_to, None if number is None else Decimal(str(number)), given.get("periods", given.get("days")),
                bool(given.get("year_before") or given.get("turns_negative")), given.get("state"),
            )  # fmt: skip


def _described(like: DataFrame, parameters: Parameters) -> DataFrame:
    columns = ("warning_id", "kind", "direction", "title", "domain", "template", "judges", "form_title", "owner", "source", "unit")
    units = {indicator.id: indicator.unit for indicator in parameters.indicators}
    rows = [
        (w.id, w.kind, w.parameters.get("direction"), w.title, w.domain, w.message, ";".join(w.judges),
         parameters.forms[w.judges[0]].title, w.owner, w.source, units.get(w.parameters.get("indicator", ""), ""))
        for w in parameters.warnings
    ]  # fmt: skip
    return values(like, dict.fromkeys(columns, "text"), rows)


def _labels(parameters: Parameters) -> Iterator[tuple[str, str, str | None, str]]:
    for form in parameters.forms.values():
        yield form.name, "", None, form.title
        yield from ((form.name, column.name, column.label, form.title) for column in form.columns)


def _message() -> F.Column:
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
    message = "template"
    for place, sql in said.items():
        message = f"replace({message}, '{{{place}}}', coalesce({sql}, '（空）'))"
    return F.expr(message).alias("message")
