"""What the figures of one monthly report owe each other, worked out from the statement's own lines (F02: B01–B14, B17, B20).

Plain arithmetic over filed texts, written from the line numbers of the form. It knows no rule of the contract, so that the truth file says
what must be found whatever the contracts say. A finding here is (rule, column).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache

from samples.filing import COUNTS, Filed
from schemas.load import form

Found = tuple[str, str]
FLOWS, STOCKS = ("month", "ytd", "ly_month", "ly_ytd"), ("opening", "closing", "ly_closing")
_UNSPLIT = ("银行", "证券", "保险")

# rule: (measures, total, parts; a part with a leading − is taken away; blank parts count as zero, except where noted)
_SUMS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "B01-1": (FLOWS, "revenue_total", "revenue financial_revenue"),
    "B02-1": (FLOWS, "cost_total", "cost financial_cost taxes_surcharges selling_expense admin_expense rd_expense finance_expense"),
    "B03-1": (FLOWS, "operating_profit", "revenue_total -cost_total other_income investment_income fx_gain hedge_gain fair_value_gain "
              "credit_impairment asset_impairment disposal_gain"),
    "B04-1": (FLOWS, "total_profit", "operating_profit non_operating_income -non_operating_expense"),
    "B05-1": (FLOWS, "net_profit", "total_profit -income_tax"),
    "B05-2": (FLOWS, "net_profit", "net_profit_parent minority_income"),
    "B06-1": (STOCKS, "current_assets", "cash trading_assets notes_receivable accounts_receivable prepayments other_receivables "
              "inventory contract_assets other_current_assets"),
    "B06-2": (STOCKS, "non_current_assets", "long_equity_investment other_financial_assets investment_property fixed_assets "
              "construction_in_progress right_of_use_assets intangible_assets development_cost goodwill other_non_current_assets"),
    "B06-3": (STOCKS, "assets", "current_assets non_current_assets"),
    "B07-1": (STOCKS, "current_liabilities", "short_loans notes_payable accounts_payable advances_received contract_liabilities "
              "payroll_payable taxes_payable_balance other_payables current_portion other_current_liabilities"),
    "B07-2": (STOCKS, "non_current_liabilities", "long_loans bonds_payable lease_liabilities long_payables provisions "
              "other_non_current_liabilities"),
    "B07-3": (STOCKS, "liabilities", "current_liabilities non_current_liabilities"),
    "B08-1": (STOCKS, "parent_equity", "paid_in_capital other_equity_instruments capital_reserve other_equity surplus_reserve "
              "undistributed_profit"),
    "B08-2": (STOCKS, "equity", "parent_equity minority_equity"),
    "B08-3": (STOCKS, "liabilities_and_equity", "liabilities equity"),
    "B08-4": (STOCKS, "assets", "liabilities_and_equity"),
    "B11-1": (FLOWS, "cfo", "cfo_in -cfo_out"),
    "B11-2": (FLOWS, "cfi", "cfi_in -cfi_out"),
    "B11-3": (FLOWS, "cff", "cff_in -cff_out"),
    "B11-4": (FLOWS, "net_cash_increase", "cfo cfi cff fx_effect"),
    "B11-5": (("ytd", "ly_ytd"), "cash_eq_closing", "cash_eq_opening net_cash_increase"),
    "B13-1": (("ytd",), "value_added", "labour_cost depreciation operating_profit government_grant -fair_value_gain "
              "-investment_income taxes_due_total -income_tax"),
}  # fmt: skip
# rule: (measures, the smaller, the larger); the cell shown is the smaller unless the rule is in _AT_LARGER.
_PARTS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "B01-2": (FLOWS, "main_revenue", "revenue"),
    "B02-2": (FLOWS, "main_cost", "cost"),
    "B04-2": (FLOWS, "government_grant", "non_operating_income"),
    "B09-2": (STOCKS, "interest_bearing_debt", "liabilities"),
    "B12-1": (("ytd",), "rd_expense", "rd_input"),
    "B12-2": (FLOWS, "wage_total", "labour_cost"),
    "B20-1": (STOCKS, "loss_units", "units"),
}
_AT_LARGER = ("B12-1",)
_UNSPLIT_RULES = ("B06-1", "B06-2", "B06-3", "B07-1", "B07-2", "B07-3")
_NO_BLANK_PARTS = ("B11-1", "B11-2", "B11-3")
BALANCES_IN_FLOWS = ("cash_eq_opening", "cash_eq_closing", "loss_amount")


def within(record: Filed) -> Iterator[Found]:
    """What is broken inside one record."""
    yield from _sums(record)
    if record.scope != "difference":
        for rule, (each, part, whole) in _PARTS.items():
            for m in each:
                less, more = record.amount(f"{part}_{m}"), record.amount(f"{whole}_{m}")
                if less is not None and more is not None and less > more:
                    yield rule, f"{whole if rule in _AT_LARGER else part}_{m}"
        yield from _not_on_eliminations(record)
    if record.scope == "single":
        for rule, item, each in (("B05-3", "minority_income", FLOWS), ("B08-5", "minority_equity", STOCKS)):
            yield from ((rule, f"{item}_{m}") for m in each if record.amount(f"{item}_{m}"))
    cash, held, free = (record.amount(c) for c in ("cash_closing", "restricted_cash_closing", "cash_eq_closing_ytd"))
    if None not in (cash, held, free) and _apart(record, cash, free, held):
        yield "B11-7", "restricted_cash_closing"
    if (record.amount("taxes_paid_total_ytd") or 0) > 0 and record.amount("taxes_due_total_ytd") == 0:
        yield "B12-4", "taxes_due_total_ytd"


def _sums(record: Filed) -> Iterator[Found]:
    unsplit = record.cells["statement_type"] in _UNSPLIT
    for rule, (each, total, parts) in _SUMS.items():
        if unsplit and rule in _UNSPLIT_RULES:
            continue
        for m in each:
            seen, expected, terms = record.amount(f"{total}_{m}"), Decimal(0), 1
            for part in parts.split():
                value = record.amount(f"{part.lstrip('-')}_{m}")
                terms += 1
                if value is None and (rule in _NO_BLANK_PARTS or _required(part.lstrip("-"))):
                    break
                expected += (value or 0) * (-1 if part.startswith("-") else 1)
            else:
                if seen is not None and abs(seen - expected) > record.step * terms / 2:
                    yield rule, f"{total}_{m}"


@cache
def _required(item: str) -> bool:
    return next(i.required for i in form("monthly_finance").items if i.name == item)


def _apart(record: Filed, *figures: Decimal | None) -> bool:
    """The first less the others is more than rounding apart."""
    first, *rest = (f or Decimal(0) for f in figures)
    return abs(first - sum(rest)) > record.step * len(figures) / 2


def _not_on_eliminations(record: Filed) -> Iterator[Found]:
    def known(*columns: str) -> list[Decimal] | None:
        values = [record.amount(c) for c in columns]
        return None if None in values else [v for v in values if v is not None]

    for m in ("ytd", "ly_ytd"):
        if (v := known(f"interest_expense_{m}", f"finance_expense_{m}")) is not None:
            net = v[0] - (record.amount(f"interest_income_{m}") or 0)
            if net - v[1] > record.step * 3 / 2:
                yield "B02-3", f"finance_expense_{m}"
    for m in STOCKS:
        v = known(*(f"{i}_{m}" for i in ("interest_bearing_debt", "short_loans", "long_loans", "bonds_payable")))
        if v and sum(v[1:]) - v[0] > record.step * 2:
            yield "B09-1", f"interest_bearing_debt_{m}"
        v = known(f"state_equity_{m}", f"parent_equity_{m}")
        if v and v[0] > v[1] >= 0:
            yield "B10-1", f"state_equity_{m}"
    if (v := known("cash_eq_closing_ytd", "cash_closing")) and v[0] > v[1]:
        yield "B11-6", "cash_eq_closing_ytd"
    if (v := known("taxes_due_total_ytd")) and v[0] < 0:
        yield "B12-3", "taxes_due_total_ytd"
    v = known("undistributed_profit_closing", "undistributed_profit_opening", "net_profit_parent_ytd")
    if v and v[0] - v[1] - v[2] > record.step * 3 / 2:
        yield "B17-1", "undistributed_profit_closing"


def wholly_owned(record: Filed, legal_form: str) -> Iterator[Found]:
    """B10-2: a wholly state-owned unit's state equity is its parent equity."""
    state, parent = record.amount("state_equity_closing"), record.amount("parent_equity_closing")
    wholly = record.scope == "single" and legal_form in ("国有独资公司", "国有全资")
    if wholly and None not in (state, parent) and _apart(record, state, parent):
        yield "B10-2", "state_equity_closing"


def first_of_year(record: Filed) -> Iterator[Found]:
    for item in amounts("F"):
        month, ytd = record.amount(f"{item}_month"), record.amount(f"{item}_ytd")
        if item not in BALANCES_IN_FLOWS and None not in (month, ytd) and _apart(record, ytd, month):
            yield "B14-2", f"{item}_ytd"


@cache
def amounts(kind: str) -> Sequence[str]:
    """Names of the lines of a kind that are money."""
    return [i.name for i in form("monthly_finance").items if i.kind == kind and i.name not in COUNTS]
