"""Warnings 红 黄 蓝: what the marts say, held against the dated lines of each unit's supervisor, class and industry."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs import subjects
from jobs.dated import PERIOD_END, TREE_PERIOD
from jobs.inputs import Parameters, united, values
from jobs.lines import LEVELS, described, labels, lines, message
from schemas.delivered import Warning
from schemas.rows import PLACE

_FITS = """valid_from <= period_end AND (valid_to IS NULL OR period_end < valid_to)
    AND line_supervisor IN ('*', supervisor) AND line_class IN ('*', function_class)
    AND (low = '*' OR substr(industry, 1, 2) BETWEEN low AND high)"""
# The narrower of two ranges of industries; of two alike the first.
_SPECIFIC = """(line_supervisor <> '*', line_class <> '*', low <> '*',
    coalesce(try_cast(low AS INT) - try_cast(high AS INT), 0), -line_no)"""
_FIRES = """CASE kind WHEN 'finding' THEN true
    WHEN 'line' THEN CASE direction WHEN 'above' THEN number > line ELSE number >= line END
    WHEN 'streak' THEN tally >= count_line OR (also AND flag)
    WHEN 'change' THEN other - number >= other * CAST(line AS DECIMAL(9,4)) OR (also AND flag)
    WHEN 'missing' THEN state = line_state AND tally >= count_line
    WHEN 'row' THEN array_contains(fired, CAST(line_no AS INT)) END"""


def warning(
    statement: DataFrame, indicator_value: DataFrame, submission_coverage: DataFrame, relation_finding: DataFrame,
    enterprise_tree: DataFrame, parameters: Parameters, as_of: date, **read: DataFrame,
) -> DataFrame:  # fmt: skip
    """One row a warning rule, unit, period, scope and subject whose gravest line holds. Nothing that is not in force is judged.

    `read`: the marts and forms that row warnings read, beside those named.
    """
    read |= {"statement": statement, "indicator_value": indicator_value, "submission_coverage": submission_coverage,
             "relation_finding": relation_finding, "enterprise_tree": enterprise_tree}  # fmt: skip
    coverage = submission_coverage.withColumn("as_of", F.lit(as_of))
    called = labels(statement, parameters)
    found = []
    for rule in _with_data(parameters):
        match rule.kind:
            case "line":
                found.append(subjects.of_line(rule, statement, indicator_value, parameters))
            case "streak":
                found.append(subjects.of_streak(rule, statement, indicator_value, parameters))
            case "change":
                found.append(subjects.of_change(rule, statement))
            case "missing":
                found.append(subjects.of_missing(rule, coverage))
            case "finding":
                found.append(subjects.of_finding(rule, relation_finding, called))
            case "row":
                found.append(subjects.of_row(rule, read[rule.parameters["reads"]], parameters, as_of))
    judged = _judged(united(found), enterprise_tree, submission_coverage, parameters)
    return judged.select(
        "warning_id", *PLACE, "subject", "level", "title", "domain", "unit_name", "supervisor", message(), "value", "line", "judges",
        "label", F.to_json("evidence").alias("evidence"), "maturity", "owner", "source",
    )  # fmt: skip


def _with_data(parameters: Parameters) -> tuple[Warning, ...]:
    """Warnings of forms of which anything was ever entered; where nothing was, one, which finds nothing."""
    known = [w for w in parameters.warnings if any(parameters.periods.get(name) for name in w.judges)]
    return tuple(known) or parameters.warnings[:1]


def _judged(subject: DataFrame, tree: DataFrame, coverage: DataFrame, parameters: Parameters) -> DataFrame:
    own = tree.where("depth = 0").selectExpr("period AS tree_period", "unit_id", "unit_name", "supervisor", "function_class", "industry")
    fitting = (
        subject.withColumns({"period_end": F.expr(PERIOD_END), "tree_period": F.expr(TREE_PERIOD)})
        .join(F.broadcast(lines(subject, parameters)), "warning_id")
        .join(own, ["tree_period", "unit_id"], "left")
        .where(_FITS)
        .join(F.broadcast(described(subject, parameters)), "warning_id")
    )
    key = [F.col(c) for c in ("warning_id", *PLACE, "subject")]
    nearest = Window.partitionBy(*key, "rank", "line_case").orderBy(F.expr(_SPECIFIC).desc())
    gravest = Window.partitionBy(*key).orderBy(F.desc("rank"), "line_no")
    fired = fitting.withColumn("nth", F.row_number().over(nearest)).where("nth = 1").where(_FIRES)
    one = fired.withColumn("nth", F.row_number().over(gravest)).where("nth = 1")
    known = one.join(_covered(coverage, parameters), ["warning_id", *PLACE], "left")
    return known.withColumn("level", F.expr(f"element_at(array({', '.join(repr(x) for x in LEVELS)}), CAST(rank AS INT))")).withColumns({
        "unit_name": F.expr("coalesce(unit_name, listed_name, unit_id)"), "value": F.expr("coalesce(shown, number, tally)"),
        "maturity": F.expr("coalesce(maturity, reported, '确定')"),
    })  # fmt: skip


def _covered(coverage: DataFrame, parameters: Parameters) -> DataFrame:
    """Name, label and maturity of what a unit reported, of the forms a warning judges, under one period and scope."""
    judged = [(w.id, name, parameters.forms[name].label) for w in parameters.warnings for name in w.judges if name in parameters.forms]
    named = coverage.join(F.broadcast(values(coverage, dict.fromkeys(("warning_id", "form", "label"), "text"), judged)), "form")
    return named.groupBy("warning_id", *PLACE).agg(
        F.max("unit_name").alias("listed_name"), F.max("label").alias("label"),
        F.expr("CASE WHEN max(maturity = '迟报') THEN '迟报' WHEN max(maturity = '暂定') THEN '暂定' ELSE '确定' END").alias("reported"),
    )  # fmt: skip
