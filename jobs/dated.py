"""Dated records (the registry) as they stand on the last day of each period."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def valid_on(dated: DataFrame, days: DataFrame) -> DataFrame:
    """Dated records under each period (`days`: at, period_end): the last that began by then, unless it had ended."""
    known = dated.drop("period", "scope").join(F.broadcast(days), F.expr("valid_from <= period_end"))
    newest = Window.partitionBy("at", "unit_id").orderBy(F.desc("valid_from"), F.desc("_batch"), F.desc("_row"))
    kept = known.withColumn("nth", F.row_number().over(newest)).where("nth = 1 AND (valid_to IS NULL OR valid_to > period_end)")
    return kept.drop("nth").withColumnRenamed("at", "period")
