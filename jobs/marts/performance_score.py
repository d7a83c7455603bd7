"""综合绩效评价: 22 financial indicators by the efficacy coefficient, four blocks, the score and its grade, for a year."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters
from jobs.performance import COVER, OF_UNIT, PLACE, SCORE, blocks, grade, judged, placed, totals
from jobs.performance_lists import signs

_ROW = (*PLACE, "kind", "item_id", "title", "block", "role", *COVER, "industry", "size_class", "value", "standard", "vintage", "band",
        "band_standard", "next_standard", "position", "special", "weight", "score", "coefficient", "grade")  # fmt: skip
_YEAR_END = "length(period) = 4 OR period LIKE '%-12'"


def performance_score(
    indicator_value: DataFrame, statement: DataFrame, enterprise_tree: DataFrame, enterprise_registry: DataFrame, parameters: Parameters
) -> DataFrame:
    """One row an indicator, block or total (`kind`) of a unit's year, single and consolidated; groups, supervisors and the city:
    the total of scope `aggregate`, weighted by assets.

    A basic indicator without figure or standard leaves its weight to the others of its block; a block without any has no
    score, nor then the total. A modifying one without changes nothing (coefficient 1). Management indicators are not in it.
    """
    places = _places(indicator_value, statement, parameters)
    indicators = judged(placed(_units(places, enterprise_tree, enterprise_registry), parameters))
    parts = blocks(indicators)
    whole = totals(parts)
    rolled = _rolled(whole, places, enterprise_tree)
    graded = [frame.withColumn("grade", grade(parameters)) for frame in (whole, rolled)]
    every = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), (indicators, parts, *graded))
    return every.select(*_ROW)


def _places(indicator_value: DataFrame, statement: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a unit, year and scope: its figures and the signs that decide special cases as maps, the coverage of its indicators."""
    wanted = [code.code for code in parameters.codes["performance_weight"]]
    yearly = indicator_value.where(_YEAR_END).where(F.col("indicator_id").isin(wanted))
    figures = yearly.groupBy(*PLACE).agg(
        F.expr("map_from_entries(collect_list(struct(indicator_id, value)))").alias("figures"), *(F.max(c).alias(c) for c in COVER)
    )
    fields = [*signs(parameters), "assets_closing"]
    filed = statement.where(_YEAR_END).where(F.col("field").isin(fields)).groupBy(*PLACE, "field").agg(F.max("value").alias("value"))
    known = filed.groupBy(*PLACE).agg(F.expr("map_from_entries(collect_list(struct(field, value)))").alias("signs"))
    year_end = F.expr("make_date(CAST(substr(period, 1, 4) AS INT), 12, 31)").alias("year_end")
    return figures.join(known, list(PLACE), "left").select("*", year_end)


def _units(places: DataFrame, tree: DataFrame, registry: DataFrame) -> DataFrame:
    own = tree.where("depth = 0").select("period", "unit_id", "industry", "valid_from")
    sized = own.join(registry.select("unit_id", "valid_from", "size_class"), ["unit_id", "valid_from"], "left").drop("valid_from")
    return places.where("scope IN ('single', 'consolidated')").join(sized, ["period", "unit_id"])


def _rolled(totals: DataFrame, places: DataFrame, tree: DataFrame) -> DataFrame:
    """Σ score × assets / Σ assets over the single statements below every group and supervisor."""
    assets = places.where("scope = 'single'").selectExpr("period", "unit_id", "CAST(signs['assets_closing'] AS DECIMAL(18,0)) AS assets")
    single = totals.where("scope = 'single' AND score IS NOT NULL").select("period", "unit_id", "score")
    weighed = single.join(assets.where("assets > 0"), ["period", "unit_id"])
    mean = f"CAST(sum(score * assets) / sum(assets) AS {SCORE})"
    below = tree.select("period", "ancestor_id", "unit_id").join(weighed, ["period", "unit_id"])
    found = below.groupBy("period", F.col("ancestor_id").alias("unit_id")).agg(F.expr(mean).alias("score"))
    heads = places.where("scope = 'aggregate'").join(found, ["period", "unit_id"])
    return heads.select(
        *(c for c in OF_UNIT if c not in ("industry", "size_class")), "score", F.lit("total").alias("kind"),
        F.lit("total").alias("item_id"), F.lit("财务绩效得分（按资产加权）").alias("title"), F.lit(100).alias("weight"),
    )  # fmt: skip
