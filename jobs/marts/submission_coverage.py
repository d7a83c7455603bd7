"""Who had to report what, and did: expected, received, late, excluded, missing, and how mature the figures are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.dated import TREE_PERIOD
from jobs.inputs import Parameters, Ruling
from jobs.reporters import days, listed, registered, ruled

_KEY = ("form", "unit_id", "period", "scope")
_MATURITY = """
    CASE WHEN NOT expected AND NOT received THEN '免报'
         WHEN received AND as_of < final_on THEN '暂定' WHEN received THEN '确定'
         WHEN as_of <= due_on THEN '未到期' ELSE '迟报' END"""


def submission_coverage(
    enterprise_tree: DataFrame, entry: DataFrame, parameters: Parameters, as_of: date, rulings: Sequence[Ruling] = ()
) -> DataFrame:
    """One row a form, unit, period and scope that was expected, excluded or received.

    Of a form nobody is expected to file: what stands. An exemption takes a unit out of the expected, an extension moves its due day.
    """
    asked = registered(enterprise_tree, parameters).unionByName(listed(enterprise_tree, parameters))
    unasked = F.col("form").isin([f.name for f in parameters.forms.values() if f.calendar.reporters == "none"])
    known = enterprise_tree.where("depth = 0").selectExpr("period AS tree_period", "unit_id", "unit_name AS name", "supervisor AS above")
    joined = (
        asked.join(_received(entry), list(_KEY), "full")
        .where(~unasked | F.col("received"))
        .withColumn("tree_period", F.expr(TREE_PERIOD))
        .join(known, ["tree_period", "unit_id"], "left")
        .withColumns({c: F.expr(f"coalesce({c}, false)") for c in ("expected", "received")})
        .withColumns({"unit_name": F.expr("coalesce(unit_name, name)"), "supervisor": F.expr("coalesce(supervisor, above, '')")})
        .join(F.broadcast(days(entry, parameters)), ["form", "period", "supervisor"], "left")
        .join(F.broadcast(ruled(entry, rulings)), ["form", "unit_id", "period"], "left")
        .withColumns({"expected": F.expr("expected AND exempt IS NULL"), "reason": F.expr("coalesce(exempt, reason)"),
                      "due_on": F.expr("coalesce(until, due_on)"), "final_on": F.expr("greatest(final_on, until)"), "as_of": F.lit(as_of)})
    )
    return joined.select(
        *_KEY, "unit_name", "supervisor", "expected", "received",
        F.expr("received AND coalesce(received_on > due_on, false)").alias("late"),
        F.expr("reason IS NOT NULL AND NOT expected").alias("excluded"),
        F.expr("expected AND NOT received AND coalesce(as_of > due_on, true)").alias("missing"),
        F.when(unasked, "不设应报名单").otherwise(F.expr("""
            CASE WHEN NOT expected THEN coalesce(reason, '不在应报范围') WHEN received THEN '' ELSE coalesce(state, '未收到') END"""))
        .alias("reason"), "due_on", F.col("received_on"), F.coalesce("receipts", F.lit("")).alias("receipts"),
        F.expr(_MATURITY).alias("maturity"),
    )  # fmt: skip


def _received(entry: DataFrame) -> DataFrame:
    """The standing entry of each key. A correction keeps the day of the first that was accepted."""
    stands, accepted = "state IN ('in force', 'to explain')", "state IN ('in force', 'to explain', 'superseded')"
    receipt = f"CASE WHEN {stands} THEN concat('R', lpad(CAST(submission AS STRING), 8, '0')) END"
    return entry.groupBy(*_KEY).agg(
        F.expr(f"max({stands})").alias("received"),
        F.expr(f"CAST(min(CASE WHEN {accepted} THEN received_on END) AS DATE)").alias("received_on"),
        F.expr(f"array_join(array_sort(collect_set({receipt})), ';')").alias("receipts"),
        F.expr("""CASE WHEN max(state = 'to review') THEN '待裁定' WHEN max(state = 'returned') THEN '已退回，待重报'
                       WHEN max(state = 'withdrawn') THEN '已撤回' ELSE '未生效' END""").alias("state"),
    )  # fmt: skip
