"""Who holds whom at each month's end: direct shares as registered, effective shares by control and by product, and the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.dated import valid_on
from jobs.holdings import Control, Holdings
from jobs.inputs import Parameters, values
from schemas.load import mart
from schemas.period import parse_period

METHODS = "ownership_method"
_PLACES = 10**8


@dataclass
class _Month:
    """What is registered at one month's end. `names`: of units and owners."""

    lines: list[tuple[str, str, Decimal]] = field(default_factory=list)
    controller: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def ownership(enterprise_registry: DataFrame, enterprise_registry_line: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a month, owner and unit that it holds, itself or through others. The lines of a unit are those of its last
    registered day; shares are solved exactly and rounded half up.

    The graph passes through the driver: a line a contributor, worked out once for months with the same lines.
    """
    months: dict[str, _Month] = {}
    for row in _registered(enterprise_registry, enterprise_registry_line, parameters).toArrow().to_pylist():
        month = months.setdefault(row["period"], _Month())
        owner = row["owner_id"] or row["owner_name"]
        month.lines.append((owner, row["unit_id"], row["share"]))
        month.names |= {owner: month.names.get(owner, row["owner_name"]), row["unit_id"]: row["unit_name"]}
        if row["is_controlled"] and row["ownership_parent"]:
            month.controller[row["unit_id"]] = row["ownership_parent"]
    kinds = {c.name: c.type for c in mart("ownership").columns}
    return values(enterprise_registry, kinds, _rows(months, parameters))


def _registered(registry: DataFrame, lines: DataFrame, parameters: Parameters) -> DataFrame:
    ends = [(p, parse_period(p).end) for p in parameters.tree_periods() if parse_period(p).kind == "month"]
    days = values(registry, {"at": "text", "period_end": "date"}, ends)
    heads = valid_on(registry, days).select("period", "unit_id", "unit_name", "is_controlled", "ownership_parent")
    known = lines.drop("period", "scope").join(F.broadcast(days), F.expr("valid_from <= period_end")).withColumnRenamed("at", "period")
    last = F.max("valid_from").over(Window.partitionBy("period", "unit_id"))
    held = known.withColumn("last", last).where("valid_from = last")
    return held.join(heads, ["period", "unit_id"]).select(*heads.columns, "owner_id", "owner_name", "share").orderBy("period", "unit_id")


def _rows(months: Mapping[str, _Month], parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    known: dict[Any, list[tuple[Any, ...]]] = {}
    for period, month in months.items():
        code = next(c for c in parameters.codes[METHODS] if c.valid_on(parse_period(period).end))
        seen = (code.code, tuple(sorted(month.lines)), tuple(sorted(month.controller.items())))
        if seen not in known:
            known[seen] = [*_held(Holdings(month.lines, month.controller), code.code, Fraction(code.extra["above"]))]
        for owner, unit, *rest in known[seen]:
            yield period, owner, unit, month.names.get(owner, owner), month.names[unit], *rest


def _held(graph: Holdings, method: str, more_than: Fraction) -> Iterator[tuple[Any, ...]]:
    for owner in sorted(graph.units):
        product, control = graph.by_product(owner), graph.by_control(owner, more_than)
        for unit in sorted({*product, *control} - {owner}):
            by_product, by_control = product.get(unit, Fraction(0)), control[unit].share if unit in control else Fraction(0)
            chain = _chain(owner, unit, control)
            yield (
                owner, unit, _rounded(graph.owners[unit].get(owner, Fraction(0))), _rounded(by_product), _rounded(by_control),
                _rounded(by_control if method == "control" else by_product), method, unit in control and control[unit].controls,
                "/".join(chain), len(chain) - 1 if chain else None, graph.on_cycle(unit),
            )  # fmt: skip


def _chain(owner: str, unit: str, control: Mapping[str, Control]) -> list[str]:
    """From the owner to the unit through those it controls; empty where the unit is held only through units it does not control."""
    if unit not in control:
        return []
    way = [unit]
    while way[-1] != owner:
        way.append(control[way[-1]].via)
    return way[::-1]


def _rounded(share: Fraction | None) -> Decimal | None:
    """To eight decimals, half up; shares are never negative."""
    if share is None:
        return None
    return Decimal((2 * share.numerator * _PLACES + share.denominator) // (2 * share.denominator)) / _PLACES
