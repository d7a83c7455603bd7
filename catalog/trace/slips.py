"""The declared kinds of slip, looked for again: a factor of 10⁴, a sheet sent twice, a column of zeros, unknown units.

Figures are those silver holds of the records in force; the cell a finding shows is read again from its file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from catalog.trace.cells import cell_node, read_cell
from catalog.trace.node import Node
from catalog.trace.pairs import read_pair
from catalog.trace.predicate import holds, value
from catalog.trace.record import records_in_force
from catalog.trace.source import Row, Sources
from catalog.trace.tree import held_on, tree_at
from schemas.calendar import compared_with, first_of_year
from schemas.contract import Form, Rule
from schemas.load import form as load_form
from schemas.period import parse_period

MART = "relation_finding"
Answer = tuple[bool | None, list[Node]]
_MOST = 60
_NUMBERS = ("amount", "quantity", "ratio", "integer")


def _registered(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    tree = tree_at(sources, record["period"], MART)
    told = Node("absence", f"{record['period']} 期末的名录有 {len(tree.records)} 户，其中没有 {record['unit_id']}")
    unknown = bool(tree.records) and record["unit_id"] not in tree.records
    return unknown, [told, *_cells(sources, form, [record], column)]


def _scale(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    others = _compared(sources, form, rule.parameters["against"], record)
    amounts = [c.name for c in form.columns if c.type == "amount" and (not c.item or c.measure in rule.parameters["measures"])]
    off = [name for name in amounts if _off_by_unit(rule, record[name], [o[name] for o in others])]
    said = _off_by_unit(rule, read_cell(sources, form, record, column).value, [o[column] for o in others])
    return said and len(off) >= int(rule.parameters.get("least", 1)), _cells(sources, form, [record, *others], column)


def _off_by_unit(rule: Rule, value: Decimal | None, others: list[Decimal | None]) -> bool:
    low, high = (Decimal(text) for text in rule.parameters["band"])
    factors = [Decimal(f) for f in rule.parameters["factors"]]
    ratios = [abs(other / value) for other in others if other and value]

    def off(ratio: Decimal) -> bool:
        return any(f * low <= r <= f * high for f in factors for r in (ratio, 1 / ratio))

    return bool(ratios) and all(map(off, ratios))


def _copied(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    others = _compared(sources, form, [rule.compare], record)
    figures = (c for c in form.columns if c.type in _NUMBERS and not c.key and c.name not in rule.parameters.get("except", ()))
    names = [c.name for c in figures if not c.item or c.measure in rule.parameters["measures"]]
    filled = sum(bool(record[n]) for n in names)
    same = bool(others) and all(record[n] == others[0][n] for n in names)
    told = Node("count", f"非零项 {filled} 个，{'全部' if same else '并非全部'}与上期相同")
    return same and filled >= int(rule.parameters["least"]), [told]


def _zero_column(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    periods: dict[str, list[Row]] = {}
    for other in records_in_force(sources, form, {}, MART):
        if form.scope not in form.by_name or other[form.scope] == record[form.scope]:
            periods.setdefault(other["period"], []).append(other)
    here = periods[record["period"]]
    zero = len(here) >= int(rule.parameters["filers"]) and all(r[column] == 0 for r in here)
    lively = [p for p, rows in periods.items() if p[4:] == record["period"][4:] and all(r[column] not in (None, 0) for r in rows)]
    said = f"本期 {len(here)} 户，{'均为零' if zero else '不全为零'}"
    told = Node("count", f"{said}；各户都不为零的往年同期：{'、'.join(sorted(lively)) or '无'}")
    return zero and bool(lively), [told, *_cells(sources, form, [record], column)]


def _first_in_year(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    item = form.by_name[column].item
    total, part = (f"{item}_{rule.parameters[k]}" for k in ("total", "part"))
    values = [read_cell(sources, form, record, name).value for name in (total, part)]
    first = first_of_year(form.calendar, parse_period(record["period"]))
    if None in values or record.get("restated_reason") is not None:
        return False if record.get("restated_reason") else None, _cells(sources, form, [record], total)
    nodes = [n for name in (total, part) for n in _cells(sources, form, [record], name)]
    return first and abs(values[0] - values[1]) > Decimal(record["_step"]), nodes


def _holding_cycle(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    """Climbs from the owner to its own owners, by the lines each unit last registered up to the record's day."""
    owner, share = rule.parameters["owner"], rule.parameters["share"]
    last: dict[str, str] = {}
    lines = [r for r in records_in_force(sources, form, {}, MART) if r["period"] <= record["period"] and r[share]]
    for line in lines:
        last[line["unit_id"]] = max(line["period"], last.get(line["unit_id"], ""))
    owners = [(line["unit_id"], line[owner]) for line in lines if line["period"] == last[line["unit_id"]]]
    above, reached = [record[owner]], {record[owner]}
    steps = 0
    while above and record["unit_id"] not in above:
        above, steps = [o for unit, o in owners if unit in above and o not in reached], steps + 1
        reached |= set(above)
    circle = bool(above) and steps > 0
    told = Node("count", f"由出资人逐级向上，{f'第 {steps} 步回到本单位' if circle else '没有回到本单位'}")
    wanted = steps == 1 if rule.parameters["members"] == "two" else steps > 1
    return circle and wanted, [told, *_cells(sources, form, [record], column)]


