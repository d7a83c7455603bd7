"""The reporting work of every unit, form and period: in time, right at once, returned, and the published score."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.dated import PERIOD_END, parameter
from jobs.inputs import Parameters
from jobs.recorded import declared, quotient

_KEY = ("form", "unit_id", "period", "scope")
_COUNTS = ("expected", "received", "late", "excluded", "missing", "on_time", "late_half_days", "first_pass", "submitted",
           "returned", "wrong")  # fmt: skip
_MATURITY = """CASE WHEN max(maturity = '未到期') THEN '未到期' WHEN max(maturity = '迟报') THEN '迟报'
    WHEN max(maturity = '暂定') THEN '暂定' ELSE '确定' END"""
_DEDUCTED = "late_half_days * {score_late} + missing * {score_missing} + wrong * {score_wrong}"


def reporting_work(submission_coverage: DataFrame, entry: DataFrame, enterprise_tree: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a form, unit and period: its own reports (`single`, all its statements together), and of every group and
    supervisor the sum over the units it manages (`aggregate`); forms somebody is expected to file.

    A day late is two half days; a missing report counts as missing, not as late. `wrong` counts errors of all its tries.
    """
    asked = [form.name for form in parameters.forms.values() if form.calendar.reporters != "none"]
    reports = submission_coverage.where(F.col("form").isin(asked)).join(_tries(entry), list(_KEY), "left")
    own = _own(reports).withColumn("scope", F.lit("single"))
    scored = _scored(own.unionByName(_summed(own, enterprise_tree).withColumn("scope", F.lit("aggregate"))), parameters)
    return declared(scored.withColumns({
        "timeliness": quotient("on_time / expected"), "first_pass_rate": quotient("first_pass / received"),
    }), "reporting_work")  # fmt: skip


def _tries(entry: DataFrame) -> DataFrame:
    """Of every report: how often it was sent, returned, the errors of all tries, and whether the first was right."""
    first = entry.where("turn = 0")
    return first.groupBy(*_KEY).agg(
        F.count("*").alias("submitted"), F.expr("count_if(state = 'returned')").alias("returned"), F.sum("errors").alias("wrong"),
        F.expr("min_by(errors = 0 AND state <> 'returned', id)").alias("right_at_once"),
    )  # fmt: skip


def _own(reports: DataFrame) -> DataFrame:
    counted = {
        **dict.fromkeys(("expected", "received", "late", "excluded", "missing"), ""), "on_time": "expected AND received AND NOT late",
        "first_pass": "received AND right_at_once",
    }  # fmt: skip
    late = "coalesce(sum(CASE WHEN late THEN 2 * datediff(received_on, due_on) END), 0)"
    return reports.groupBy("form", "unit_id", "period").agg(
        F.max("unit_name").alias("unit_name"), F.max("supervisor").alias("supervisor"), F.expr(_MATURITY).alias("maturity"),
        *(F.expr(f"count_if({sql or name})").alias(name) for name, sql in counted.items()), F.expr(late).alias("late_half_days"),
        *(F.expr(f"coalesce(sum({name}), 0)").alias(name) for name in ("submitted", "returned", "wrong")),
    )  # fmt: skip


def _summed(own: DataFrame, tree: DataFrame) -> DataFrame:
    heads = tree.groupBy("period", "ancestor_id").agg(F.count("*").alias("units"), F.max("is_supervisor").alias("above"))
    nodes = heads.where("units > 1 OR above").select("period", "ancestor_id")
    inside = tree.join(nodes, ["period", "ancestor_id"]).select("period", "ancestor_id", "ancestor_name", "unit_id")
    return inside.join(own.drop("unit_name", "supervisor"), ["period", "unit_id"]).groupBy(
        "form", "period", F.col("ancestor_id").alias("unit_id"), F.col("ancestor_name").alias("unit_name")
    ).agg(
        F.lit("").alias("supervisor"), F.expr(_MATURITY).alias("maturity"), *(F.sum(c).alias(c) for c in _COUNTS)
    )  # fmt: skip


def _scored(counted: DataFrame, parameters: Parameters) -> DataFrame:
    """The deductions of the published scoring; a group's are those of its units over what was expected of them."""
    names = ("score_late", "score_missing", "score_wrong", "score_full")
    points = {name: parameter(parameters, name, "period_end", "DECIMAL(9,4)") for name in names}
    steps = {
        "period_end": PERIOD_END, "deducted": _DEDUCTED.format(**points),
        "shared_by": "CASE scope WHEN 'aggregate' THEN expected ELSE 1 END",
        "score": f"CASE WHEN expected > 0 THEN greatest({points['score_full']} - deducted / shared_by, 0) END",
    }  # fmt: skip
    return reduce(lambda frame, step: frame.withColumn(step[0], F.expr(step[1])), steps.items(), counted)
