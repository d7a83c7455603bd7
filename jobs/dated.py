"""Dated records (the registry, lists) as they stand on the last day of each period."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

# SQL over a column `period`: its last day; and the period whose tree places it (an event's month).
PERIOD_END = """CASE length(period) WHEN 4 THEN make_date(CAST(period AS INT), 12, 31) WHEN 10 THEN CAST(period AS DATE)
    WHEN 6 THEN last_day(make_date(CAST(left(period, 4) AS INT), 3 * CAST(right(period, 1) AS INT), 1))
    ELSE last_day(CAST(concat(period, '-01') AS DATE)) END"""
TREE_PERIOD = "CASE length(period) WHEN 10 THEN left(period, 7) ELSE period END"


def valid_on(dated: DataFrame, days: DataFrame, own_key: Sequence[str] = ()) -> DataFrame:
    """Dated records under each period (`days`: at, period_end): the last that began by then, unless it had ended.

    One a unit, or one for each value of the form's own key.
    """
    known = dated.drop("period", "scope").join(F.broadcast(days), F.expr("valid_from <= period_end"))
    newest = Window.partitionBy("at", "unit_id", *own_key).orderBy(F.desc("valid_from"), F.desc("_batch"), F.desc("_row"))
    kept = known.withColumn("nth", F.row_number().over(newest)).where("nth = 1 AND (valid_to IS NULL OR valid_to > period_end)")
    return kept.drop("nth").withColumnRenamed("at", "period")
