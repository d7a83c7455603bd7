"""Golden figures of the domains in plain Python: for four units, a group, a district and the city, from the lines that stand.

Nothing here shares code with the build. Amounts are those filed, in yuan: rounded to the declared unit, mistakes included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from samples.filing import FACTORS, figure
from samples.line import Line
from samples.plan import Plan
from samples.truth import last_day
from samples.verdicts import Outcome

Row = dict[str, Any]
Sum = Callable[[Line], Decimal]
# B1 and D hold assets abroad, C and A1 none or few.
_UNITS, _GROUP, _DISTRICT = ("A1", "B1", "C", "D"), "A", "370202"
_LARGE = Decimal(5_000_000)  # from how much on a payment is large where a unit has no list of its own (p)
_DEBTS = {"debt_bank": "银行贷款", "debt_bond": "中票", "debt_nonstandard": "融资租赁"}


@dataclass(frozen=True)
class Standing:
    """Lines in force by form, those with an error left out."""

    lines: Mapping[str, list[Line]]

    @classmethod
    def of_outcome(cls, outcome: Outcome) -> Standing:
        lines: dict[str, list[Line]] = {}
        for entry in outcome.standing.values():
            lines.setdefault(entry.form, []).extend(line for line in entry.lines if not line.errors)
        return cls(lines)

    def every(self, form: str) -> list[Line]:
        return self.lines.get(form, [])

    def of(self, form: str, keys: frozenset[str]) -> list[Line]:
        return [line for line in self.every(form) if line.key in keys]


def golden_domains(plan: Plan, outcome: Outcome) -> Row:
    """`nodes`: node → its units' ids; `figures`: mart, node, period ('' for all), name and value as text."""
    standing = Standing.of_outcome(outcome)
    nodes = nodes_on(plan, plan.city.today)
    found = [row | {"node": node} for node, keys in nodes.items() for row in _figures(standing, keys, plan)]
    found += [row for mart, form, names in _OF_NODE for row in _of_nodes(standing.lines.get(form, []), plan, mart, names)]
    ids = {node: sorted(plan.city.units[key].unit_id for key in keys) for node, keys in nodes.items()}
    return {"nodes": ids, "figures": found}


def nodes_on(plan: Plan, day: date) -> dict[str, frozenset[str]]:
    """Node → its units on a day."""
    city = plan.city
    group = frozenset(u.key for u in city.closure(_GROUP, day))
    district = frozenset(u.key for u in city.units.values() if u.supervisor == _DISTRICT)
    units = {city.units[key].unit_id: frozenset({key}) for key in _UNITS}
    return units | {city.units[_GROUP].unit_id: group, f"jg:{_DISTRICT}": district, "jg:sasac": frozenset(city.units)}


def _figures(standing: Standing, keys: frozenset[str], plan: Plan) -> Iterator[Row]:
    for mart, form, by_period, names in _MEASURES:
        for period, lines in _by_period(standing.of(form, keys), by_period):
            for name, one in names.items():
                yield _row(mart, period, name, sum((one(line) for line in lines), Decimal(0)))
    yield from _funds(standing, keys)
    for period, lines in _by_period(standing.of("investment_project", keys), True):
        paid = [p for p in standing.of("large_payment", keys) if p.cells["project_id"] and p.period <= _quarter_end(period)]
        known = {line.cells["project_id"] for line in lines}
        yield _row("investment_chain", period, "paid", sum((yuan(p, "amount") for p in paid if p.cells["project_id"] in known), Decimal(0)))
    for period, lines in _by_period(standing.of("reform_task", keys), True):
        before = {(b.key, b.own): _ratio(b, "progress") for b in standing.of("reform_task", keys) if b.period == _month_before(period)}
        fell = [t for t in lines if _ratio(t, "progress") < before.get((t.key, t.own), Decimal(0)) and not t.cells["remarks"]]
        yield _row("reform_progress", period, "fell_back", Decimal(len(fell)))


def _of_nodes(lines: Iterable[Line], plan: Plan, mart: str, names: Mapping[str, Sum]) -> Iterator[Row]:
    """Of marts with a row a node: over those that belong to it at the period's end."""
    for period, filed in _by_period(lines, True):
        for node, keys in nodes_on(plan, last_day(period)).items():
            if mine := [line for line in filed if line.key in keys]:
                for name, one in names.items():
                    yield _row(mart, period, name, sum(map(one, mine), Decimal(0))) | {"node": node}


def _funds(standing: Standing, keys: frozenset[str]) -> Iterator[Row]:
    passed = {(d.cells["topic_id"]): d.period for d in standing.lines.get("decision", []) if d.cells["result"] == "通过"}
    paid = standing.of("large_payment", keys)
    undecided = [p for p in paid if passed.get(p.cells["topic_id"], "9999") > p.period]
    yield _row("fund_flow", "", "undecided", Decimal(len(undecided)))
    yield _row("fund_flow", "", "split", Decimal(sum(_is_cut(p, paid, standing) for p in paid)))


def _is_cut(payment: Line, paid: Iterable[Line], standing: Standing) -> bool:
    """One of at least three payments to a payee within seven days, each below the line of the list, together not."""
    lists = standing.lines.get("decision_item_list", [])
    own = (yuan(i, "amount_line") for i in lists if (i.key, i.own) == (payment.key, payment.cells["item_code"]))
    line = next(own, _LARGE)
    same = [p for p in paid if (p.key, p.cells["payee_id"]) == (payment.key, payment.cells["payee_id"]) and yuan(p, "amount") < line]
    for first in (date.fromisoformat(payment.period) - timedelta(back) for back in range(7)):
        window = [p for p in same if first <= date.fromisoformat(p.period) < first + timedelta(7)]
        if len(window) >= 3 and payment in window and sum(yuan(p, "amount") for p in window) >= line:
            return True
    return False


