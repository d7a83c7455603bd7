"""监管画像: one row a unit and month: who it is, its main figures and where they place it among its class, what is open about it."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.coverage import beside
from jobs.dated import TREE_PERIOD
from jobs.inputs import Parameters
from jobs.recorded import declared, places

FIGURES = ("total_profit", "debt_ratio", "return_on_equity", "rd_intensity", "labour_productivity", "operating_cash_ratio")
_UNIT = ("unit_id", "period")
# The consolidated statement where the unit filed one.
_FIRST = "max_by(struct(scope, {0}), scope = 'consolidated')"


def enterprise_profile(
    enterprise_tree: DataFrame, enterprise_registry: DataFrame, indicator_value: DataFrame, statement: DataFrame, warning: DataFrame,
    relation_finding: DataFrame, submission_coverage: DataFrame, performance_score: DataFrame, parameters: Parameters,
) -> DataFrame:  # fmt: skip
    """Every unit of the registry in every month asked for. Figures of its consolidated statement, else of its own; a rank is
    counted among the units of its 功能分类 with a figure of that period (1 is the best), `peers` being these.
    """
    months = sorted({p for form in parameters.forms_by_month() for p in parameters.asked.get(form, ())})
    known = _units(enterprise_tree.where(F.col("period").isin(months)), enterprise_registry)
    figured = known.join(_figures(indicator_value), list(_UNIT), "left").join(_items(statement, parameters), [*_UNIT, "scope"], "left")
    ranked = _ranked(figured.withColumn("scope", F.coalesce("scope", F.lit("single"))), parameters)
    open_items = ranked.join(_warned(warning), list(_UNIT), "left").join(_asked(relation_finding), list(_UNIT), "left")
    counts = {name: F.expr(f"coalesce({name}, 0)") for name in ("red", "yellow", "blue", "questions")}
    scored = open_items.withColumns(counts).join(_score(known, performance_score), list(_UNIT), "left")
    return declared(beside(scored, submission_coverage, enterprise_tree, parameters.forms.values()), "enterprise_profile")


def _units(tree: DataFrame, registry: DataFrame) -> DataFrame:
    own = tree.where("depth = 0").select(
        *_UNIT, "unit_name", "supervisor", "function_class", "industry", "legal_form", "status", "division", "valid_from"
    )
    below = tree.where("depth > 0 AND NOT is_supervisor").groupBy("period", F.col("ancestor_id").alias("unit_id")).agg(
        F.count("*").alias("units_below")
    )
    sized = own.join(registry.select("unit_id", "valid_from", "size_class", "management_level"), ["unit_id", "valid_from"], "left")
    heads = places(tree).select("period", "unit_id", "top_unit")
    return sized.join(below, list(_UNIT), "left").join(heads, list(_UNIT), "left").withColumn(
        "units_below", F.expr("coalesce(units_below, 0)")
    )  # fmt: skip


def _figures(indicator_value: DataFrame) -> DataFrame:
    wanted = indicator_value.where("scope IN ('single', 'consolidated')").where(F.col("indicator_id").isin(list(FIGURES)))
    wide = wanted.groupBy(*_UNIT, "scope").agg(*(F.expr(f"max(CASE WHEN indicator_id = '{i}' THEN value END)").alias(i) for i in FIGURES))
    return wide.groupBy(*_UNIT).agg(F.expr(_FIRST.format(", ".join(FIGURES))).alias("first")).select(*_UNIT, "first.*")


def _items(statement: DataFrame, parameters: Parameters) -> DataFrame:
    fields = {"assets": "assets_closing", "revenue": "revenue_total_ytd", "net_assets": "equity_closing", "headcount": "headcount_closing"}
    filed = statement.where(F.col("form").isin(list(parameters.forms_by_month())) & F.col("field").isin(list(fields.values())))
    return filed.groupBy(*_UNIT, "scope").agg(
        *(F.expr(f"max(CASE WHEN field = '{field}' THEN value END)").alias(name) for name, field in fields.items())
    )


def _ranked(figured: DataFrame, parameters: Parameters) -> DataFrame:
    """Rank of each figure among the class, best first by the direction declared for it."""
    smaller = {i.id for i in parameters.indicators if i.direction == "越小越好"}
    peers = Window.partitionBy("period", "function_class")
    ranks = {
        f"{name}_rank": F.when(F.col(name).isNotNull(), F.rank().over(peers.orderBy(_best(name, name in smaller)))) for name in FIGURES
    }
    return figured.withColumns(ranks).withColumn("peers", F.count("total_profit").over(peers))


def _best(name: str, smaller: bool) -> Column:
    return F.asc_nulls_last(name) if smaller else F.desc_nulls_last(name)


def _warned(warning: DataFrame) -> DataFrame:
    levels = {"red": "红", "yellow": "黄", "blue": "蓝"}
    monthly = warning.withColumn("period", F.expr(TREE_PERIOD))
    return monthly.groupBy(*_UNIT).agg(*(F.expr(f"count_if(level = '{level}')").alias(name) for name, level in levels.items()))


def _asked(relation_finding: DataFrame) -> DataFrame:
    """Open questions between reports."""
    monthly = relation_finding.where("severity = 'query'").withColumn("period", F.expr(TREE_PERIOD))
    return monthly.groupBy(*_UNIT).agg(F.count("*").alias("questions"))


def _score(known: DataFrame, performance_score: DataFrame) -> DataFrame:
    """The last performance score that was out by the period: of a year that had ended."""
    totals = performance_score.where("kind = 'total' AND scope IN ('single', 'consolidated') AND score IS NOT NULL")
    found = F.expr("struct(period, scope = 'consolidated' AS whole, score, grade) AS found")
    ended = known.select(*_UNIT).join(totals.select("unit_id", found), "unit_id").where("found.period < left(period, 4)")
    newest = ended.groupBy(*_UNIT).agg(F.max("found").alias("found"))
    named = {"scored_period": "period", "performance_score": "score", "performance_grade": "grade"}
    return newest.selectExpr(*_UNIT, *(f"found.{name} AS {column}" for column, name in named.items()))
