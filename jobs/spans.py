"""Which months, quarters and years figures are made for, from the periods of which anything was ever entered."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.inputs import Parameters, values
from schemas.measured import EVERY
from schemas.period import Period, parse_period


def touched(parameters: Parameters, kind: str) -> tuple[Period, ...]:
    """Periods of a kind of which any form has an entry, in order; a day touches its month."""
    return tuple(p for p in _known(parameters) if p.kind == kind)


def reached(parameters: Parameters) -> list[tuple[Period, str, Period]]:
    """(touched period, kind, the period of that kind that ends with it), in order."""
    longer = ((p, kind, coarser(p, kind)) for p in _known(parameters) for kind in EVERY[EVERY.index(p.kind) :])
    return [(p, kind, whole) for p, kind, whole in longer if whole is not None]


def coarser(period: Period, kind: str) -> Period | None:
    """The month, quarter or year that ends when `period` ends; None where none does."""
    month = period.end.month
    match kind:
        case "month":
            return Period(period.year, month, 0, kind)
        case "quarter":
            return Period(period.year, month // 3, 0, kind) if month % 3 == 0 else None
    return Period(period.year, 0, 0, kind) if month == 12 else None


def spans(like: DataFrame, parameters: Parameters) -> DataFrame:
    """own → every, period: each touched period, and the longer ones that end with it."""
    found = ((str(p), kind, str(whole)) for p, kind, whole in reached(parameters))
    return values(like, {"own": "text", "every": "text", "period": "text"}, found)


def _known(parameters: Parameters) -> list[Period]:
    found = {parse_period(p) for periods in parameters.periods.values() for p in periods}
    return sorted({Period(p.year, p.number, 0, "month") if p.kind == "day" else p for p in found})
