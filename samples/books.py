"""The books of one unit from January of FIRST_YEAR on: an opening balance sheet, then month after month (samples.month).

Nothing here knows a rule, a form or a file.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from samples.chart import CURRENT, EQUITY, FINANCIAL, FIXED, LONG, SHORT, Amounts, Profile, add_totals, bp, nothing
from samples.month import idle_month, one_month


@dataclass
class Books:
    """`flows[t]` is month t from January of FIRST_YEAR; `stocks[t]` the end of month t − 1 (0: the opening)."""

    flows: list[Amounts] = field(default_factory=list)
    stocks: list[Amounts] = field(default_factory=list)


def keep_books(seed: str, profile: Profile, statement_type: str, months: int, start: int = 0) -> Books:
    """Books from January of FIRST_YEAR; a unit founded in month `start` > 0 has nothing but zeros before it."""
    chance = random.Random(seed)
    books = Books(stocks=[_opening(chance, profile) if start == 0 else nothing()])
    for month in range(months):
        before = books.stocks[-1]
        if month < start:
            flows, after = idle_month(before), dict(before)
        else:
            flows, after = one_month(chance, profile, month, before, profile.revenue if 0 < start == month else 0)
        books.flows.append(flows)
        books.stocks.append(after)
    for stocks in books.stocks:
        add_totals(stocks, statement_type in FINANCIAL, profile.state_share)
    return books


def _opening(chance: random.Random, profile: Profile) -> Amounts:
    """A balance sheet at the end of the year before the books begin; undistributed profit is what closes it."""
    stocks, yearly, monthly = nothing(), profile.revenue, profile.revenue // 12

    def about(base: int, points: int) -> int:
        return bp(bp(base, points), chance.randint(7500, 12500))

    if profile.dormant:
        return {**stocks, "paid_in_capital": yearly, "cash": yearly}
    debt = bp(yearly, profile.debt)
    stocks.update(
        cash=about(monthly, 9000), trading_assets=about(monthly, 900), notes_receivable=about(monthly, 1800),
        accounts_receivable=about(monthly, profile.ar), prepayments=about(monthly, 2100),
        other_receivables=about(monthly, 3100), inventory=about(monthly, profile.stock), contract_assets=about(monthly, 700),
        other_current_assets=about(monthly, 400), long_equity_investment=about(yearly, 500),
        other_financial_assets=about(yearly, 120), investment_property=about(yearly, 210), fixed_assets=about(yearly, 6200),
        construction_in_progress=about(yearly, 700), right_of_use_assets=about(yearly, 130),
        intangible_assets=about(yearly, 450), development_cost=about(yearly, 25), goodwill=about(yearly, 30),
        other_non_current_assets=about(yearly, 90), short_loans=bp(debt, 2600), notes_payable=about(monthly, 1300),
        accounts_payable=about(monthly, 11000), advances_received=about(monthly, 900),
        contract_liabilities=about(monthly, 2600), payroll_payable=about(monthly, 800),
        taxes_payable_balance=about(monthly, 500), other_payables=about(monthly, 3900), current_portion=bp(debt, 900),
        other_current_liabilities=about(monthly, 300), long_loans=bp(debt, 4200), bonds_payable=bp(debt, 2000),
        lease_liabilities=bp(debt, 300), long_payables=about(yearly, 80), provisions=about(yearly, 20),
        other_non_current_liabilities=about(yearly, 60), capital_reserve=about(yearly, 900), surplus_reserve=about(yearly, 150),
        other_equity=about(yearly, 20), headcount=max(3, yearly // 90_000_00), restricted_cash=about(monthly, 700),
        guarantee_balance=about(yearly, 300),
    )  # fmt: skip
    stocks["paid_in_capital"] = bp(yearly, profile.capital) // 1_000_000 * 1_000_000
    assets, owed = (sum(stocks[p] for p in (*a, *b)) for a, b in ((CURRENT, FIXED), (SHORT, LONG)))
    stocks["undistributed_profit"] = assets - owed - sum(stocks[part] for part in EQUITY)
    return stocks
