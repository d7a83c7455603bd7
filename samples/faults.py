"""Faults as clerks make them: a figure mistyped, pasted one column off, left out, sent again. No rule is looked at.

Here is where they are planted (samples.slips makes them), with the published rules, by hand, under which each must be found in
its own entry, reasoned from what the cell is part of on the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta

from samples.filing import FORM, Filed, file_record
from samples.ids import credit_code, wrong_digit
from samples.plan import Fault, Plan, copy_of
from samples.sending import DUE, Sent
from samples.slips import (
    Change,
    amounts,
    as_text,
    column_zero,
    in_yuan,
    instead,
    lines_shifted,
    raised,
    stocks_shifted,
    transposed,
    unsigned,
)


def go_wrong(plan: Plan) -> None:
    """All faults of a city, in units and periods fixed here, so that each stands alone but for its named consequences."""
    for key, period, scope, kind, change, rules, days in _FIGURES:
        _plant(plan, kind, key, period, change, rules, scope=scope, days=days)
    lost = _plant(plan, "loss_added_up", "C", "2025-04", raised(["loss_amount_ytd"], 5_000_000_00), (), scope="consolidated")
    plan.faults[-1] = replace(lost, shown=("reconciliation_break", "RC-LOSS"))
    audited = any(sent.form == "annual_finance" for sent in plan.sent)
    _sheet_in_yuan(plan, "B2", "2025-04", ("B14-1", "B15-3" if audited else "B15-1", "B15-2", "SLP-SCALE"))
    _sheet_in_yuan(plan, "E", "2024-03", ("B14-1", "B15-2", "SLP-SCALE"))
    _again(plan, "I", "2025-04", "2025-03")
    _again(plan, "C1", "2024-03", "2024-02")
    _left_out(plan)
    _twice(plan)
    _wrong_code(plan)
    _stranger(plan)
    _ended_division(plan)


def _plant(
    plan: Plan, kind: str, key: str, period: str, change: Change, rules: Sequence[str], *, scope: str = "single", days: int | None = None
) -> Fault:  # fmt: skip
    """`days`: the correction is in so many days after the due day; None: it never comes."""
    sent, record = plan.find(key, period, scope)
    columns = tuple(change(record))
    if days is not None:
        _correct(plan, sent, key, period, days, scope)
    made = Fault(kind, sent.path, FORM, record.unit_id, period, scope, columns, tuple(sorted(rules)), days is not None)
    plan.faults.append(made)
    return made


def _correct(plan: Plan, sent: Sent, key: str, period: str, days: int, scope: str = "single") -> None:
    sent.revision = sent.revision or 1
    plan.resend(key, period, 2, days=days, scopes=(scope,), kind="card" if sent.kind == "zip" else sent.kind)


# --- a whole file ----------------------------------------------------------------------------------------------------


def _again(plan: Plan, key: str, period: str, before: str) -> None:
    """Last month's sheet with a new period and date."""
    sent, record = plan.find(key, period)
    old = plan.find(key, before)[1]
    kept = ("period", "report_date")
    record.cells = {**old.cells, **{name: record.cells[name] for name in kept}}
    _note(plan, "copied", sent, record, amounts(), ("SLP-COPIED", "B14-1"))


def _note(
    plan: Plan, kind: str, sent: Sent, record: Filed, columns: Sequence[str], rules: Sequence[str], corrected: bool = False
) -> None:  # fmt: skip
    made = Fault(kind, sent.path, sent.form, record.unit_id, record.period, record.scope, tuple(columns), tuple(sorted(rules)), corrected)
    plan.faults.append(made)


def _sheet_in_yuan(plan: Plan, key: str, period: str, rules: Sequence[str]) -> None:
    """Every amount typed in yuan, to the cent, while the head says 万元."""
    sent, record = plan.find(key, period)
    year, month = (int(part) for part in period.split("-"))
    record.cells = file_record(plan.accounts, replace(plan.city.units[key], style=("元", 2), later_style=None), "single", year, month).cells
    record.cells["declared_unit"], record.style = "万元", ("万元", 2)
    _note(plan, "sheet_scale", sent, record, amounts(), rules)


def _left_out(plan: Plan) -> None:
    """A line deleted from the card."""
    for key, period, item, days in (("J", "2024-03", "payroll_payable", 3), ("K", "2025-02", "assets", 1)):
        sent, record = plan.find(key, period)
        cells = [f"{item}_{m}" for m in ("opening", "closing", "ly_closing")]
        sent.without = {"single": sent.without["single"] | {item}}
        for cell in cells:
            record.cells[cell] = ""
        _correct(plan, sent, key, period, days)
        _note(plan, "missing_line", sent, record, cells, [f"REQ-{c}" for c in cells], corrected=True)


def _twice(plan: Plan) -> None:
    """A record pasted into the file a second time."""
    for key, period, days in (("A23", "2024-12", 2), ("A2", "2025-03", None)):
        sent, record = plan.find(key, period)
        sent.records.append(copy_of(record))
        if days is not None:
            _correct(plan, sent, key, period, days)
        _note(plan, "record_twice", sent, record, ("unit_id",), ("KEY-DUP",), corrected=days is not None)


