"""Warnings 红 黄 蓝: what the marts say, held against the dated lines of each unit's supervisor, class and industry."""

from __future__ import annotations

from datetime import date
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs import subjects
from jobs.inputs import Parameters, values
from jobs.lines import LEVELS, described, labels, lines, message
from schemas.period import parse_period

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
    called = labels(statement, parameters)
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
                found.append(subjects.of_finding(rule, relation_finding, called))
    judged = _judged(reduce(DataFrame.unionByName, found), enterprise_tree, submission_coverage, parameters)
    return judged.select(
        "warning_id", *subjects.PLACE, "level", "title", "domain", "unit_name", "supervisor", message(), "value", "line", "judges",
        "label", F.to_json("evidence").alias("evidence"), "maturity", "owner", "source",
    )  # fmt: skip


def _judged(subject: DataFrame, tree: DataFrame, coverage: DataFrame, parameters: Parameters) -> DataFrame:
    own = tree.where("depth = 0").select("period", "unit_id", "unit_name", "supervisor", "function_class", "industry")
    fitting = (
        subject.join(F.broadcast(_ends(subject, parameters)), "period")
        .join(F.broadcast(lines(subject, parameters)), "warning_id")
        .join(own, ["period", "unit_id"], "left")
        .where(_FITS)
        .join(F.broadcast(described(subject, parameters)), "warning_id")
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
    ends = [(p, parse_period(p).end) for p in parameters.known_periods()]
    return values(like, {"period": "text", "period_end": "date"}, ends)
