"""Duplicate collection 重复采集: what is asked twice by its declarations, and whether the figures filed say so too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from statistics import StatisticsError, correlation
from typing import Any

from pyspark.sql import DataFrame
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
Filed = Mapping[tuple[str, str], Mapping[tuple[str, int, int], Decimal]]


def collection_duplicate(parameters: Parameters, entry: DataFrame, **forms: DataFrame) -> DataFrame:
    """One row a pair of items or indicators. Figures are compared by unit and month, as totals of each form's records."""
    found = pairs(parameters.forms.values(), parameters.indicators)
    sides = {(side.source, side.item) for pair in found for side in (pair.left, pair.right) if side.numeric and side.source in forms}
    filed = _filed(parameters, forms, sides)
    return values(entry, _COLUMNS, [_row(pair, filed) for pair in found])


def _filed(parameters: Parameters, forms: Mapping[str, DataFrame], sides: Iterable[tuple[str, str]]) -> Filed:
    """(form, column) → (unit, year, month) → total filed, collected in one job."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for source, item in sorted(sides):
        wanted[source].append(item)
    parts = [_totals(parameters.forms[name], forms[name], columns) for name, columns in wanted.items()]
    found: dict[tuple[str, str], dict[tuple[str, int, int], Decimal]] = defaultdict(dict)
    for row in united(parts).collect() if parts else ():
        end = parse_period(row.period).end
        kept, place = found[row.form, row.item], (row.unit_id, end.year, end.month)
        kept[place] = kept.get(place, Decimal(0)) + row.value
    return found


def _totals(form: Form, frame: DataFrame, columns: Iterable[str]) -> DataFrame:
    structs = ", ".join(f"named_struct('item', '{c}', 'value', CAST(`{c}` AS DECIMAL(28,8)))" for c in columns)
    own = frame.where("scope IN ('single', '')") if form.scope in form.by_name else frame
    long = own.selectExpr("unit_id", "period", f"inline(array({structs}))").where("value IS NOT NULL")
    return long.groupBy("unit_id", "period", "item").agg(F.sum("value").alias("value")).withColumn("form", F.lit(form.name))


def _row(pair: Pair, filed: Filed) -> tuple[Any, ...]:
    left, right = pair.left, pair.right
    a, b = (filed.get((side.source, side.item), {}) for side in (left, right))
    both = sorted(a.keys() & b.keys())
    equal = _share(sum(a[k] == b[k] for k in both), len(both))
    return (
        left.source, left.item, right.source, right.item, left.title, right.title, left.unit, pair.why, pair.likeness, pair.twice,
        len(both), equal, _correlated([a[k] for k in both], [b[k] for k in both]), _verdict(pair, len(both), equal),
        left.owner, right.owner,
    )  # fmt: skip


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP) if whole else None


def _correlated(a: list[Decimal], b: list[Decimal]) -> Decimal | None:
    """Pearson's, four decimals; None of too few or of figures that never change. Its sums are exact, whatever their order."""
    if len(a) < ENOUGH:
        return None
    try:
        return Decimal(correlation([float(x) for x in a], [float(x) for x in b])).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    except StatisticsError:
        return None


def _verdict(pair: Pair, compared: int, equal: Decimal | None) -> str:
    """By name and subject alone where few figures are there; a name that is only alike must be borne out by them."""
    if not pair.twice:
        return "同项不同期"
    if compared < ENOUGH or equal is None:
        return "重复" if pair.likeness == 1 and pair.same_subject else "疑似"
    if equal >= Decimal("0.9"):
        return "重复"
    return "同名异数" if pair.likeness == 1 else "不重复"
