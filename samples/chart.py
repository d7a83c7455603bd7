"""The accounts of a made-up unit and how it earns: names of statement lines, and a profile. Whole fen throughout."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_YEAR = 2023
Amounts = dict[str, int]

CURRENT = ("cash", "trading_assets", "notes_receivable", "accounts_receivable", "prepayments", "other_receivables",
           "inventory", "contract_assets", "other_current_assets")  # fmt: skip
FIXED = ("long_equity_investment", "other_financial_assets", "investment_property", "fixed_assets",
         "construction_in_progress", "right_of_use_assets", "intangible_assets", "development_cost", "goodwill",
         "other_non_current_assets")  # fmt: skip
SHORT = ("short_loans", "notes_payable", "accounts_payable", "advances_received", "contract_liabilities", "payroll_payable",
         "taxes_payable_balance", "other_payables", "current_portion", "other_current_liabilities")  # fmt: skip
LONG = ("long_loans", "bonds_payable", "lease_liabilities", "long_payables", "provisions",
        "other_non_current_liabilities")  # fmt: skip
EQUITY = ("paid_in_capital", "other_equity_instruments", "capital_reserve", "other_equity", "surplus_reserve",
          "undistributed_profit")  # fmt: skip
DEBT = ("short_loans", "current_portion", "long_loans", "bonds_payable", "lease_liabilities")
MEMO = ("restricted_cash", "minority_equity", "perpetual_bonds", "guarantee_balance", "overdue_debt", "headcount")
COSTS = ("cost", "financial_cost", "taxes_surcharges", "selling_expense", "admin_expense", "rd_expense", "finance_expense")
GAINS = ("other_income", "investment_income", "fx_gain", "hedge_gain", "fair_value_gain", "credit_impairment",
         "asset_impairment", "disposal_gain")  # fmt: skip
EARNED = ("main_revenue", "revenue", "financial_revenue", "main_cost", *COSTS, "interest_expense", "interest_income", *GAINS,
          "associate_income", "non_operating_income", "government_grant", "non_operating_expense", "labour_cost",
          "wage_total", "depreciation", "taxes_due_total", "taxes_paid_total", "vat_paid", "cit_paid", "rd_input",
          "fixed_investment")  # fmt: skip
FINANCIAL = ("银行", "证券", "保险")


@dataclass(frozen=True)
class Profile:
    """How a unit earns. `revenue` is a year's in fen; the rest are basis points unless said.

    `growth` a year; `cost`, `labour`, `rd` of revenue; `debt`, `capital` of a year's revenue; `ar`, `stock` of a month's.
    `jump`: month index from which business is ten times as large; `turn`: (month index, cost from then on); `shift`: which
    month of a quarter it closes its accounts in earnest (impairments, disposals), so that not all do at once.
    """

    revenue: int
    growth: int = 400
    cost: int = 7600
    labour: int = 900
    rd: int = 150
    debt: int = 3500
    ar: int = 14000
    stock: int = 11000
    capital: int = 6000
    jump: int = 0
    turn: tuple[int, int] | None = None
    state_share: int = 10000
    dormant: bool = False
    financial: bool = False
    shift: int = 0


def bp(amount: int, points: int) -> int:
    """`points` basis points of an amount, rounded down to the fen."""
    return amount * points // 10000


def month_index(year: int, month: int) -> int:
    return (year - FIRST_YEAR) * 12 + month - 1


def nothing() -> Amounts:
    """A balance sheet of zeros."""
    return dict.fromkeys((*CURRENT, *FIXED, *SHORT, *LONG, *EQUITY, *MEMO), 0)


def add_totals(stocks: Amounts, financial: bool, state_share: int) -> None:
    """Subtotals of a balance sheet, in place. Financial institutions do not split current from non-current."""
    current, fixed, short, long, parent = (
        sum(stocks[part] for part in parts) for parts in (CURRENT, FIXED, SHORT, LONG, EQUITY)
    )
    split = 0 if financial else 1
    stocks.update(
        current_assets=current * split, non_current_assets=fixed * split, assets=current + fixed,
        current_liabilities=short * split, non_current_liabilities=long * split, liabilities=short + long,
        interest_bearing_debt=sum(stocks[part] for part in DEBT), parent_equity=parent,
        equity=parent + stocks["minority_equity"],
        liabilities_and_equity=short + long + parent + stocks["minority_equity"],
        state_equity=parent if parent < 0 else bp(parent, state_share),
    )  # fmt: skip
