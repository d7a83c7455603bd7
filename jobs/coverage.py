"""How complete and how mature the reports are that figures rest on: counts beside a unit's own rows and beside summed ones."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.contract import Form

COUNTS = ("expected", "received", "late", "excluded")
_PLACE = ("unit_id", "period", "scope")
# The periods a report counts in: its own, and the month, quarter and year that hold it.
WITHIN = """explode(array_distinct(array_compact(array(period,
    CASE WHEN length(period) = 10 THEN substr(period, 1, 7) END,
    CASE WHEN length(period) >= 7 THEN concat(substr(period, 1, 4), 'Q', (CAST(substr(period, 6, 2) AS INT) + 2) DIV 3) END,
    substr(period, 1, 4))))) AS period"""
MATURITY = """CASE WHEN max(maturity = '未到期') THEN '未到期' WHEN max(expected AND NOT received) THEN '迟报'
    WHEN max(maturity = '暂定') THEN '暂定' ELSE '确定' END"""


def beside(frame: DataFrame, submission_coverage: DataFrame, enterprise_tree: DataFrame, forms: Iterable[Form]) -> DataFrame:
    """Rows of (unit_id, period, scope, …) with `expected, received, late, excluded` (reports) and `maturity` of the forms they rest on.

    A row of scope `aggregate` counts the single reports of its closure at period end, any other its unit's own of that scope.
    A report counts in every period that holds it: an event in its month, a month in its quarter. Of a form without
    expected reporters (`reporters: none`) what came is what was expected; where nothing is known, nothing was.
    """
    given = tuple(forms)
    reports = _reports(submission_coverage, given)
    places = frame.select(*_PLACE).distinct()
    own = places.where("scope <> 'aggregate'").join(
        reports.withColumnRenamed("scope", "filed"), ["unit_id", "period"]
    ).where("filed IS NULL OR filed = scope")  # fmt: skip
    closure = enterprise_tree.select("period", F.col("ancestor_id").alias("node"), "unit_id")
    single = reports.where("scope IS NULL OR scope = 'single'").drop("scope")
    summed = places.where("scope = 'aggregate'").withColumnRenamed("unit_id", "node").join(
        closure.join(single, ["period", "unit_id"]).drop("unit_id"), ["node", "period"]
    ).withColumnRenamed("node", "unit_id")  # fmt: skip
    counted = own.drop("filed").unionByName(summed).groupBy(*_PLACE).agg(
        *(F.expr(f"count_if({c})").alias(c) for c in COUNTS), F.expr(MATURITY).alias("maturity")
    )  # fmt: skip
    joined = frame.join(counted, list(_PLACE), "left")
    return joined.withColumns({**{c: F.expr(f"coalesce({c}, 0L)") for c in COUNTS}, "maturity": F.expr("coalesce(maturity, '确定')")})


def _reports(coverage: DataFrame, forms: tuple[Form, ...]) -> DataFrame:
    """Coverage under every period that holds it; the scope of a form that has none, or always the same, is NULL."""

    def among(names: list[str]) -> Column:
        return F.col("form").isin(names)

    unasked = among([f.name for f in forms if f.calendar.reporters == "none"])
    scoped = among([f.name for f in forms if f.scope in f.by_name])
    known = coverage.where(among([f.name for f in forms])).withColumns(
        {"scope": F.when(scoped, F.col("scope")), "expected": F.col("expected") | (unasked & F.col("received"))}
    )  # fmt: skip
    return known.selectExpr("unit_id", "scope", *COUNTS, "maturity", WITHIN)
