"""One side of a comparison as a frame: a row a unit, period and match key, with what it says, how finely, and where that stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.predicate import parse_when
from jobs.dated import valid_on
from jobs.formula import parse
from jobs.inputs import Parameters, values
from schemas.contract import Form
from schemas.delivered import Mart
from schemas.load import readable
from schemas.period import Period, parse_period
from schemas.reconciled import Side

FIGURE = "DECIMAL(28,8)"
_STATUS = "fetch_status"
# What is asked of an external source and what it answers (code list fetch_status).
_DOWN, _NOT_FOUND = "source_down", "not_found"


@dataclass(frozen=True)
class Value:
    """What one comparison takes of a side: `text` a column or + − over columns, as a figure or as a word of `words`."""

    text: str
    numeric: bool
    words: Mapping[str, str]


def known_periods(side: Side, parameters: Parameters) -> tuple[str, ...]:
    """Periods of which the side's form was ever filed; of a mart, those of the tree."""
    if side.source in parameters.forms:
        return parameters.periods.get(side.source, ())
    return tuple(p for p in parameters.tree_periods() if parse_period(p).kind == "month")


def met(meets: str, lefts: Sequence[str], rights: Sequence[str]) -> list[tuple[str, str]]:
    """(left period, right period) for every right period that meets a left one; none for `any`."""
    left, right = [parse_period(p) for p in lefts], [parse_period(p) for p in rights]
    return [(str(p), str(r)) for p in left for r in right if _meet(meets, p, r)]


def _meet(meets: str, p: Period, r: Period) -> bool:
    match meets:
        case "same":
            return p == r
        case "last":
            return r.end <= p.end
        case "december" | "quarter_end":
            return r.kind == "month" and r.end == p.end
        case "year":
            return r.kind == "year" and r.end == p.end
        case "within":
            return p.start <= r.start and r.end <= p.end
    return False


def left_side(side: Side, records: DataFrame, taken: Sequence[Value], parameters: Parameters) -> DataFrame:
    return _summed(side, _placed(side, records.withColumn("own", F.col("period")), taken, parameters), len(taken), ["period"])


def right_side(side: Side, records: DataFrame, taken: Sequence[Value], parameters: Parameters, lefts: Sequence[str]) -> DataFrame:
    """Under the left periods it meets; for `any` under none."""
    own, form = records.withColumn("own", F.col("period")), parameters.forms.get(side.source)
    if side.meets == "any":
        return _summed(side, _placed(side, own, taken, parameters), len(taken), [])
    if side.meets == "last" and form is not None and form.dated:
        ends = [(p, parse_period(p).end) for p in lefts]
        held = valid_on(own, values(own, {"at": "text", "period_end": "date"}, ends), form.own_key)
    else:
        pairs = met(side.meets, lefts, known_periods(side, parameters))
        held = own.drop("period").join(F.broadcast(values(own, {"period": "text", "own": "text"}, pairs)), "own")
    return _summed(side, _placed(side, held, taken, parameters), len(taken), ["period"])


def _placed(side: Side, records: DataFrame, taken: Sequence[Value], parameters: Parameters) -> DataFrame:
    source = parameters.forms.get(side.source) or readable(side.source)
    external = isinstance(source, Form) and source.source == "external" and _STATUS in source.by_name
    asked = records.where(" AND ".join(f"`{name}` IS NOT NULL" for name in (side.unit, *side.key))).alias("r")
    if side.where:
        kept = f"({parse_when(side.where, source, {}).sql('spark', {'': 'r'})})"
        asked = asked.where(f"{kept} OR {_STATUS} IN ('{_DOWN}', '{_NOT_FOUND}')" if external else kept)
    place = ", ".join(f"'{c}', CAST({c if c in asked.columns else 'NULL'} AS STRING)" for c in ("unit_id", "own", "_batch", "_row"))
    return asked.selectExpr(
        f"r.`{side.unit}` AS unit_id", "period", "own", f"concat_ws(';', {', '.join(f'CAST(r.`{k}` AS STRING)' for k in side.key)}) AS k"
        if side.key else "'' AS k",
        f"{'_batch' if '_batch' in asked.columns else '0'} AS _batch", f"{'_row' if '_row' in asked.columns else '0'} AS _row",
        f"CAST({'_step' if '_step' in asked.columns else '0'} AS {FIGURE}) AS step",
        f"{f'coalesce({_STATUS} = {_DOWN!r}, false)' if external else 'false'} AS down",
        f"{f'coalesce({_STATUS} = {_NOT_FOUND!r}, false)' if external else 'false'} AS gone",
        f"named_struct('form', '{side.source}', {place}) AS place", *(f"{_sql(v, source)} AS v{n}" for n, v in enumerate(taken)),
    )  # fmt: skip


def _sql(value: Value, source: Form | Mart) -> str:
    if not value.text:
        return "1"
    if not value.numeric:
        cases = " ".join(f"WHEN '{word}' THEN '{common}'" for word, common in value.words.items())
        return f"CASE `{value.text}` {cases} END" if cases else f"CAST(`{value.text}` AS STRING)"
    formula, blank = parse(value.text), {i.name for i in source.items if not i.required} if isinstance(source, Form) else set()
    several = len(formula.inputs) > 1

    def filled(name: str) -> str:
        return f"coalesce(`{name}`, 0)" if several and source.by_name[name].item in blank else f"`{name}`"

    return formula.sql(filled)


def _summed(side: Side, placed: DataFrame, count: int, period: list[str]) -> DataFrame:
    """One row a unit, period and key: the last record, or all of them added up or counted."""
    value, others = _AGGREGATES[side.aggregate]
    made = (*(f"{value.format(f'v{n}')} AS v{n}" for n in range(count)), *others)
    return placed.groupBy("unit_id", *period, "k").agg(*map(F.expr, made))


_LAST = "max_by({0}, struct(own, _batch, _row))"
_ALL = ("bool_or(down) AS down", "bool_or(gone) AS gone", "sort_array(collect_list(place)) AS places")
_AGGREGATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "one": (_LAST, (*(f"{_LAST.format(c)} AS {c}" for c in ("step", "down", "gone")), f"array({_LAST.format('place')}) AS places")),
    "sum": (f"CAST(sum({{0}}) AS {FIGURE})", (f"CAST(sum(step) AS {FIGURE}) AS step", *_ALL)),
    "count": (f"CAST(count({{0}}) AS {FIGURE})", (f"CAST(0 AS {FIGURE}) AS step", *_ALL)),
}
