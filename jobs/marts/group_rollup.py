"""单户 + 差额 against 合并, item by item: where a group's consolidation does not follow from its parts, and of what kind the gap is."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.coverage import beside
from jobs.inputs import Parameters, values

_GROUP = ("unit_id", "period")
_ITEM = (*_GROUP, "item", "measure")
_MONEY = "DECIMAL(28,4)"
_STATE = """CASE WHEN abs(gap) <= tolerance THEN '一致' WHEN filed < members THEN '单户缺报'
    WHEN difference IS NULL AND (direction = '±' OR direction = '-' AND gap < 0 OR direction = '+' AND gap > 0) THEN '抵销'
    ELSE '待说明' END"""


def group_rollup(
    statement: DataFrame, monthly_finance: DataFrame, enterprise_tree: DataFrame, submission_coverage: DataFrame, parameters: Parameters
) -> DataFrame:
    """One row a group that filed a consolidated statement, period and amount (year to date, or closing balance).

    The parts are the group and all below it that it consolidates. `gap` = consolidated − (Σ single + Σ difference). What a
    figure may be off follows from the last digit each addend was reported to (`_step`).
    """
    steps = monthly_finance.select(*_GROUP, "scope", "_step")
    monthly = F.col("form").isin(list(parameters.forms_by_month()))
    amounts = statement.where(monthly & F.expr("measure IN ('ytd', 'closing') AND unit = '元'"))
    known = amounts.join(steps, [*_GROUP, "scope"]).selectExpr(*_ITEM, "scope", "title", f"CAST(value AS {_MONEY}) AS value", "_step")
    own = known.where("scope = 'consolidated'").drop("scope").withColumnsRenamed({"value": "consolidated", "_step": "own_step"})
    groups = own.select(*_GROUP).distinct().join(_members(enterprise_tree), list(_GROUP))
    summed = _summed(groups, known)
    gap = F.expr(f"CAST(coalesce(consolidated, 0) - coalesce(single, 0) - coalesce(difference, 0) AS {_MONEY})")
    tolerance = F.expr(f"CAST((coalesce(steps, 0) + coalesce(own_step, 0)) / 2 AS {_MONEY})")
    compared = own.withColumnRenamed("title", "own_title").join(summed, list(_ITEM), "full").join(_counted(groups, known), list(_GROUP))
    judged = compared.withColumns({"gap": gap, "tolerance": tolerance, "title": F.coalesce("own_title", "title")}).join(
        F.broadcast(_kinds(statement, parameters)), "item", "left"
    ).withColumn("state", F.expr(_STATE))  # fmt: skip
    return _covered(judged, submission_coverage, enterprise_tree, parameters)


def _members(tree: DataFrame) -> DataFrame:
    """Every unit with those it consolidates: itself, and all below it with nobody on the way who is not consolidated."""
    left_out = tree.where("depth = 0 AND NOT is_consolidated").groupBy("period").agg(F.collect_set("unit_id").alias("left_out"))
    way = "slice(split(path, '/'), 2, 100)"
    below = tree.where("NOT is_supervisor").join(F.broadcast(left_out), "period", "left")
    inside = below.where(f"left_out IS NULL OR NOT arrays_overlap({way}, left_out)")
    return inside.selectExpr("period", "ancestor_id AS unit_id", "ancestor_name AS unit_name", "unit_id AS member")


def _summed(groups: DataFrame, known: DataFrame) -> DataFrame:
    parts = known.where("scope IN ('single', 'difference')").withColumnRenamed("unit_id", "member")

    def total(scope: str) -> str:
        return f"CAST(sum(CASE WHEN scope = '{scope}' THEN value END) AS {_MONEY})"

    return groups.join(parts, ["period", "member"]).groupBy(*_ITEM).agg(
        F.max("title").alias("title"), F.expr(total("single")).alias("single"), F.expr(total("difference")).alias("difference"),
        F.sum("_step").alias("steps"),
    )  # fmt: skip


def _counted(groups: DataFrame, known: DataFrame) -> DataFrame:
    filed = known.where("scope = 'single'").select("period", F.col("unit_id").alias("member"), F.lit(True).alias("filed")).distinct()
    counts = groups.join(filed, ["period", "member"], "left").groupBy(*_GROUP, "unit_name")
    return counts.agg(F.count("*").alias("members"), F.count("filed").alias("filed"))


def _kinds(like: DataFrame, parameters: Parameters) -> DataFrame:
    rows = [(code.code, code.name, code.extra["direction"]) for code in parameters.codes["rollup_gap"]]
    return values(like, dict.fromkeys(("item", "kind", "direction"), "text"), rows)


def _covered(judged: DataFrame, coverage: DataFrame, tree: DataFrame, parameters: Parameters) -> DataFrame:
    """Beside each row how complete the reports of the whole group are."""
    forms = [parameters.forms[name] for name in parameters.forms_by_month()]
    places = judged.select(*_GROUP, F.lit("aggregate").alias("scope")).distinct()
    return judged.join(beside(places, coverage, tree, forms).drop("scope"), list(_GROUP), "left")
