"""Payments that were cut up: same payer, same payee, close together, each below the line and together at least it."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.dated import largest, parameter
from jobs.inputs import Parameters

SPLIT = ("split_group", "split_count", "split_sum", "split_last")
_PAIR = ("unit_id", "payee_key")
_SUM = "aggregate(near, CAST(0 AS DECIMAL(28,4)), (total, one) -> CAST(total + one.amount AS DECIMAL(28,4)))"


def with_split(paid: DataFrame, parameters: Parameters) -> DataFrame:
    """Adds `split_group` (the number of its first payment), `split_count`, `split_sum`, `split_last` to the payments of a group.

    Windows that share a payment are one group. Needs payment_no, paid_at, amount, line and whether it counts.
    """
    days, least = (parameter(parameters, name, "paid_at", "INT") for name in ("split_days", "split_count"))
    widest = largest(parameters, "split_days")
    by_day = Window.partitionBy(*_PAIR).orderBy("day_no")
    back, ahead = by_day.rangeBetween(1 - widest, 0), by_day.rangeBetween(0, widest - 1)
    below = (
        paid.withColumn("day_no", F.expr("datediff(paid_at, DATE'2000-01-01')"))
        .withColumn("part", F.expr("CASE WHEN counts AND amount < line THEN struct(day_no, amount) END"))
        .withColumn("near", F.collect_list("part").over(back))
        .withColumn("near", F.expr(f"filter(near, one -> one.day_no > day_no - {days})"))
    )
    fits = f"part IS NOT NULL AND size(near) >= {least} AND {_SUM} >= line"
    reached = below.withColumn("from_day", F.expr(f"CASE WHEN {fits} THEN day_no - {days} + 1 END"))
    first = reached.withColumn("from_day", F.min("from_day").over(ahead))
    return _groups(first.withColumn("cut", F.expr("part IS NOT NULL AND coalesce(from_day <= day_no, false)"))).drop(
        "day_no", "part", "near", "from_day", "cut", "starts", "nth_group"
    )


def _groups(paid: DataFrame) -> DataFrame:
    """A payment starts a group unless the window it is in reaches back to the one before."""
    among = Window.partitionBy(*_PAIR, "cut").orderBy("day_no", "payment_no")
    group = Window.partitionBy(*_PAIR, "cut", "nth_group")
    ordered = group.orderBy("day_no", "payment_no")
    numbered = paid.withColumn(
        "starts", F.coalesce(F.lag("day_no").over(among) < F.col("from_day"), F.lit(True)).cast("int")
    ).withColumn("nth_group", F.sum("starts").over(among))
    given = {
        "split_group": F.first("payment_no").over(ordered), "split_count": F.count("*").over(group),
        "split_sum": F.sum("amount").over(group), "split_last": F.lead("payment_no").over(ordered).isNull(),
    }  # fmt: skip
    return numbered.withColumns({name: F.when(F.col("cut"), value) for name, value in given.items()})
