"""Reform tasks of every month: overdue, behind their milestones, fallen back without a reason."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.dated import PERIOD_END
from jobs.recorded import declared, newest, places, quotient, with_maturity

_KEY = ("unit_id", "period", "task_id")
_OPEN = "status NOT IN ('已完成', '中止')"
# Days gone of the days planned, where a task has no milestones.
_GONE = "least(greatest(datediff(least(period_end, due_on), start_on), 0), days)"


def reform_progress(reform_task: DataFrame, reform_task_line: DataFrame, enterprise_tree: DataFrame, entry: DataFrame) -> DataFrame:
    """One row a task and month, as it stood at the month's end.

    Planned progress is the share of milestones that were due by then; of a task without milestones the share of its days.
    """
    known = with_maturity(newest(reform_task, *_KEY), entry, "reform_task").withColumn("period_end", F.expr(PERIOD_END))
    placed = known.join(F.broadcast(places(enterprise_tree)), ["period", "unit_id"], "left")
    named = placed.join(_milestones(reform_task_line), list(_KEY), "left")
    before = Window.partitionBy("unit_id", "task_id").orderBy("period")
    steps = {
        "unit_name": "registered_name", "open": _OPEN, "milestones": "coalesce(milestones, 0)",
        "overdue_days": "CASE WHEN open THEN greatest(datediff(period_end, due_on), 0) ELSE 0 END", "overdue": "overdue_days > 0",
        "days": "datediff(due_on, start_on)", "gone": _GONE,
    }  # fmt: skip
    made = named
    for name, sql in steps.items():
        made = made.withColumn(name, F.expr(sql))
    planned = F.when(F.col("milestones") > 0, quotient("milestones_due / milestones")).otherwise(
        F.coalesce(quotient("gone / days"), F.expr("CAST(period_end >= due_on AS INT)"))
    )
    compared = made.withColumns({"planned": planned, "previous_progress": F.lag("progress").over(before)})
    return declared(compared.withColumns({
        "behind": F.expr("CASE WHEN open THEN planned - progress ELSE 0 END"),
        "fell_back": F.expr("coalesce(progress < previous_progress AND delay_reason IS NULL, false)"),
        "achieved": quotient("(current - base) / (target - base)"),
    }), "reform_progress")  # fmt: skip


def _milestones(lines: DataFrame) -> DataFrame:
    """Milestones of a task: how many, due by the month's end, late, and the day of the first that is late."""
    late = "milestone_due <= period_end AND (milestone_done IS NULL OR milestone_done > period_end)"
    ended = newest(lines, *_KEY, "line_no").withColumn("period_end", F.expr(PERIOD_END))
    return ended.groupBy(*_KEY).agg(
        F.count("*").alias("milestones"), F.expr("count_if(milestone_due <= period_end)").alias("milestones_due"),
        F.expr("count_if(milestone_done <= period_end)").alias("milestones_done"), F.expr(f"count_if({late})").alias("milestones_late"),
        F.expr(f"min(CASE WHEN {late} THEN milestone_due END)").alias("first_late_on"),
    )  # fmt: skip
