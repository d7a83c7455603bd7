"""The twenty-two financial indicators of the performance evaluation, written out from 国资发评价〔2006〕157号 as it reads since 2007.

Of annual accounts as filed; a figure that is not there, or nothing to divide by, gives none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from samples.filing import FACTORS, figure
from samples.golden_known import quotient
from samples.line import Line

Accounts = Mapping[str, Fraction]
_NOT_AMOUNTS = ("headcount", "avg_headcount", "staff_on_post", "units")


def accounts(line: Line) -> Accounts:
    """Every amount filed, in yuan."""
    factor = Fraction(FACTORS[line.cells["declared_unit"]], 100)
    found = {name: figure(text) for name, text in line.cells.items() if not name.startswith(_NOT_AMOUNTS)}
    return {name: Fraction(value) * factor for name, value in found.items() if value is not None}


def ratios(f: Accounts) -> dict[str, Fraction | None]:
    return {name: _known(of, f) for name, of in _RATIOS.items()}


def _known(of: Callable[[Accounts], Fraction], f: Accounts) -> Fraction | None:
    try:
        return quotient(of(f), 1)
    except (KeyError, ZeroDivisionError):
        return None


def _mean(f: Accounts, *items: str) -> Fraction:
    return sum((f[f"{item}_{when}"] for item in items for when in ("opening", "closing")), Fraction(0)) / 2


def _growth(now: Fraction, before: Fraction) -> Fraction:
    return (now - before) / before


def _before_interest(f: Accounts) -> Fraction:
    return f["total_profit_ytd"] + f["interest_expense_ytd"]


def _costs(f: Accounts) -> Fraction:
    items = ("cost", "taxes_surcharges", "selling_expense", "admin_expense", "rd_expense", "finance_expense")
    return sum((f[f"{item}_ytd"] for item in items), Fraction(0))


_RATIOS: Mapping[str, Callable[[Accounts], Fraction]] = {
    "return_on_equity": lambda f: f["net_profit_ytd"] / _mean(f, "equity"),
    "return_on_assets": lambda f: _before_interest(f) / _mean(f, "assets"),
    "operating_margin": lambda f: f["operating_profit_ytd"] / f["revenue_ytd"],
    "earnings_cash_cover": lambda f: f["cfo_ytd"] / f["net_profit_ytd"],
    "cost_profit_ratio": lambda f: f["total_profit_ytd"] / _costs(f),
    "return_on_capital": lambda f: f["net_profit_ytd"] / _mean(f, "paid_in_capital", "capital_reserve"),
    "asset_turnover": lambda f: f["revenue_ytd"] / _mean(f, "assets"),
    "receivable_turnover": lambda f: f["revenue_ytd"] / _mean(f, "accounts_receivable"),
    "bad_asset_ratio": lambda f: f["bad_assets"] / (f["assets_closing"] + f["impairment_balance"]),
    "current_asset_turnover": lambda f: f["revenue_ytd"] / _mean(f, "current_assets"),
    "asset_cash_recovery": lambda f: f["cfo_ytd"] / _mean(f, "assets"),
    "debt_ratio": lambda f: f["liabilities_closing"] / f["assets_closing"],
    "interest_cover": lambda f: _before_interest(f) / f["interest_expense_ytd"],
    "quick_ratio": lambda f: (f["current_assets_closing"] - f["inventory_closing"]) / f["current_liabilities_closing"],
    "cash_to_current_liabilities": lambda f: f["cfo_ytd"] / f["current_liabilities_closing"],
    "interest_bearing_ratio": lambda f: f["interest_bearing_debt_closing"] / f["liabilities_closing"],
    "contingent_ratio": lambda f: f["contingent_liabilities"] / f["equity_closing"],
    "revenue_growth": lambda f: _growth(f["revenue_ytd"], f["revenue_ly_ytd"]),
    "capital_preservation": lambda f: (
        (f["state_equity_closing"] - f["objective_increase"] + f["objective_decrease"]) / f["state_equity_opening"]
    ),
    "operating_profit_growth": lambda f: _growth(f["operating_profit_ytd"], f["operating_profit_ly_ytd"]),
    "asset_growth": lambda f: _growth(f["assets_closing"], f["assets_opening"]),
    "technology_ratio": lambda f: f["technology_spending"] / f["revenue_ytd"],
}
