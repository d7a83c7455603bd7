"""Comparisons of the same two sides in one pass: joined once, every figure held against the other within its tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.dated import PERIOD_END
from jobs.inputs import Parameters
from jobs.sides import FIGURE, Value, known_periods, left_side, met, right_side
from schemas.load import readable
from schemas.reconciled import Reconciliation, Side, Tolerance

_LONG = "DECIMAL(24,4)"
_PLACE = ("unit_id", "period", "k")
# Only what is written differently in print: spaces, and brackets of either width.
_PLAIN = "translate(trim({0}), '（） 　', '()')"


def passes(declared: Sequence[Reconciliation]) -> Iterator[list[Reconciliation]]:
    """Those that differ in nothing but what they take of the same records."""
    found: dict[tuple[object, ...], list[Reconciliation]] = {}
    for one in declared:
        found.setdefault((*one.left.records, *one.right.records), []).append(one)
    yield from found.values()


def compared(group: Sequence[Reconciliation], read: Mapping[str, DataFrame], parameters: Parameters) -> DataFrame:
    """reconciliation_id, unit_id, period, match_key, left_value, right_value, left_text, right_text, tolerance, said, places.

    `said`: state and reason, with a bar between.
    """
    left, right = group[0].left, group[0].right
    lefts, rights = known_periods(left, parameters), known_periods(right, parameters)
    mine = left_side(left, read[left.source], [_value(r.left, r) for r in group], parameters)
    its = right_side(right, read[right.source], [_value(r.right, r) for r in group], parameters, lefts)
    place = [name for name in _PLACE if name in its.columns]
    joined, known = mine.join(its, place, "left"), "CAST(NULL AS BOOLEAN)"
    if right.key:
        units = its.select(*place[:-1], F.lit(True).alias("matched")).distinct()
        joined, known = joined.join(units, place[:-1], "left"), "matched"
    filed = sorted({at for at, _ in met(right.meets, lefts, rights)}) if right.meets != "any" else list(lefts if rights else ())
    rows = ", ".join(_row(r, n) for n, r in enumerate(group))
    return joined.withColumns({
        "period_end": F.expr(PERIOD_END), "filed": F.col("period").isin(filed), "known": F.expr(known),
    }).selectExpr(
        "unit_id", "period", "k AS match_key", "concat(l_places, coalesce(r_places, array())) AS places", f"inline(array({rows}))"
    )  # fmt: skip


def _value(side: Side, one: Reconciliation) -> Value:
    return Value(side.value, one.numeric, side.words)


def _row(one: Reconciliation, n: int) -> str:
    left, right, tolerance = f"l_v{n}", f"r_v{n}", "CAST(NULL AS DECIMAL(28,8))"
    if one.numeric:
        tolerance = _tolerance(one.tolerances, left, right)
    nothing = f"CAST(NULL AS {FIGURE})"
    figures = (left, right) if one.numeric else (nothing, nothing)
    fields = {
        "reconciliation_id": f"'{one.id}'", "left_value": figures[0], "right_value": figures[1], "left_text": _shown(left, one),
        "right_text": _shown(right, one), "tolerance": tolerance, "said": _said(one, left, right),
    }  # fmt: skip
    return f"named_struct({', '.join(f'{name!r}, {sql}' for name, sql in fields.items())})"


def _shown(value: str, one: Reconciliation) -> str:
    if one.relation == "exists":
        return "CAST(NULL AS STRING)"
    return f"regexp_replace(format_number({value}, 4), '[.]?0+$', '')" if one.numeric else value


def _said(one: Reconciliation, left: str, right: str) -> str:
    mine, its = readable(one.left.source).title, readable(one.right.source).title
    exists = one.relation == "exists"
    blank = "" if exists else f"WHEN {left} IS NULL THEN '无法比对|{mine}未填'"
    empty = "" if exists else f"WHEN {right} IS NULL THEN '无法比对|{its}未填'"
    agree = "true" if exists else _agrees(one, left, right)
    return f"""CASE WHEN l_down THEN '无法比对|{mine}来源停用，未作比对' WHEN r_down THEN '无法比对|{its}来源停用，未作比对'
        WHEN l_gone THEN '不一致|{mine}查无此户' WHEN r_gone THEN '不一致|{its}查无此户' {blank}
        WHEN r_down IS NULL THEN {_absent(one, its, left)} {empty} WHEN {agree} THEN '一致|' ELSE '不一致|' END"""


def _absent(one: Reconciliation, its: str, left: str) -> str:
    """What it means that the other side has no record."""
    match one.right.absent:
        case "zero":
            agrees = _agrees(one, left, "0")
            return f"""CASE WHEN NOT filed THEN '无法比对|{its}未报'
                WHEN {agrees} THEN '一致|{its}无记录，按零计' ELSE '不一致|{its}无记录，按零计' END"""
        case "break":
            return f"CASE WHEN NOT filed THEN '无法比对|{its}未报' ELSE '不一致|{its}无对应记录' END"
    return f"CASE WHEN known THEN '无法比对|{its}无对应记录' ELSE '无法比对|{its}未报' END"


def _agrees(one: Reconciliation, left: str, right: str) -> str:
    if one.relation == "not_before":  # days as texts, YYYY-MM-DD
        return f"{left} >= {right}"
    if not one.numeric:
        return f"{_PLAIN.format(left)} = {_PLAIN.format(right)}"
    tolerance = _tolerance(one.tolerances, left, right)
    shape = {"equal": "abs({0} - {1}) <= {2}", "at_most": "{0} <= {1} + {2}", "at_least": "{0} + {2} >= {1}"}[one.relation]
    return shape.format(f"CAST({left} AS {FIGURE})", f"CAST({right} AS {FIGURE})", tolerance)


def _tolerance(lines: Sequence[Tolerance], left: str, right: str) -> str:
    """Of the line in force at period end; a side without a record has no last digit and is zero."""
    larger = f"CAST(greatest(abs({left}), abs(coalesce({right}, 0))) AS {_LONG})"

    def allowed(line: Tolerance) -> str:
        steps = f"CAST(l_step + coalesce(r_step, 0) AS {_LONG}) * {line.steps}BD"
        return f"CAST(greatest({steps}, {line.absolute}BD, {larger} * {line.relative}BD) AS {FIGURE})"

    def within(line: Tolerance) -> str:
        until = f" AND period_end < DATE'{line.valid_to}'" if line.valid_to else ""
        return f"period_end >= DATE'{line.valid_from}'{until}"

    return f"CASE {' '.join(f'WHEN {within(line)} THEN {allowed(line)}' for line in lines)} END"
