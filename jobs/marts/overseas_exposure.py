"""What units, groups and supervisors have abroad, by country and currency, against their net assets."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.coverage import beside
from jobs.inputs import Parameters, values
from jobs.recorded import declared
from jobs.rolled import nodes, rolled

_WITHIN = ("country", "currency")
_AMOUNTS = ("assets", "liabilities", "net_assets", "net_profit", "invested", "cash", "debt", "onshore_guarantee", "fx_exposure", "loss")
_COUNTS = {
    "items": "1", "nominees": "CAST(coalesce(nominee, false) AS BIGINT)", "events": "coalesce(events, 0)",
    "unhedged": "CAST(round(fx_exposure - fx_exposure * coalesce(hedge_ratio, 0), 4) AS DECIMAL(28,4))",
}  # fmt: skip
_WORST = "CASE security_level WHEN '高' THEN 3 WHEN '中' THEN 2 WHEN '低' THEN 1 END AS worst"
_MONTH = "concat(substr(period, 1, 4), '-', lpad(CAST(3 * CAST(substr(period, 6, 1) AS INT) AS STRING), 2, '0'))"
# Years in a row with a loss up to this report: its own, then the last report of each year before.
_STREAK = """
    aggregate(sequence(1, 30), named_struct('on', coalesce(net_profit < 0, false), 'n', IF(net_profit < 0, 1, 0)),
      (a, k) -> named_struct('on', a.on AND coalesce(results[year - k] < 0, false),
                             'n', a.n + IF(a.on AND coalesce(results[year - k] < 0, false), 1, 0)),
      a -> a.n)"""


def overseas_exposure(
    overseas_asset: DataFrame, debt_risk: DataFrame, submission_coverage: DataFrame, enterprise_tree: DataFrame,
    parameters: Parameters,
) -> DataFrame:  # fmt: skip
    """One row a unit (or `jg:` supervisor), quarter, scope, country and currency. A group's own row is measured by its
    consolidated net assets where it files them, a summed one by the sum.
    """
    sums, grain = [*_AMOUNTS, *_COUNTS], ["unit_id", "period", *_WITHIN]
    here = overseas_asset.withColumn("year", F.expr("CAST(substr(period, 1, 4) AS INT)"))
    streaks = here.join(F.broadcast(_results(here)), ["unit_id", "overseas_id"], "left").withColumn("loss_years", F.expr(_STREAK))
    parts = streaks.selectExpr(*grain, *_AMOUNTS, *(f"{sql} AS {name}" for name, sql in _COUNTS.items()), "loss_years", _WORST)
    most = ("loss_years", "worst")
    units = parts.groupBy(*grain).agg(*(F.sum(c).alias(c) for c in sums), *(F.max(c).alias(c) for c in most))
    known = nodes(enterprise_tree)
    above = rolled(units, enterprise_tree, known, sums, _WITHIN, most)
    every = units.withColumn("scope", F.lit("single")).unionByName(above.withColumn("scope", F.lit("aggregate")))
    placed = (
        every.withColumn("month", F.expr(_MONTH))
        .join(F.broadcast(known), ["unit_id", "period"], "left")
        .join(F.broadcast(_net_assets(debt_risk)), ["unit_id", "month", "scope"], "left")
        .join(F.broadcast(_risks(overseas_asset, parameters)), ["country"], "left")
    )
    forms = [parameters.forms["overseas_asset"]]
    return declared(beside(_measured(placed), submission_coverage, enterprise_tree, forms), "overseas_exposure")


def _results(here: DataFrame) -> DataFrame:
    """Of each item abroad: year → net profit of its last report in that year."""
    last = here.groupBy("unit_id", "overseas_id", "year").agg(F.expr("max_by(net_profit, period)").alias("result"))
    results = F.map_from_entries(F.collect_list(F.struct("year", "result"))).alias("results")
    return last.groupBy("unit_id", "overseas_id").agg(results)


def _net_assets(debt_risk: DataFrame) -> DataFrame:
    kind = F.expr("CASE WHEN scope = 'aggregate' THEN scope ELSE 'single' END").alias("scope")
    grouped = debt_risk.groupBy("unit_id", F.col("period").alias("month"), kind)
    return grouped.agg(F.expr("max_by(net_assets, scope = 'consolidated')").alias("unit_net_assets"))


def _risks(like: DataFrame, parameters: Parameters) -> DataFrame:
    """Country → its risk classes with the days they hold."""
    rows = [(c.code, c.name, c.valid_from, c.valid_to) for c in parameters.codes["country_risk"]]
    listed = values(like, {"country": "text", "level": "text", "since": "date", "until": "date"}, rows)
    return listed.groupBy("country").agg(F.collect_list(F.struct("level", "since", "until")).alias("levels"))


def _measured(rows: DataFrame) -> DataFrame:
    end = "last_day(to_date(concat(month, '-01')))"
    listed = f"get(filter(levels, l -> l.since <= {end} AND (l.until IS NULL OR {end} < l.until)), 0).level"
    return rows.withColumns({
        "country_risk": F.expr(f"coalesce({listed}, '低')"),
        "security_level": F.expr("get(array('低', '中', '高'), CAST(worst - 1 AS INT))"),
    })  # fmt: skip