def _row(mart: str, period: str, name: str, value: Decimal) -> Row:
    return {"mart": mart, "period": period, "name": name, "value": f"{value.normalize():f}"}


def _by_period(lines: Iterable[Line], by_period: bool) -> list[tuple[str, list[Line]]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.period if by_period else "", []).append(line)
    return sorted(found.items())


def yuan(line: Line, column: str) -> Decimal:
    """The amount filed; zero where there is none."""
    return (figure(line.cells[column]) or Decimal(0)) * FACTORS[line.cells.get("declared_unit", "元")] / 100


def _ratio(line: Line, column: str) -> Decimal:
    return (figure(line.cells[column]) or Decimal(0)) / 100


def _quarter_end(period: str) -> str:
    year, _, number = period.partition("Q")
    return f"{year}-{int(number) * 3:02d}-31"


def _month_before(period: str) -> str:
    year, month = (int(part) for part in period.split("-"))
    return f"{year - 1}-12" if month == 1 else f"{year}-{month - 1:02d}"


def _amount(column: str) -> Sum:
    return lambda line: yuan(line, column)


def _counted(test: Callable[[Line], bool]) -> Sum:
    return lambda line: Decimal(test(line))


def _of_kind(kind: str) -> Sum:
    return lambda loan: yuan(loan, "balance") if loan.cells["kind"] == kind else Decimal(0)


def _day(line: Line, column: str) -> date | None:
    value = line.values[column]
    return value if isinstance(value, date) else None


def _after(line: Line, column: str, other: str) -> bool:
    first, second = _day(line, column), _day(line, other)
    return first is not None and second is not None and first > second


def _over_share(line: Line) -> Decimal:
    """What is guaranteed beyond the guarantor's share of the debt."""
    if not line.cells["share"]:
        return yuan(line, "over_share")
    allowed = (_ratio(line, "share") * yuan(line, "debt")).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return max(Decimal(0), yuan(line, "balance") - allowed)


def _loss(line: Line) -> Decimal:
    return yuan(line, "loss_direct") + yuan(line, "loss_indirect")


def _grade(line: Line) -> str:
    """Lines of the central regulation: five and fifty million yuan."""
    loss = _loss(line)
    return "重大" if loss >= 50_000_000 else "较大" if loss >= 5_000_000 else "一般"


def _due(line: Line) -> Decimal:
    return sum((yuan(line, f"due_m{i:02d}") for i in range(1, 13)), Decimal(0))


def _expired(line: Line) -> bool:
    """A system of the third grade is assessed every year, one of the second every other."""
    assessed, years = _day(line, "assessed_on"), 1 if line.cells["grade"] == "三级" else 2
    return assessed is None or f"{assessed.replace(year=assessed.year + years)}" < _quarter_end(line.period)


_ROWS = {"rows": _counted(lambda line: True)}
# mart, form, whether by period, name → what is added up
_MEASURES: tuple[tuple[str, str, bool, Mapping[str, Sum]], ...] = (
    ("fund_flow", "large_payment", False, _ROWS | {"amount": _amount("amount")}),
    ("guarantee_exposure", "guarantee", True, _ROWS | {
        "balance": _amount("balance"), "strangers": _counted(lambda g: g.cells["relation_kind"] == "无关联"), "over_share": _over_share}),
    ("investment_chain", "investment_project", True, _ROWS | {
        "since_start": _amount("since_start"), "stalled": _counted(lambda p: bool(p.cells["stalled_since"])),
        "over_budget": _counted(lambda p: yuan(p, "since_start") > yuan(p, "budget") * Decimal("1.2"))}),
    ("property_movement", "property_registration", False, {"registered": _amount("paid_in_capital")}),
    ("property_movement", "property_transaction", False, {
        "price": _amount("price"), "low_floors": _counted(lambda s: yuan(s, "floor_first") < yuan(s, "appraised_share_value")
                                                          and s.cells["method"] == "进场公开")}),
    ("decision_compliance", "decision", False, _ROWS | {
        "amount": _amount("amount"), "studied_late": _counted(lambda d: _after(d, "party_on", "decided_on"))}),
    ("party_building", "party_organisation", True, _ROWS | {
        "members": lambda o: Decimal(o.cells["members"]),
        "term_over": _counted(lambda o: f"{_day(o, 'election_due')}" < _quarter_end(o.period))}),
    ("reform_progress", "reform_task", True, _ROWS | {"done": _counted(lambda t: t.cells["status"] == "已完成")}),
    ("accountability", "accountability_case", False, _ROWS | {
        "loss": _loss, "wrong_class": _counted(lambda c: bool(c.cells["loss_class"]) and c.cells["loss_class"] != _grade(c))}),
    ("network_coverage", "network_system", True, _ROWS | {"expired": _counted(_expired)}),
    ("equity_participation_review", "equity_participation", True, _ROWS | {
        "cost": _amount("cost"), "should_exit": _counted(lambda h: int(h.cells["loss_years"]) >= 3)}),
)  # fmt: skip
# Marts with a row a node: mart, form, name → what is added up
_OF_NODE: tuple[tuple[str, str, Mapping[str, Sum]], ...] = (
    ("debt_risk", "financing", {name: _of_kind(kind) for name, kind in _DEBTS.items()}),
    ("maturity_wall", "financing", {"due": _due, "next": _amount("due_m01")}),
    ("overseas_exposure", "overseas_asset", {name: _amount(name) for name in ("assets", "net_profit", "loss")}),
)
