"""`measure`: what a unit's records add up to in a period, from cells read again, decided and added by Python once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.trace.cells import read_cell
from catalog.trace.node import Node, compared
from catalog.trace.numbers import rounded, scale
from catalog.trace.predicate import holds
from catalog.trace.record import record_node, records_in_force
from catalog.trace.source import NoSuchThing, Row, Sources
from catalog.trace.tree import held_on
from schemas.contract import Form
from schemas.delivered import Mart, Measure
from schemas.load import measures, readable
from schemas.period import Period, parse_period
from schemas.words import mentioned

MART = "measure"
# Records of one measure whose cells are read again; of more, the others count as silver holds them, and the trace says so.
MOST = 200
Explain = Callable[[Sources, Row], Node]


def measure(sources: Sources, row: Row, explain: Mapping[str, Explain] | None = None) -> Node:
    """Compared in value and in the number of records. `explain`: how rows of the marts that measures read are walked back."""
    declared = next((m for m in measures() if m.id == row["measure_id"]), None)
    if declared is None:
        raise NoSuchThing(f"“{row['measure_id']}”已不在现行指标项声明中")
    source, period = readable(declared.form), parse_period(row["period"])
    if isinstance(source, Mart):
        found = [r for r in sources.gold(source.name, {"unit_id": row["unit_id"]}) if _in(declared, source, r, row, period)]
        known = [(r, dict(r), (explain or {}).get(source.name)) for r in found]
        basis = [(values, [how(sources, r)] if how else []) for r, values, how in known[:MOST]]
        basis += [(values, []) for _, values, _ in known[MOST:]]
    else:
        records = _records(sources, declared, source, row, period)
        names = [n for n in columns(declared) if n in source.by_name]
        basis = [_reread(sources, source, r, names) if n < MOST else (dict(r), []) for n, r in enumerate(records)]
    counted = [(values, nodes) for values, nodes in basis if _meets(declared, values, period.end)]
    value = _folded(declared, [_number(declared, values, period.end) for values, _ in counted])
    facts = {"算法": declared.text, "范围内记录": len(basis), "符合条件": len(counted)}
    if len(basis) > MOST:
        facts["说明"] = f"记录较多：前 {MOST} 条逐格重读，其余按明细层计算"
    children = (
        compared("count", "符合条件的记录数", row["rows"], len(counted)), compared("parameter", "算法", row["definition"], declared.text),
        *(node for _, nodes in counted for node in nodes),
    )  # fmt: skip
    title = f"{row['title']} {row['unit_id']} {row['period']} {row['scope']}"
    return compared("measure", title, row["value"], value, facts=facts, children=children)


def columns(declared: Measure) -> tuple[str, ...]:
    """Columns of its form that a measure looks at."""
    texts = mentioned(declared.where) + mentioned(declared.expression)
    return tuple(dict.fromkeys(n for n in (*texts, declared.at, *declared.holds) if n and n != "period_end"))


def _records(sources: Sources, declared: Measure, form: Form, row: Row, period: Period) -> Sequence[Row]:
    where = {"unit_id": row["unit_id"]}
    if declared.holds == ("valid_from", "valid_to"):
        return held_on(sources, form, where, period.end, MART)
    return [r for r in records_in_force(sources, form, where, MART) if _in(declared, form, r, row, period)]


def _in(declared: Measure, source: Form | Mart, record: Row, row: Row, period: Period) -> bool:
    """Whether a record is under the row's period and scope."""
    if "scope" in source.by_name and (record["scope"] or "single") != row["scope"]:
        return False
    if declared.holds:
        start, end = (record[name] for name in declared.holds)
        return start is not None and start <= period.end and (end is None or end > period.end)
    if declared.at:
        first = date(period.year, 1, 1) if declared.since else period.start
        return record[declared.at] is not None and first <= record[declared.at] <= period.end
    own = parse_period(record["period"])
    return own.kind != "day" and own.end == period.end and own.start >= period.start


def _reread(sources: Sources, form: Form, record: Row, names: Sequence[str]) -> tuple[dict[str, Any], list[Node]]:
    """What its cells say; a column the file leaves to its submission is as silver holds it."""
    cells = {name: read_cell(sources, form, record, name) for name in names}
    said = {name: cell.value if cell.address else record[name] for name, cell in cells.items()}
    return {**record, **said}, [record_node(sources, form, record, names, MART)]


def _meets(declared: Measure, values: Mapping[str, Any], end: date) -> bool:
    step = values.get("_step") or Decimal(1)
    return not declared.where or holds(declared.where, {**values, "period_end": end}, step) is True


def _number(declared: Measure, values: Mapping[str, Any], end: date) -> Any:
    if not declared.expression or declared.function == "count_distinct":
        return values.get(declared.expression)
    made: Any = holds(declared.expression, {**values, "period_end": end}, Decimal(1))
    return made


def _folded(declared: Measure, numbers: Sequence[Any]) -> Decimal | None:
    """0 where nothing is counted for sums and counts, else nothing."""
    known = [n for n in numbers if n is not None]
    match declared.function:
        case "count":
            return Decimal(len(numbers))
        case "count_distinct":
            return Decimal(len(set(known)))
    if not known:
        return Decimal(0) if declared.function == "sum" and not numbers else None
    exact = [Decimal(n) for n in known]
    whole = {"sum": sum(exact, Decimal(0)), "max": max(exact), "min": min(exact), "avg": sum(exact, Decimal(0)) / len(exact)}
    return rounded(whole[declared.function], scale("figure"))
