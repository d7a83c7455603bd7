"""Indicators, blocks and totals of the comprehensive performance evaluation, in one pass over the units."""

from __future__ import annotations

from collections.abc import Mapping
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
ROW: Mapping[str, str] = {
    **dict.fromkeys(("kind", "item_id", "title", "block", "role"), "STRING"), "value": "DECIMAL(28,8)",
    **dict.fromkeys(("standard", "vintage", "band"), "STRING"),
    **dict.fromkeys(("band_standard", "next_standard", "position"), "DECIMAL(18,8)"),
    "special": "STRING", "weight": "BIGINT", "score": SCORE, "coefficient": SCORE,
}  # fmt: skip
_STANDARD = """get(filter(standards, s -> s.valid_from <= year_end AND (s.valid_to IS NULL OR year_end < s.valid_to)
    AND s.size IN ('*', size_class)
    AND (s.low_industry = '*' OR substr(industry, 1, 2) BETWEEN s.low_industry AND s.high_industry)), 0)"""
_SPECIAL = """get(filter(specials, s -> s.valid_from <= year_end AND (s.valid_to IS NULL OR year_end < s.valid_to)
    AND (s.top IS NULL OR s.top = top_sign) AND (s.bottom IS NULL OR s.bottom = bottom_sign)
    AND (s.at_least IS NULL OR value >= s.at_least)), 0)"""
_SIGN = "CASE WHEN signs[{0}] > 0 THEN '+' WHEN signs[{0}] < 0 THEN '-' WHEN signs[{0}] = 0 THEN '0' END"
_BASIC = f"CASE WHEN role = 'basic' THEN CAST(CAST(weight AS DECIMAL(4,0)) * coalesce(exception.coefficient, position) AS {SCORE}) END"
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
    """With the score of a basic indicator, the coefficient of a modifying one, and beside each what its block and its unit come to.

    `analysis`: the block's basic score over the weight of the indicators that could be scored. Block: analysis × weight × the
    weighted mean of its coefficients. Total: the sum of all blocks, NULL while one has no score.
    """
    unit, block = Window.partitionBy(*PLACE), Window.partitionBy(*PLACE, "block")
    first = F.row_number().over(block.orderBy("indicator")) == 1
    steps: tuple[Mapping[str, Column], ...] = (
        {"score": F.expr(_BASIC)},
        {"analysis": _ratio(F.sum("score").over(block), _sum("weight", "score IS NOT NULL").over(block))},
        {"coefficient": F.expr(_MODIFYING)},
        {"block_weight": _sum("weight", "role = 'basic'").over(block), "first_of_block": first,
         "block_coefficient": _ratio(_sum("weight * coefficient").over(block), _sum("weight", "coefficient IS NOT NULL").over(block))},
        {"block_score": F.expr(f"CAST(analysis * CAST(block_weight AS DECIMAL(4,0)) * block_coefficient AS {SCORE})")},
        {"total_weight": _sum("block_weight", "first_of_block").over(unit), "total": _sum("block_score", "first_of_block").over(unit),
         "scored_everywhere": F.min(F.expr("block_score IS NOT NULL")).over(unit),
         "first_of_unit": F.row_number().over(unit.orderBy("indicator")) == 1},
    )  # fmt: skip
    return reduce(lambda frame, step: frame.withColumns(dict(step)), steps, placed)


def stacked(judged: DataFrame) -> DataFrame:
    """OF_UNIT and a row of ROW for each indicator, block and total."""
    words = ", ".join(f"'{b}'" for b in BANDS)
    indicator = {name: name for name in ROW} | {
        "kind": "'indicator'", "item_id": "indicator", "special": "exception.case", "band": f"element_at(array({words}), number)",
    }  # fmt: skip
    block = {"kind": "'block'", "item_id": "block", "title": "block_title", "block": "block", "weight": "block_weight",
             "position": "analysis", "coefficient": "block_coefficient", "score": "block_score"}  # fmt: skip
    total = {"kind": "'total'", "item_id": "'total'", "title": "'财务绩效得分'", "weight": "total_weight",
             "score": "CASE WHEN scored_everywhere THEN total END"}  # fmt: skip
    parts = f"{_row(indicator)}, CASE WHEN first_of_block THEN {_row(block)} END, CASE WHEN first_of_unit THEN {_row(total)} END"
    return judged.selectExpr(*OF_UNIT, f"inline(array_compact(array({parts})))")


def _row(given: Mapping[str, str]) -> str:
    return "named_struct(" + ", ".join(f"'{name}', CAST({given.get(name, 'NULL')} AS {kind})" for name, kind in ROW.items()) + ")"


def _sum(sql: str, when: str = "true") -> Column:
    return F.sum(F.expr(f"CASE WHEN {when} THEN {sql} END"))


def _ratio(top: Column, bottom: Column) -> Column:
    """Narrow on both sides: of wide decimals Spark's quotient keeps six places, which a weight of 34 makes visible in a score."""
    return (top.cast("DECIMAL(12,6)") / bottom.cast("DECIMAL(8,0)")).cast("DECIMAL(18,14)")


def grade(parameters: Parameters) -> Column:
    """The grade of `score` in force at `year_end`."""
    found = F.lit(None).cast("string")
    for code in sorted(parameters.codes["performance_grade"], key=lambda c: int(c.extra["at_least"])):
        begun = (F.col("score") >= int(code.extra["at_least"])) & (F.col("year_end") >= F.lit(code.valid_from))
        ended = F.col("year_end") >= F.lit(code.valid_to) if code.valid_to else F.lit(False)
        found = F.when(begun & ~ended, code.code).otherwise(found)
    return found
