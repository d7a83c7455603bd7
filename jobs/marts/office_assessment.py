"""使用考核: four sides of an office's use of the system, each between the base and full marks."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.dated import PERIOD_END
from jobs.inputs import Parameters, values
from jobs.recorded import declared

_SIDES = ("login", "collect", "manage", "share")
_ASSESSED = "has_module AND raw IS NOT NULL"
_STEPS = {
    "worst": "coalesce(unacceptable, lowest)", "best": "coalesce(satisfactory, highest)",
    "share_of_way": "CASE WHEN best = worst THEN CASE WHEN raw = 0 THEN 0 ELSE 1 END ELSE (raw - worst) / (best - worst) END",
    "full_by_rule": f"NOT ({_ASSESSED})",
    "score": "CASE WHEN full_by_rule THEN full ELSE base + least(greatest(share_of_way, 0), 1) * (full - base) END",
}  # fmt: skip


def office_assessment(office_usage: DataFrame, parameters: Parameters) -> DataFrame:
    """One row an office, month and side (`dimension`), and `total`: their weighted mean.

    score = base + (x − worst) / (best − worst) × (full − base), at most full and at least base; worst and best are those
    declared (不允许值, 满意值), else those of the offices assessed that month. All equal: full marks, or the base where nobody
    did anything. An office without a module, or with nothing to do on that side that month, has full marks by rule.
    """
    sides = ", ".join(f"named_struct('dimension', '{side}', 'raw', raw_{side})" for side in _SIDES)
    each = office_usage.selectExpr("office", "period", "has_module", f"inline(array({sides}))").withColumn("period_end", F.expr(PERIOD_END))
    held = each.join(F.broadcast(_lines(office_usage, parameters)), "dimension").where(
        "valid_from <= period_end AND (valid_to IS NULL OR period_end < valid_to)"
    )
    among = Window.partitionBy("period", "dimension")
    assessed = F.expr(f"CASE WHEN {_ASSESSED} THEN raw END")
    ranged = held.withColumns({"lowest": F.min(assessed).over(among), "highest": F.max(assessed).over(among)})
    scored = reduce(lambda frame, step: frame.withColumn(step[0], F.expr(step[1])), _STEPS.items(), ranged)
    total = scored.groupBy("office", "period").agg(
        F.expr("sum(score * weight) / sum(weight)").alias("score"), F.sum("weight").alias("weight"), F.first("full").alias("full"),
        F.expr("bool_and(full_by_rule)").alias("full_by_rule"),
    ).withColumns({"dimension": F.lit("total"), "title": F.lit("合计")})  # fmt: skip
    return declared(scored.unionByName(total, allowMissingColumns=True), "office_assessment")


def _lines(like: DataFrame, parameters: Parameters) -> DataFrame:
    kinds = {"dimension": "text", "title": "text", "valid_from": "date", "valid_to": "date",
             **dict.fromkeys(("base", "full", "weight", "satisfactory", "unacceptable"), "quantity")}  # fmt: skip

    def number(text: str) -> Decimal | None:
        return Decimal(text) if text else None

    sides = parameters.codes["usage_dimension"]
    rows = [(c.code, c.name, c.valid_from, c.valid_to, *(number(c.extra[name]) for name in list(kinds)[4:])) for c in sides]
    return values(like, kinds, rows)
