"""多源比对: what two sources say of the same thing, side by side, whether they agree, and why they could not be compared."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.compared import compared, passes
from jobs.inputs import Parameters, united, values
from jobs.sides import known_periods
from schemas.load import readable

_MESSAGE = "message"
# A sum of no records that counts as zero is said as one.
_SAID = {"left": "left_text", "right": "coalesce(right_text, CASE WHEN difference IS NOT NULL THEN '0' END)",
         "difference": "shown", "period": "period"}  # fmt: skip


def reconciliation_break(parameters: Parameters, **read: DataFrame) -> DataFrame:
    """One row a comparison, unit, period and match key that the left side gives. What differs has a message, what could not
    be compared a reason; a source that was out is neither.
    """
    wanted = parameters.wanted
    filed = [r for r in parameters.reconciliations if known_periods(r.left, parameters) and (wanted is None or r.id in wanted)]
    like = next(iter(read.values()))
    described = F.broadcast(_described(like, parameters))
    found = united(compared(group, read, parameters) for group in passes(filed)) if filed else _nothing(like)
    told = found.join(described, "reconciliation_id").withColumns({
        "state": F.split_part("said", F.lit("|"), F.lit(1)), "reason": F.split_part("said", F.lit("|"), F.lit(2)),
        "difference": F.expr("CAST(left_value - coalesce(right_value, 0) AS DECIMAL(28,8))"),
    })  # fmt: skip
    shown = told.withColumn("shown", F.expr("regexp_replace(format_number(abs(difference), 4), '[.]?0+$', '')"))
    message = _MESSAGE
    for place, column in _SAID.items():
        message = f"replace({message}, '{{{place}}}', coalesce({column}, '（空）'))"
    return shown.select(
        "reconciliation_id", "unit_id", "period", "match_key", "title", "domain", "state", "reason", "left_source", "right_source",
        "left_text", "right_text", "left_value", "right_value",
        F.expr("CASE WHEN state <> '无法比对' THEN difference END").alias("difference"),
        F.expr("CASE WHEN state <> '无法比对' THEN tolerance END").alias("tolerance"),
        F.expr(f"CASE WHEN state = '不一致' THEN {message} END").alias("message"), "related", "owner", "source",
        F.to_json("places").alias("evidence"),
    )  # fmt: skip


def _described(like: DataFrame, parameters: Parameters) -> DataFrame:
    columns = ("reconciliation_id", "title", "domain", "left_source", "right_source", "message", "related", "owner", "source")
    rows = [(r.id, r.title, r.domain, readable(r.left.source).title, readable(r.right.source).title, r.message, ";".join(r.related),
             r.owner, r.source) for r in parameters.reconciliations]  # fmt: skip
    return values(like, dict.fromkeys(columns, "text"), rows)


def _nothing(like: DataFrame) -> DataFrame:
    texts = ("unit_id", "period", "match_key", "reconciliation_id", "left_text", "right_text", "said", "places")
    kinds = {**dict.fromkeys(texts, "text"), **dict.fromkeys(("left_value", "right_value", "tolerance"), "figure")}
    return values(like, kinds, []).withColumn("places", F.expr("array(named_struct('form', places))"))
