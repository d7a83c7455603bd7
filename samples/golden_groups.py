"""Golden rows of `group_rollup`: 单户 + 差额 against 合并 (FORMS B18), from the monthly reports in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from samples.filing import COUNTS, FACTORS, Filed, figure, grid
from samples.golden_known import Known, Row, told
from schemas.codes import code_list


def group_rollup(known: Known) -> Iterator[Row]:
    """Of every head among the units, each month in which it filed a consolidated report."""
    for period, day in known.plan.periods():
        for head in known.units():
            own = known.records.get((head.unit_id, period, "consolidated"))
            if own is not None:
                yield from _compared(known, own, day)


def _compared(known: Known, own: Filed, day: date) -> Iterator[Row]:
    group = known.city.group(own.key, day)
    parts = {scope: [r for u in group if (r := known.records.get((u.unit_id, own.period, scope)))] for scope in ("single", "difference")}
    households = {"members": len(group), "filed": len(parts["single"])}
    steps = {record.scope + record.key: _step(known, record) for record in (own, *parts["single"], *parts["difference"])}
    kinds = {code.code: code for code in code_list("rollup_gap")}
    for column in grid():
        if column.measure not in ("ytd", "closing") or column.item in COUNTS:
            continue
        single, difference = (_sum(records, column.name) for records in parts.values())
        consolidated, addends = own.amount(column.name), [own, *parts["single"], *parts["difference"]]
        if single is None and difference is None and consolidated is None:
            continue
        gap = (consolidated or Decimal(0)) - (single or Decimal(0)) - (difference or Decimal(0))
        tolerance = sum((steps[r.scope + r.key] for r in addends if r.amount(column.name) is not None), Decimal(0)) / 2
        kind = kinds.get(column.item)
        explained = kind is not None and difference is None and _towards(gap, kind.extra["direction"])
        state = "一致" if abs(gap) <= tolerance else "单户缺报" if len(parts["single"]) < len(group) else "抵销" if explained else "待说明"
        yield told(
            "group_rollup", {"unit_id": own.unit_id, "period": own.period, "item": column.item, "measure": column.measure},
            {"single": single, "difference": difference, "consolidated": consolidated, "gap": gap, "tolerance": tolerance,
             "state": state, "kind": kind.name if kind else None, **households},
        )  # fmt: skip


def _sum(records: list[Filed], column: str) -> Decimal | None:
    figures = [figure for record in records if (figure := record.amount(column)) is not None]
    return sum(figures, Decimal(0)) if figures else None


def _step(known: Known, record: Filed) -> Decimal:
    """Yuan of the last digit that at least a quarter of the amounts carry, zeros left out. A workbook keeps no trailing zeros."""
    sent = known.sent[record.unit_id, record.period, record.scope]
    book = sent.kind in ("card", "xlsx") or (sent.kind == "zip" and record.key == sent.records[0].key)
    amounts = [value for c in grid() if c.item not in COUNTS and (value := figure(record.cells[c.name]))]
    digits = sorted(max(0, -int((value.normalize() if book else value).as_tuple().exponent)) for value in amounts)
    return Decimal(FACTORS[record.cells["declared_unit"]]).scaleb(-2 - digits[-max(1, -(-len(digits) // 4))])


def _towards(gap: Decimal, direction: str) -> bool:
    return {"±": True, "-": gap < 0, "+": gap > 0}[direction]
