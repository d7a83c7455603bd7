"""Measures of one form over its records, as long rows: every measure that looks at the same records in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.predicate import parse_value, parse_when
from jobs.dated import valid_on
from jobs.inputs import Parameters, values
from jobs.spans import coarser, reached, touched
from schemas.contract import Form
from schemas.delivered import Mart, Measure
from schemas.period import Period, parse_period

_SPAN = {"own": "text", "at": "text", "first": "date", "period_end": "date"}
_NUMBER = "DECIMAL(28,8)"


def groups(measures: Iterable[Measure]) -> Iterator[tuple[Measure, ...]]:
    """Measures of one form that look at the same records."""

    def looks(measure: Measure) -> tuple[str, ...]:
        return (measure.form, measure.every, measure.at, measure.since, *measure.holds)

    for _, found in groupby(sorted(measures, key=lambda m: (looks(m), m.id)), looks):
        yield tuple(found)


def long(parameters: Parameters, source: Form | Mart, records: DataFrame, group: Sequence[Measure]) -> DataFrame:
    """One row a measure and record under a period: whether it is counted, its number, its text for `count_distinct`."""
    placed = _placed(parameters, source, records, group[0]).alias("r")
    structs = ", ".join(_struct(source, measure) for measure in group)
    scope = "coalesce(nullif(r.scope, ''), 'single') AS scope" if "scope" in placed.columns else "'single' AS scope"
    batch = "r._batch" if "_batch" in placed.columns else "CAST(NULL AS BIGINT) AS _batch"
    return placed.selectExpr("r.unit_id", "r.period", scope, batch, f"inline(array({structs}))")


def _placed(parameters: Parameters, source: Form | Mart, records: DataFrame, measure: Measure) -> DataFrame:
    """The records under each period they count in; `period_end` is its last day. What a mart has summed is no record."""
    if isinstance(source, Mart) and "scope" in source.by_name:
        records = records.where("scope <> 'aggregate'")
    if measure.holds == ("valid_from", "valid_to") and isinstance(source, Form):
        days = values(records, {"at": "text", "period_end": "date"}, [(str(p), p.end) for p in touched(parameters, measure.every)])
        return valid_on(records, days, source.own_key)
    spans = F.broadcast(values(records, _SPAN, _spans(parameters, source, measure)))
    if measure.holds:
        start, end = measure.holds
        counts = F.expr(f"`{start}` <= period_end AND (`{end}` IS NULL OR `{end}` > period_end)")
    elif measure.at:
        counts = F.expr(f"`{measure.at}` BETWEEN first AND period_end")
    else:
        counts = F.col("period") == F.col("own")
    return records.join(spans, counts).withColumn("period", F.col("at"))


def _spans(parameters: Parameters, source: Form | Mart, measure: Measure) -> Iterator[tuple[object, ...]]:
    if measure.at or measure.holds:
        for period in touched(parameters, measure.every):
            first = Period(period.year, 0, 0, "year").start if measure.since else period.start
            yield str(period), str(period), first, period.end
    elif isinstance(source, Form):
        own = map(parse_period, parameters.periods.get(source.name, ()))
        yield from ((str(p), str(whole), whole.start, p.end) for p in own if (whole := coarser(p, measure.every)))
    else:
        yield from ((str(p), str(whole), whole.start, p.end) for p, kind, whole in reached(parameters) if kind == measure.every)


def _struct(source: Form | Mart, measure: Measure) -> str:
    aliases = {"": "r", "period_end": "r.`period_end`"}
    counted = f"coalesce({parse_when(measure.where, source, {}).sql('spark', aliases)}, false)" if measure.where else "true"
    number, thing = "NULL", "NULL"
    if measure.function == "count_distinct":
        thing = f"CASE WHEN {counted} THEN CAST(r.`{measure.expression}` AS STRING) END"
    elif measure.expression:
        value = parse_value(measure.expression, source).sql("spark", aliases) if isinstance(source, Form) else f"r.`{measure.expression}`"
        number = f"CASE WHEN {counted} THEN CAST({value} AS {_NUMBER}) END"
    return (
        f"named_struct('measure_id', '{measure.id}', 'function', '{measure.function}', 'counted', {counted}, "
        f"'number', CAST({number} AS {_NUMBER}), 'thing', CAST({thing} AS STRING))"
    )
