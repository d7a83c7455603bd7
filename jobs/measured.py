"""Measures of one form over its records, as long rows: every measure that looks at the same records in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.predicate import parse, parse_value
from jobs.dated import valid_on
from jobs.inputs import Parameters, values
from schemas.contract import Form, Measure
from schemas.period import Period, parse_period

_SPAN = {"own": "text", "at": "text", "first": "date", "period_end": "date"}
_NUMBER = "DECIMAL(28,8)"


def touched(parameters: Parameters, kind: str) -> tuple[Period, ...]:
    """Periods of a kind of which any form has an entry, in order; a day touches its month."""
    known = {parse_period(p) for periods in parameters.periods.values() for p in periods}
    months = {Period(p.year, p.number, 0, "month") for p in known if p.kind == "day" and kind == "month"}
    return tuple(sorted({p for p in known if p.kind == kind} | months))


def coarser(period: Period, kind: str) -> Period | None:
    """The month, quarter or year that ends when `period` ends; None where none does."""
    month = period.end.month
    match kind:
        case "month":
            return Period(period.year, month, 0, kind)
        case "quarter":
            return Period(period.year, month // 3, 0, kind) if month % 3 == 0 else None
    return Period(period.year, 0, 0, kind) if month == 12 else None


def groups(measures: Iterable[Measure]) -> Iterator[tuple[Measure, ...]]:
    """Measures of one form that look at the same records."""

    def looks(measure: Measure) -> tuple[str, ...]:
        return (measure.form, measure.every, measure.at, measure.since, *measure.holds)

    for _, found in groupby(sorted(measures, key=lambda m: (looks(m), m.id)), looks):
        yield tuple(found)


def long(parameters: Parameters, form: Form, records: DataFrame, group: Sequence[Measure]) -> DataFrame:
    """One row a measure and record under a period: whether it is counted, its number, its text for `count_distinct`."""
    placed = _placed(parameters, form, records, group[0]).alias("r")
    structs = ", ".join(_struct(form, measure) for measure in group)
    scope = "coalesce(nullif(r.scope, ''), 'single')"
    return placed.selectExpr("r.unit_id", "r.period", f"{scope} AS scope", "r._batch", f"inline(array({structs}))")


def _placed(parameters: Parameters, form: Form, records: DataFrame, measure: Measure) -> DataFrame:
    """The records under each period they count in; `period_end` is its last day."""
    if measure.holds == ("valid_from", "valid_to"):
        days = values(records, {"at": "text", "period_end": "date"}, [(str(p), p.end) for p in touched(parameters, measure.every)])
        return valid_on(records, days, form.own_key).withColumn("scope", F.lit("single"))
    spans = F.broadcast(values(records, _SPAN, _spans(parameters, form, measure)))
    if measure.holds:
        start, end = measure.holds
        counts = F.expr(f"`{start}` <= period_end AND (`{end}` IS NULL OR `{end}` > period_end)")
    elif measure.at:
        counts = F.expr(f"`{measure.at}` BETWEEN first AND period_end")
    else:
        counts = F.col("period") == F.col("own")
    return records.join(spans, counts).withColumn("period", F.col("at"))


def _spans(parameters: Parameters, form: Form, measure: Measure) -> Iterator[tuple[object, ...]]:
    if not measure.at and not measure.holds:
        own = map(parse_period, parameters.periods.get(form.name, ()))
        yield from ((str(p), str(whole), whole.start, p.end) for p in own if (whole := coarser(p, measure.every)))
        return
    for period in touched(parameters, measure.every):
        first = Period(period.year, 0, 0, "year").start if measure.since else period.start
        yield str(period), str(period), first, period.end


def _struct(form: Form, measure: Measure) -> str:
    aliases = {"": "r", "period_end": "r.`period_end`"}
    counted = f"coalesce({parse(measure.where, form).sql('spark', aliases)}, false)" if measure.where else "true"
    number, thing = "NULL", "NULL"
    if measure.function == "count_distinct":
        thing = f"CASE WHEN {counted} THEN CAST(r.`{measure.expression}` AS STRING) END"
    elif measure.expression:
        number = f"CASE WHEN {counted} THEN CAST({parse_value(measure.expression, form).sql('spark', aliases)} AS {_NUMBER}) END"
    return (
        f"named_struct('measure_id', '{measure.id}', 'function', '{measure.function}', 'counted', {counted}, "
        f"'number', CAST({number} AS {_NUMBER}), 'thing', CAST({thing} AS STRING))"
    )
