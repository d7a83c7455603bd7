"""Declared measures: what each unit's records of a form add up to in a period. All of them in one pass and one write."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters, united, values
from jobs.measured import groups, long

_KEY = ("measure_id", "unit_id", "period", "scope")
# Two operands of 24 digits leave a quotient 14 decimals, as formulas do.
_MEAN = "round(CAST(sum(number) AS DECIMAL(24,6)) / CAST(count(number) AS DECIMAL(24,6)), 8)"
_VALUE = f"""
    CASE first(function) WHEN 'count' THEN count_if(counted) WHEN 'count_distinct' THEN count(DISTINCT thing)
         WHEN 'sum' THEN CASE WHEN count_if(counted) = 0 THEN 0 ELSE sum(number) END
         WHEN 'max' THEN max(number) WHEN 'min' THEN min(number) WHEN 'avg' THEN {_MEAN} END"""


def measure(parameters: Parameters, **sources: DataFrame) -> DataFrame:
    """One row a measure, unit, period and scope of which records exist. A blank figure is no figure; nothing counted is 0."""
    like = next(iter(sources.values()))
    known = [m for m in parameters.measures if m.form not in parameters.forms or parameters.periods.get(m.form)]
    texts = dict.fromkeys(("measure_id", "title", "unit", "form", "definition", "owner", "grade"), "text")
    described = values(like, texts, [(m.id, m.title, m.unit, m.form, m.text, m.owner, m.grade) for m in parameters.measures])
    if not known:
        return described.selectExpr("*", "'' AS unit_id", "'' AS period", "'' AS scope", "0 AS value", "0 AS rows",
                                    "CAST(NULL AS ARRAY<BIGINT>) AS _batches").where("false")  # fmt: skip
    passes = [long(parameters, parameters.source(g[0].form), sources[g[0].form], g) for g in groups(known)]
    return (
        united(passes)
        .groupBy(*_KEY)
        .agg(F.expr(f"CAST({_VALUE} AS DECIMAL(28,8))").alias("value"), F.expr("count_if(counted)").alias("rows"),
             F.array_sort(F.collect_set("_batch")).alias("_batches"))
        .where("value IS NOT NULL")
        .join(F.broadcast(described), "measure_id")
    )  # fmt: skip
