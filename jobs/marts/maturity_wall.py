"""What falls due in each of the next twelve months, for units, groups and supervisors, against what is there to pay it."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.coverage import beside
from jobs.dues import BOND, unfunded
from jobs.inputs import Parameters
from jobs.recorded import declared
from jobs.rolled import nodes, rolled

_GRAIN = ("unit_id", "period", "months_ahead")
_SUMS = ("loans_due", "bonds_due", "unfunded", "source_unknown", "puttable", "guarantees_due")
_START = "to_date(concat(period, '-01'))"
_AHEAD = "12 * (year({day}) - CAST(substr(period, 1, 4) AS INT)) + month({day}) - CAST(substr(period, 6, 2) AS INT)"
_MONTHS = ", ".join(f"coalesce(due_m{month:02d}, 0)" for month in range(1, 13))
_SO_FAR = "aggregate(slice(dues, 1, {n}), CAST(0 AS DECIMAL(28,4)), (total, due) -> CAST(total + due AS DECIMAL(28,4)))"


def maturity_wall(
    financing: DataFrame, guarantee: DataFrame, debt_risk: DataFrame, submission_coverage: DataFrame, enterprise_tree: DataFrame,
    parameters: Parameters,
) -> DataFrame:  # fmt: skip
    """One row a unit (or `jg:` supervisor), month of report, scope and month ahead (1–12)."""
    parts = _loans(financing).unionByName(_guarantees(guarantee), True)
    units = parts.groupBy(*_GRAIN).agg(*(F.sum(c).alias(c) for c in _SUMS))
    known = nodes(enterprise_tree)
    above = rolled(units, enterprise_tree, known, _SUMS, within=["months_ahead"])
    every = units.withColumn("scope", F.lit("single")).unionByName(above.withColumn("scope", F.lit("aggregate")))
    cash = debt_risk.select("unit_id", "period", "scope", "unrestricted_cash")
    so_far = Window.partitionBy("unit_id", "period", "scope").orderBy("months_ahead")
    wall = (
        every.join(F.broadcast(known), ["unit_id", "period"], "left")
        .join(F.broadcast(cash), ["unit_id", "period", "scope"], "left")
        .withColumns({c: F.coalesce(c, F.lit(0)) for c in _SUMS})
        .withColumn("due_month", F.expr(f"date_format(add_months({_START}, months_ahead), 'yyyy-MM')"))
        .withColumn("due", F.expr("loans_due + bonds_due"))
        .withColumns({"due_to_date": F.sum("due").over(so_far), "unfunded_to_date": F.sum("unfunded").over(so_far)})
    )
    forms = [parameters.forms[name] for name in ("financing", "guarantee")]
    return declared(beside(wall, submission_coverage, enterprise_tree, forms), "maturity_wall")


def _loans(financing: DataFrame) -> DataFrame:
    """Loan by loan, month by month: what falls due, and how much of it no money is set aside for, which pays what comes first."""
    dues = financing.withColumn("dues", F.expr(f"array({_MONTHS})"))
    ahead = dues.withColumn("months_ahead", F.explode(F.expr("sequence(1, 12)"))).withColumn("due", F.expr("dues[months_ahead - 1]"))
    return ahead.selectExpr(
        *_GRAIN, f"CASE WHEN {BOND} THEN 0 ELSE due END AS loans_due", f"CASE WHEN {BOND} THEN due ELSE 0 END AS bonds_due",
        f"{unfunded(_SO_FAR.format(n='months_ahead'))} - {unfunded(_SO_FAR.format(n='months_ahead - 1'))} AS unfunded",
        "CASE WHEN repayment_source IS NULL AND coalesce(secured, 0) = 0 THEN due ELSE 0 END AS source_unknown",
        f"CASE WHEN {_AHEAD.format(day='put_on')} = months_ahead THEN balance ELSE 0 END AS puttable",
    )  # fmt: skip


def _guarantees(guarantee: DataFrame) -> DataFrame:
    ends = guarantee.withColumn("months_ahead", F.expr(_AHEAD.format(day="end_on"))).where("months_ahead BETWEEN 1 AND 12")
    return ends.selectExpr(*_GRAIN, "balance AS guarantees_due")