def _order_of_bodies(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    """The days of the bodies in the order of the list, from the minutes in force; the study and the decision as the decision says."""
    kinds = {
        "党委前置": "党委（党组）会", "总办会": "总经理（院长）办公会", "专委会": "董事会专门委员会",
        "董事会": "董事会", "股东会": "股东（大）会", "职代会": "职工代表大会",
    }  # fmt: skip
    unit = {"unit_id": record["unit_id"]}
    items = held_on(sources, load_form("decision_item_list"), {**unit, "item_code": record["item_code"]}, record["decided_on"], MART)
    minutes = records_in_force(sources, load_form("decision_meeting_line"), {**unit, "topic_id": record["topic_id"]}, MART)
    numbers = {line["meeting_id"] for line in minutes}
    meetings = [m for m in records_in_force(sources, load_form("decision_meeting"), unit, MART) if m["meeting_id"] in numbers]
    asked = items[0]["bodies"].split("→") if items else []
    days: dict[str, date] = {}
    for body in asked:
        met = [m["held_on"] for m in meetings if m["meeting_kind"] == kinds[body]]
        own = record["party_on"] if body == "党委前置" else None
        day = own or (record["decided_on"] if record["decided_by"] == kinds[body] else min(met, default=None))
        days |= {body: day} if day else {}
    studied = record["party_on"] is not None
    pairs = [(a, b) for n, a in enumerate(days) for b in [*days][n + 1 :]]
    broken = any(days[a] > days[b] for a, b in pairs if not (studied and a == "党委前置" and kinds[b] == record["decided_by"]))
    told = Node("count", f"清单的次序与日期：{'、'.join(f'{body} {day}' for body, day in days.items()) or '清单没有该事项'}")
    return broken if items else None, [told, *_cells(sources, form, [record], column)]


def _compared(sources: Sources, form: Form, names: list[str], record: Row) -> list[Row]:
    found: list[Row] = []
    for compare in names:
        period = compared_with(form.calendar, parse_period(record["period"]), compare)
        where = {"unit_id": record["unit_id"], "period": str(period), **{n: record[n] for n in form.own_key}}
        scope = {form.scope: record[form.scope]} if form.scope in form.by_name else {}
        found += records_in_force(sources, form, {**where, **scope}, MART) if period else []
    return found


def _cells(sources: Sources, form: Form, records: list[Row], column: str) -> list[Node]:
    return [cell_node(read_cell(sources, form, r, column), r[column]) for r in records]


def _pen(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    """A sign or two digits, the wrong way round, in a figure that differs from one already filed."""
    found, nodes = _due(sources, form, record, [column])
    if rule.kind == "sign":
        return any(seen == -due for _, seen, due in found), nodes
    return any(seen * due > 0 and _neighbours(f"{abs(seen):.4f}", f"{abs(due):.4f}") for _, seen, due in found), nodes


def _neighbours(one: str, other: str) -> bool:
    one, other = one.ljust(len(other), "0"), other.ljust(len(one), "0")
    if len(one) != len(other):
        return False
    digits = [(a, b) for a, b in zip(one, other, strict=True) if a != "." or b != "."]
    apart = [i for i, (a, b) in enumerate(digits) if a != b]
    return len(apart) == 2 and apart[1] - apart[0] == 1 and digits[apart[0]] == digits[apart[1]][::-1]


def _shift(sources: Sources, form: Form, rule: Rule, record: Row, column: str) -> Answer:
    """Enough figures that are due elsewhere: one line up or down, or in another column of the same line."""
    amounts = [c for c in form.columns if c.type == "amount"]
    found, nodes = _due(sources, form, record, [c.name for c in amounts])
    due: dict[str, set[Decimal]] = {}
    for name, _, expected in found:
        due.setdefault(name, set()).add(expected)
    lines: dict[str, list[str]] = {}
    for c in amounts:
        lines.setdefault(c.measure, []).append(c.name)
    ways: dict[tuple[str, str], set[Decimal]] = {}
    for name, seen, _ in found:
        own = form.by_name[name]
        same = lines[own.measure]
        beside = {f"{own.item}_{m}": m for m in lines if m and m != own.measure} if own.item else {}
        near = {same[i]: str(step) for step in (-1, 1) if 0 <= (i := same.index(name) + step) < len(same)}
        for place, way in {**beside, **near}.items():
            if seen and seen in due.get(place, ()):
                ways.setdefault((own.measure, way), set()).add(seen)
    return any(len(figures) >= int(rule.parameters["least"]) for figures in ways.values()), nodes[:_MOST]


def _due(sources: Sources, form: Form, record: Row, names: list[str]) -> tuple[list[tuple[str, Decimal, Decimal]], list[Node]]:
    """(column, seen, due) of every broken rule that says what a cell must be, with the cells of both records."""
    found: list[tuple[str, Decimal, Decimal]] = []
    nodes: list[Node] = []
    for rule in form.relation_rules:
        for check in (c for c in rule.checks if c.at in names and c.expected):
            pair = read_pair(sources, form, rule, [check.predicate, check.expected], record)
            expected = value(pair.texts[1], pair.values)
            if holds(pair.texts[0], pair.values, pair.step, pair.figures) is False and expected is not None:
                found.append((check.at, pair.values[check.at], Decimal(expected)))
                nodes += pair.nodes
    return found, nodes


KINDS: Mapping[str, Callable[[Sources, Form, Rule, Row, str], Answer]] = {
    "registered": _registered, "scale": _scale, "copied": _copied, "zero_column": _zero_column,
    "first_in_year": _first_in_year, "holding_cycle": _holding_cycle, "order_of_bodies": _order_of_bodies,
    "sign": _pen, "transposed": _pen, "shift": _shift,
}  # fmt: skip
