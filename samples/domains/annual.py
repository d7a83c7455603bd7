"""Annual accounts, agreed with December's report, with the reasons why state equity changed; and what heads owe of their profit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from samples.accounts import period_end
from samples.city import Unit
from samples.domains.planting import fen, lawful, pick, plant
from samples.domains.posting import post
from samples.filing import COUNTS, FORM, habit, restated, typed_as
from samples.line import Line, Value, make_line
from samples.plan import Fault, LookAlike, Plan
from samples.sending import Sent
from schemas.load import form

ACCOUNTS, CHANGE, INCOME = "annual_finance", "annual_finance_line", "capital_income"
_FIRST = 2023
_RATIO = Decimal("0.2")
_LEAST = 10_000_000  # fen: what is less is not told apart from what was earned
_MOVED = 100_000_000  # fen
Figures = dict[str, int]


def send(plan: Plan) -> Iterable[Sent]:
    for year in (_FIRST, *(y for y in plan.world.years if date(y + 1, 4, 20) < plan.city.today)):
        day = date(year + 1, 4, 20)
        made = [(unit, scope, figures(plan, unit, scope, year)) for unit, scope in _reports(plan, year)]
        yield from post(plan, str(year), day, [_accounts(plan, u, scope, year, f) for u, scope, f in made])
        yield from post(plan, str(year), day, [line for u, scope, f in made for line in _changes(plan, u, scope, year, f)], alone=())
        heads = [(u, f) for u, scope, f in made if scope == "consolidated" and len(u.key) == 1]
        yield from post(plan, str(year), date(year + 1, 5, 12), [_income(plan, u, year, f) for u, f in heads], alone=())


def _reports(plan: Plan, year: int) -> Iterator[tuple[Unit, str]]:
    end = period_end(year, 12)
    for unit in plan.world.reporting(end):
        yield unit, "single"
        if plan.city.consolidates(unit.key, end):
            yield unit, "difference"
            yield unit, "consolidated"


def figures(plan: Plan, unit: Unit, scope: str, year: int) -> Figures:
    """Item and measure → fen (persons; hundredths of an average person). The year before the books is taken to have been alike."""
    found = {f"{item}_{measure}": value or 0 for (item, measure), value in plan.accounts.figures(unit.key, scope, year, 12).items()}
    if year == _FIRST:
        found |= {f"{name[:-4]}_ly_ytd": value for name, value in found.items() if name.endswith("_ytd") and not name.endswith("_ly_ytd")}
        found["cash_eq_closing_ly_ytd"] = found["cash_eq_opening_ytd"]
        found["cash_eq_opening_ly_ytd"] = found["cash_eq_opening_ytd"] - found["net_cash_increase_ytd"]
    return found


def _moved(f: Figures, scope: str) -> tuple[int, int, int, int]:
    """Why state equity changed: (put in from outside, paid out, earned, lost); an elimination has nothing from outside."""
    put = max(0, f["paid_in_capital_closing"] - f["paid_in_capital_opening"])
    own = f["state_equity_closing"] - f["state_equity_opening"]
    out = max(0, f["net_profit_parent_ytd"] - own) if f["net_profit_parent_ytd"] > 0 else 0
    put, out = (one if one >= _LEAST and scope != "difference" else 0 for one in (put, out))
    earned = own - put + out
    return put, out, max(earned, 0), max(-earned, 0)


def _accounts(plan: Plan, unit: Unit, scope: str, year: int, f: Figures) -> Line:
    style = unit.later_style if unit.later_style and year >= 2025 else unit.style
    put, out, earned, lost = _moved(f, scope)
    by_name = form(ACCOUNTS).by_name
    items: dict[str, Value] = {name: _figure(name, value) for name, value in f.items() if name in by_name}
    return make_line(ACCOUNTS, unit, str(year), {
        **items, **_households(plan, unit, scope, year), "scope": scope, "statement_type": unit.statement_type,
        "restated_reason": restated(plan.accounts, unit, scope, year, 12) or None, "auditor": "样例会计师事务所",
        "new_reason": "新设" if unit.spells[0].start.year == year else "连续上报",
        "audit_no": f"样审〔{year + 1}〕{unit.key}号", "audit_date": date(year + 1, 3, 28), "audit_opinion": "标准无保留",
        "objective_increase": put, "objective_decrease": out, "operating_increase": earned, "operating_decrease": lost,
        "debt_bank": f["short_loans_closing"] + f["long_loans_closing"] + f["current_portion_closing"],
        "debt_bond": f["bonds_payable_closing"], "debt_nonstandard": f["lease_liabilities_closing"], "debt_other": 0,
        "avg_cost": Decimal("0.0372"),
        **(_beside(unit, f) if scope != "difference" else {}),
    }, style)  # fmt: skip


def _figure(name: str, value: int) -> Value:
    item = name.rpartition("_ly_ytd")[0] or name.rpartition("_")[0]
    return Decimal(value) / 100 if item == "avg_headcount" else str(value) if item in COUNTS else value


def _households(plan: Plan, unit: Unit, scope: str, year: int) -> dict[str, Value]:
    """Units in the consolidation at either end of the year; who came and who went."""
    if scope != "consolidated":
        return dict.fromkeys(("units_opening", "units_closing", "loss_units_opening", "loss_units_closing", "loss_amount_ytd",
                              "loss_amount_ly_ytd"))  # fmt: skip
    then, now = ({u.key for u in plan.city.group(unit.key, period_end(y, 12))} for y in (year - 1, year))
    return {"units_opening": str(len(then)), "units_closing": str(len(now)), "units_in": len(now - then), "units_out": len(then - now)}


def _beside(unit: Unit, f: Figures) -> dict[str, Value]:
    """What the monthly report does not have."""
    due = _due(f) if len(unit.key) == 1 else 0
    return {
        "bad_assets": f["accounts_receivable_closing"] // 10, "impairment_balance": f["accounts_receivable_closing"] // 12,
        "contingent_liabilities": f["guarantee_balance_closing"], "technology_spending": f["rd_input_ytd"], "capital_income_due": due,
        "capital_income_paid": 0, "labour_cost_total": f["labour_cost_ytd"], "staff_on_post": f["headcount_closing"],
        "wage_budget": f["wage_total_ytd"],
    }  # fmt: skip


def _due(f: Figures) -> int:
    return int(max(0, f["net_profit_parent_ytd"]) * _RATIO)


def _changes(plan: Plan, unit: Unit, scope: str, year: int, f: Figures) -> Iterator[Line]:
    put, out, _, _ = _moved(f, scope)
    style = unit.later_style if unit.later_style and year >= 2025 else unit.style
    said = (("增加", "直接或追加投资", put), ("减少", "按规定上缴红利", out))
    for number, (direction, reason, amount) in enumerate((one for one in said if one[2]), 1):
        yield make_line(CHANGE, unit, str(year), {
            "scope": scope, "line_no": number, "direction": direction, "reason": reason, "amount": amount,
            "basis_no": f"样例国资〔{year}〕{unit.key}号",
        }, style)  # fmt: skip


def _income(plan: Plan, unit: Unit, year: int, f: Figures) -> Line:
    base = max(0, f["net_profit_parent_ytd"])
    return make_line(INCOME, unit, str(year), {
        "kind": "应交利润", "base_profit": base, "ratio": _RATIO, "due": _due(f), "paid": 0,
    }, unit.later_style if unit.later_style and year >= 2025 else unit.style)  # fmt: skip


def go_wrong(plan: Plan) -> None:
    line = pick(plan, ACCOUNTS, key="A12", scope="single", period="2024")
    plant(plan, "parts_not_total", line, {"inventory_closing": fen(line, "inventory_closing") + 900_000_000},
          errors=[("AF-12", "current_assets_closing")], days=4)  # fmt: skip
    line = pick(plan, ACCOUNTS, key="B1", scope="single", period="2024")
    plant(plan, "opinion_unsaid", line, {"audit_opinion": "保留"}, queries=[("AF-43", "audit_opinion")])
    line = next(one for _, one in plan.lines(CHANGE) if (one.period, one.scope, one.cells["direction"]) == ("2024", "single", "减少"))
    plant(plan, "line_over_head", line, {"amount": fen(line, "amount") * 10}, related=[("AFL-7", "amount")])
    head = next(one for _, one in plan.lines(ACCOUNTS) if (one.key, one.period, one.scope) == (line.key, "2024", "single"))
    head.related.append(("AF-59", "objective_decrease"))
    line = pick(plan, INCOME, key="A", period="2024")
    less = fen(line, "due") * 9 // 10
    plant(plan, "due_not_product", line, {"due": less}, queries=[("CI-13", "due")])
    plant(plan, "paid_without_day", line, {"paid": less}, queries=[("CI-6", "paid_on")])
    if any(sent.form == FORM for sent in plan.sent):
        _audited(plan)


def _audited(plan: Plan) -> None:
    """The auditors move a sum between two lines of the closing balance. From April on one unit's openings follow, in April with the
    reason; one's stay December's.
    """
    for key, follows in (("G", True), ("J", False)):
        moved = {"prepayments": _MOVED, "other_receivables": -_MOVED}
        line = pick(plan, ACCOUNTS, key=key, scope="single", period="2024")
        line.put({f"{item}_closing": fen(line, f"{item}_closing") + by for item, by in moved.items()})
        for period in (p for p, _ in plan.periods() if "2025-04" <= p <= "2025-12"):
            sent, record = plan.find(key, period)
            if follows:
                record.cells |= {f"{i}_opening": habit(key, typed_as(fen(line, f"{i}_closing"), record.style)) for i in moved}
                record.cells["restated_reason"] = "差错更正" if period == "2025-04" else ""
            else:
                columns = tuple(f"{item}_opening" for item in moved)
                plan.faults.append(Fault("opening_not_audited", sent.path, FORM, record.unit_id, period, record.scope, columns,
                                         ("B15-3",), False))  # fmt: skip


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "parts_not_total", ACCOUNTS, "各项按万元四舍五入，与合计相差在容差内", lambda one: one.style[0] == "万元")
    yield from lawful(plan, "opinion_unsaid", ACCOUNTS, "标准无保留意见，不需说明", lambda one: True)
    yield from lawful(plan, "line_over_head", CHANGE, "单项等于合计", lambda one: True)
    yield from lawful(plan, "paid_without_day", INCOME, "尚未上交", lambda one: True)
    yield from lawful(plan, "due_not_product", INCOME, "基数与应交都按金额单位四舍五入", lambda one: True)
    if any(sent.form == FORM for sent in plan.sent):
        said = {("G", "2025-04"): "年初数按审定决算调整，已填重述原因", ("J", "2025-03"): "决算报出前，年初数是十二月快报数",
                **{(key, "2025-04"): "决算与快报一致" for key in ("E", "A13", "B13")}}  # fmt: skip
        for (key, period), why in said.items():
            yield LookAlike("opening_not_audited", FORM, plan.city.units[key].unit_id, period, "single", why)
