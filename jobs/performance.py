"""Indicators, blocks and totals of the comprehensive performance evaluation, each from the one before."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.efficacy import BANDS, STANDARDS, band, modifying, position, standard_of
from jobs.inputs import Parameters
from jobs.performance_lists import weighed

PLACE = ("unit_id", "period", "scope")
COVER = ("unit_name", "expected", "received", "late", "excluded", "maturity")
OF_UNIT = (*PLACE, *COVER, "industry", "size_class", "year_end")
SCORE = "DECIMAL(18,6)"
_STANDARD = """get(filter(standards, s -> s.valid_from <= year_end AND (s.valid_to IS NULL OR year_end < s.valid_to)
    AND s.size IN ('*', size_class)
    AND (s.low_industry = '*' OR substr(industry, 1, 2) BETWEEN s.low_industry AND s.high_industry)), 0)"""
_SPECIAL = """get(filter(specials, s -> s.valid_from <= year_end AND (s.valid_to IS NULL OR year_end < s.valid_to)
    AND (s.top IS NULL OR s.top = top_sign) AND (s.bottom IS NULL OR s.bottom = bottom_sign)
    AND (s.at_least IS NULL OR value >= s.at_least)), 0)"""
_SIGN = "CASE WHEN signs[{0}] > 0 THEN '+' WHEN signs[{0}] < 0 THEN '-' WHEN signs[{0}] = 0 THEN '0' END"
_BASIC = f"CASE WHEN role = 'basic' THEN CAST(weight * coalesce(exception.coefficient, position) AS {SCORE}) END"
# least and greatest pass over NULL.
_BOUNDED = f"CASE WHEN position IS NOT NULL THEN least(most, greatest(least, {modifying('position', 'number', 'analysis')})) END"
_MODIFYING = f"""CASE WHEN role = 'modifying' AND analysis IS NOT NULL
    THEN CAST(coalesce(exception.coefficient, {_BOUNDED}, 1) AS {SCORE}) END"""


def placed(units: DataFrame, parameters: Parameters) -> DataFrame:
    """A row an indicator that has a weight in that year: its figure, the closest standards, the band, where it stands in it.

    `units`: OF_UNIT with the maps `figures` (by indicator) and `signs` (by statement field).
    """
    held = F.expr("valid_from <= year_end AND (valid_to IS NULL OR year_end < valid_to)")
    every = units.join(F.broadcast(weighed(units, parameters)), held)
    figures = {"value": "figures[indicator]", "top_sign": _SIGN.format("top"), "bottom_sign": _SIGN.format("bottom")}
    steps = (
        figures, {"closest": _STANDARD, "exception": _SPECIAL}, {c: f"closest.{c}" for c in ("standard", "vintage", *STANDARDS)},
        {"number": band("value", "excellent < poor")},
        {"band_standard": standard_of("number"), "next_standard": standard_of("number - 1")},
        {"position": position("value", "number", "band_standard", "next_standard")},
    )  # fmt: skip
    return reduce(lambda frame, step: frame.withColumns({n: F.expr(sql) for n, sql in step.items()}), steps, every)


def judged(placed: DataFrame) -> DataFrame:
    """With the score of a basic indicator, the coefficient of a modifying one.

    `analysis`: the block's basic score over the weight of the indicators that could be scored.
    """
    block = Window.partitionBy(*PLACE, "block")
    scored = placed.withColumn("score", F.expr(_BASIC))
    weight = F.sum(F.expr("CASE WHEN score IS NOT NULL THEN weight END")).over(block)
    analysed = scored.withColumn("analysis", (F.sum("score").over(block) / weight).cast("DECIMAL(18,14)"))
    words = ", ".join(f"'{b}'" for b in BANDS)
    return analysed.withColumns({
        "coefficient": F.expr(_MODIFYING), "band": F.expr(f"element_at(array({words}), number)"), "special": F.expr("exception.case"),
        "kind": F.lit("indicator"), "item_id": F.col("indicator"),
    })  # fmt: skip


def blocks(judged: DataFrame) -> DataFrame:
    """Basic score × the weighted mean of the modifying coefficients; `position` is the analysis coefficient."""
    weight = F.expr("sum(CASE WHEN role = 'basic' THEN weight END)").alias("weight")
    mean = "CAST(sum(weight * coefficient) / sum(CASE WHEN coefficient IS NOT NULL THEN weight END) AS DECIMAL(18,14))"
    found = judged.groupBy(*OF_UNIT, "block", F.col("block_title").alias("title")).agg(
        weight, F.first("analysis").alias("position"), F.expr(mean).alias("coefficient")
    )
    score = F.expr(f"CAST(position * weight * coefficient AS {SCORE})")
    return found.withColumns({"score": score, "kind": F.lit("block"), "item_id": F.col("block")})


def totals(blocks: DataFrame) -> DataFrame:
    """The sum of all blocks; NULL while one has no score."""
    summed = f"CASE WHEN count(*) = count(score) THEN CAST(sum(score) AS {SCORE}) END"
    found = blocks.groupBy(*OF_UNIT).agg(F.sum("weight").alias("weight"), F.expr(summed).alias("score"))
    return found.withColumns({"kind": F.lit("total"), "item_id": F.lit("total"), "title": F.lit("财务绩效得分")})


def grade(parameters: Parameters) -> Column:
    """The grade of `score` in force at `year_end`."""
    found = F.lit(None).cast("string")
    for code in sorted(parameters.codes["performance_grade"], key=lambda c: int(c.extra["at_least"])):
        begun = (F.col("score") >= int(code.extra["at_least"])) & (F.col("year_end") >= F.lit(code.valid_from))
        ended = F.col("year_end") >= F.lit(code.valid_to) if code.valid_to else F.lit(False)
        found = F.when(begun & ~ended, code.code).otherwise(found)
    return found
