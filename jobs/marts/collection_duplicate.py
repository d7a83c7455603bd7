"""Duplicate collection 重复采集: what is asked twice by its declarations, and whether the figures filed say so too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.duplicates import Pair, pairs
from jobs.inputs import Parameters, united, values
from schemas.contract import Form
from schemas.period import parse_period

_COLUMNS = {
    **dict.fromkeys(("left_source", "left_item", "right_source", "right_item", "left_title", "right_title", "unit", "why"), "text"),
    "likeness": "ratio", "twice": "boolean", "compared": "integer", "equal_share": "ratio", "correlation": "ratio",
    **dict.fromkeys(("verdict", "left_owner", "right_owner"), "text"),
}  # fmt: skip
# (p) Figures of this many units and months say something.
ENOUGH = 5
# Pearson's correlation is NULL of figures that never change.
_PAIRED = (
    "count(*) AS compared", "count_if(a = b) AS equal",
    "covar_pop(double(a), double(b)) / nullif(stddev_pop(double(a)) * stddev_pop(double(b)), 0) AS correlation",
)  # fmt: skip


def collection_duplicate(parameters: Parameters, entry: DataFrame, **forms: DataFrame) -> DataFrame:
    """One row a pair of items or indicators. Figures are compared by unit and month, as totals of each form's records; what
    passes through the driver is a line a pair.
    """
    found = pairs(parameters.forms.values(), parameters.indicators)
    compared = {row.pair: row for row in _compared(parameters, forms, found)}
    return values(entry, _COLUMNS, [_row(pair, compared.get(number)) for number, pair in enumerate(found)])


def _compared(parameters: Parameters, forms: Mapping[str, DataFrame], found: Sequence[Pair]) -> list[Row]:
    """Of every pair, by its place, with figures on both sides of one unit and month: how many, how many equal, how alike."""
    sides = [
        (number, side is pair.left, side.source, side.item)
        for number, pair in enumerate(found) if all(s.numeric and s.source in forms for s in (pair.left, pair.right))
        for side in (pair.left, pair.right)
    ]  # fmt: skip
    if not sides:
        return []
    wanted: dict[str, set[str]] = defaultdict(set)
    for _, _, source, item in sides:
        wanted[source].add(item)
    totals = united(_totals(parameters.forms[name], forms[name], sorted(items)) for name, items in sorted(wanted.items()))
    periods = {period for name in wanted for period in parameters.periods.get(name, ())}
    months = values(totals, {"period": "text", "month": "text"}, [(p, f"{parse_period(p).end:%Y-%m}") for p in sorted(periods)])
    asked = values(totals, {"pair": "integer", "left": "boolean", "form": "text", "item": "text"}, sides)
    by_month = totals.join(F.broadcast(asked), ["form", "item"]).join(F.broadcast(months), "period").groupBy("pair", "unit_id", "month")
    both = by_month.agg(F.expr("sum(value) FILTER (WHERE left) AS a"), F.expr("sum(value) FILTER (WHERE NOT left) AS b"))
    return both.where("a IS NOT NULL AND b IS NOT NULL").groupBy("pair").agg(*map(F.expr, _PAIRED)).collect()


def _totals(form: Form, frame: DataFrame, columns: Iterable[str]) -> DataFrame:
    structs = ", ".join(f"named_struct('item', '{c}', 'value', CAST(`{c}` AS DECIMAL(28,8)))" for c in columns)
    own = frame.where("scope IN ('single', '')") if form.scope in form.by_name else frame
    long = own.selectExpr("unit_id", "period", f"inline(array({structs}))").where("value IS NOT NULL")
    return long.groupBy("unit_id", "period", "item").agg(F.sum("value").alias("value")).withColumn("form", F.lit(form.name))


def _row(pair: Pair, compared: Row | None) -> tuple[Any, ...]:
    left, right = pair.left, pair.right
    count, same, correlation = (compared.compared, compared.equal, compared.correlation) if compared else (0, 0, None)
    equal = _rounded(Decimal(same) / count) if count else None
    return (
        left.source, left.item, right.source, right.item, left.title, right.title, left.unit, pair.why, pair.likeness, pair.twice,
        count, equal, _rounded(Decimal(correlation)) if correlation is not None and count >= ENOUGH else None,
        _verdict(pair, count, equal), left.owner, right.owner,
    )  # fmt: skip


def _rounded(share: Decimal) -> Decimal:
    return share.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _verdict(pair: Pair, compared: int, equal: Decimal | None) -> str:
    """By name and subject alone where few figures are there; a name that is only alike must be borne out by them."""
    if not pair.twice:
        return "同项不同期"
    if compared < ENOUGH or equal is None:
        return "重复" if pair.likeness == 1 and pair.same_subject else "疑似"
    if equal >= Decimal("0.9"):
        return "重复"
    return "同名异数" if pair.likeness == 1 else "不重复"