def _wrong_code(plan: Plan) -> None:
    """One digit of the organisation part of the unit's own code is wrong: the report is somebody else's, who does not exist."""
    for key, period in (("C2", "2024-03"), ("B11", "2025-04")):
        sent, record = plan.find(key, period)
        record.unit_id = record.cells["unit_id"] = wrong_digit(record.unit_id, 13)
        record.key = f"X{key}"
        sent.unit = ""
        sent.name = f"{key}-report.{sent.name.rpartition('.')[2]}" if len(sent.records) == 1 else sent.name
        _note(plan, "wrong_digit", sent, record, ("unit_id",), ("REG-1", "UID-2", "UID-3"))


def _stranger(plan: Plan) -> None:
    """A unit that nobody has registered reports."""
    for period in ("2025-02", "2025-03"):
        record = plan.fresh("B4", period)
        record.key, record.unit_id = "Z", credit_code(9_001)
        record.cells |= {"unit_id": record.unit_id, "unit_name": "样例未登记有限公司"}
        day = date.fromisoformat(DUE[period]) - timedelta(1)
        sent = Sent(f"{FORM}/{period}", f"{record.unit_id}.xlsx", FORM, period, "card", day, [record], unit=record.unit_id)
        plan.sent.append(sent)
        _note(plan, "not_registered", sent, record, ("unit_id",), ("REG-1",))


def _ended_division(plan: Plan) -> None:
    """The registry names a district that ended in 2012."""
    sent = next(s for s in plan.sent if s.path == "enterprise_registry/initial/units.xlsx")
    for key in ("B31", "G"):
        line = next(one for one in sent.lines if one.key == key)
        right = deepcopy(line)
        line.cells["division"] = "370205"
        line.errors.append(("COD-division", "division"))
        plan.sent.append(Sent(f"{sent.form}/correction-{key}", "units.csv", sent.form, "", "csv-utf-8-sig", date(2024, 1, 18),
                              revision=2, lines=[right]))  # fmt: skip
        plan.faults.append(Fault("unknown_code", sent.path, sent.form, line.unit_id, line.period, "", ("division",),
                                 ("COD-division",), True))  # fmt: skip


_SALES = [f"{i}_ly_ytd" for i in ("revenue_total", "revenue", "main_revenue", "cost_total", "cost", "main_cost")]
_HELD = ["inventory", "current_assets", "assets", "undistributed_profit", "parent_equity", "equity", "liabilities_and_equity",
         "state_equity"]  # fmt: skip
_OPENING, _LAST_YEAR = [f"{i}_opening" for i in _HELD], [f"{i}_ly_closing" for i in _HELD]

# unit, period, scope, kind, what was done, rules it must be found under, days from the due day to the correction (None: never)
_FIGURES: tuple[tuple[str, str, str, str, Change, tuple[str, ...], int | None], ...] = (
    ("B11", "2024-03", "single", "cell_scale", in_yuan("admin_expense_ytd"), ("B02-1",), 2),
    ("C1", "2025-04", "single", "cell_scale", in_yuan("guarantee_balance_closing"), ("SLP-SCALE",), None),
    ("A21", "2025-03", "consolidated", "cell_scale", in_yuan("fixed_investment_ytd"), ("B14-1", "SLP-SCALE"), None),
    ("B13", "2024-12", "single", "transposed", transposed("cost_ytd"), ("B02-1",), 2),
    ("A12", "2025-03", "single", "transposed", transposed("value_added_ytd"), ("B13-1", "B14-1"), None),
    ("C", "2025-03", "consolidated", "transposed", transposed("intangible_assets_opening"), ("B06-2",), 4),
    ("A111", "2024-12", "single", "sign", unsigned("total_profit_ytd"), ("B04-1", "B05-1"), 3),
    ("B21", "2025-03", "single", "sign", unsigned("net_profit_parent_month"), ("B05-2",), None),
    ("B12", "2025-03", "single", "sign", unsigned("net_profit_ytd"), ("B05-1", "B05-2"), 1),
    ("B3", "2025-03", "single", "shift", stocks_shifted, ("B11-7", "B15-1", "B15-2", "B16-2"), None),
    ("E", "2024-12", "single", "shift", lines_shifted, ("B02-1", "B12-1"), 5),
    ("B4", "2025-03", "single", "zero_column", column_zero("ly_ytd"), ("B16-1",), None),
    ("A11", "2024-03", "consolidated", "zero_column", column_zero("month"), ("B14-1",), None),
    ("B111", "2024-03", "single", "total_for_part", instead("cash_closing", "current_assets_closing"), ("B06-1", "B11-7"), 2),
    ("G", "2024-12", "single", "total_for_part", instead("cost_month", "cost_total_month"), ("B02-1",), 3),
    ("G", "2024-03", "single", "text_with_unit", as_text("selling_expense_ytd", "12万"), ("TYP-selling_expense_ytd",), 4),
    ("B1", "2025-02", "single", "text_with_unit", as_text("headcount_closing", "约300人"), ("TYP-headcount_closing",), 2),
    ("D", "2024-03", "single", "unknown_code", as_text("statement_type", "一般工商企业"), ("COD-statement_type",), 2),
    ("B12", "2025-02", "single", "year_ago", raised(_SALES, 7_654_321_00), ("B16-1",), None),
    ("A1", "2025-03", "consolidated", "year_ago", raised(_SALES, 9_876_543_00), ("B16-1",), None),
    ("D", "2025-02", "single", "year_ago", raised(_LAST_YEAR, 3_210_987_00), ("B16-2",), None),
    ("A23", "2025-02", "single", "opening", raised(_OPENING, 4_321_098_00), ("B15-1",), None),
    ("C2", "2025-03", "single", "opening", raised(_OPENING, 2_109_876_00), ("B15-1", "B15-2"), None),
)  # fmt: skip
