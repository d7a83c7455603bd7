"""One month of a unit's books: earn, operate, invest, finance. Cash is what the other accounts leave over, and cash flows
are what moved the accounts, so the statements agree by construction, not by correction."""

from __future__ import annotations

import random

from samples.chart import COSTS, CURRENT, DEBT, EARNED, EQUITY, FIXED, GAINS, LONG, SHORT, Amounts, Profile, bp

_SEASON = (9200, 8300, 10100, 9900, 10000, 10400, 9700, 9800, 10300, 10200, 10500, 11600)


def one_month(chance: random.Random, profile: Profile, month: int, before: Amounts, injected: int) -> tuple[Amounts, Amounts]:
    """(flows, closing balances) of month `month`; `injected`: capital paid in at the founding."""
    earned = _earn(chance, profile, month, before)
    _conclude(earned)
    after, season = dict(before), month % 12
    moves: Amounts = {"paid_in_capital": injected}
    if not profile.dormant:
        _operate(chance, profile, earned, after)
        _invest(chance, earned, after, moves)
    after["paid_in_capital"] += injected
    after["undistributed_profit"] += earned["net_profit_parent"]
    if season == 11 and earned["net_profit"] > 0:
        kept = bp(earned["net_profit"], 1000)
        after["surplus_reserve"] += kept
        after["undistributed_profit"] -= kept
    _finance(profile, season, earned, after)
    return _flows(earned, before, after, moves), after


def idle_month(stocks: Amounts) -> Amounts:
    """Flows of a month in which a unit does not yet exist."""
    return _flows(_nothing_earned(), stocks, stocks, {})


def _earn(chance: random.Random, profile: Profile, month: int, before: Amounts) -> Amounts:
    """The income statement of one month."""
    year, season = divmod(month, 12)
    quarter = (season + profile.shift) % 3
    level = profile.revenue
    for _ in range(year):
        level = bp(level, 10000 + profile.growth)
    if profile.jump and month >= profile.jump:
        level *= 10
    cost = profile.turn[1] if profile.turn and month >= profile.turn[0] else profile.cost

    def some(base: int, points: int, width: int = 900) -> int:
        return bp(bp(base, points), chance.randint(10000 - width, 10000 + width))

    sales = some(bp(level // 12, _SEASON[season]), 10000, 250)
    if profile.dormant:
        return {**_nothing_earned(), "admin_expense": chance.randint(20_00, 90_00), "taxes_surcharges": 0}
    earned = _nothing_earned()
    fees = some(sales, 3)
    financial = bp(sales, 8200) if profile.financial else 0
    earned.update(
        main_revenue=sales - financial, revenue=sales - financial + some(sales, 240), financial_revenue=financial,
        main_cost=some(sales - financial, cost, 60), financial_cost=some(financial, 6100, 200),
        taxes_surcharges=some(sales, 60), selling_expense=some(sales, 330), admin_expense=some(sales, 610),
        rd_expense=some(sales, profile.rd), interest_expense=some(sum(before[p] for p in DEBT), 34),
        interest_income=some(before["cash"], 9), other_income=some(sales, 35),
        associate_income=some(before["long_equity_investment"], 28),
        fair_value_gain=bp(before["trading_assets"], chance.randint(-90, 110)),
        credit_impairment=-some(before["accounts_receivable"], 22) if quarter == 2 else 0,
        asset_impairment=-some(before["inventory"], 40) if quarter == 1 else 0,
        disposal_gain=bp(sales, chance.randint(-60, 120)) if quarter == 0 else 0,
        non_operating_income=some(sales, 25), non_operating_expense=some(sales, 18),
        labour_cost=some(level // 12, profile.labour, 200), depreciation=some(before["fixed_assets"], 46, 50),
    )  # fmt: skip
    earned["cost"] = earned["main_cost"] + bp(earned["revenue"] - earned["main_revenue"], 7300)
    earned["finance_expense"] = earned["interest_expense"] - earned["interest_income"] + fees
    earned["investment_income"] = earned["associate_income"] + some(before["trading_assets"], 20)
    earned["government_grant"] = bp(earned["non_operating_income"], 4000)
    earned["fx_gain"] = bp(financial, chance.randint(-20, 20))
    return earned


def _nothing_earned() -> Amounts:
    return dict.fromkeys(EARNED, 0)


def _conclude(e: Amounts) -> None:
    """From the lines of an income statement to profit, tax and net profit, in place."""
    e["revenue_total"] = e["revenue"] + e["financial_revenue"]
    e["cost_total"] = sum(e[part] for part in COSTS)
    e["operating_profit"] = e["revenue_total"] - e["cost_total"] + sum(e[part] for part in GAINS)
    e["total_profit"] = e["operating_profit"] + e["non_operating_income"] - e["non_operating_expense"]
    e["income_tax"] = bp(max(e["total_profit"], 0), 2350)
    e["net_profit"] = e["total_profit"] - e["income_tax"]
    e["net_profit_parent"], e["minority_income"] = e["net_profit"], 0


def _operate(chance: random.Random, profile: Profile, earned: Amounts, after: Amounts) -> None:
    """Working capital follows the month's revenue; taxes and wages are accrued and paid."""
    sales, wages = earned["revenue_total"], earned["labour_cost"]

    def towards(part: str, target: int) -> None:
        after[part] = max(0, after[part] + bp(target - after[part], chance.randint(1500, 3500)))

    for part, points in (("accounts_receivable", profile.ar), ("inventory", profile.stock), ("notes_receivable", 1800),
                         ("prepayments", 2100), ("contract_assets", 700), ("other_receivables", 3100),
                         ("other_current_assets", 400), ("notes_payable", 1300), ("accounts_payable", 11000),
                         ("advances_received", 900), ("contract_liabilities", 2600), ("other_payables", 3900),
                         ("other_current_liabilities", 300), ("restricted_cash", 700)):  # fmt: skip
        towards(part, bp(sales, points))
    earned["wage_total"] = bp(wages, 7400)
    after["payroll_payable"] = max(0, after["payroll_payable"] + wages - bp(wages, chance.randint(9300, 10700)))
    vat = bp(sales, chance.randint(270, 330))
    earned["taxes_due_total"] = earned["taxes_surcharges"] + earned["income_tax"] + vat
    paid = min(after["taxes_payable_balance"], bp(earned["taxes_due_total"], chance.randint(8500, 11000)))
    earned["taxes_paid_total"] = max(paid, 0)
    earned["vat_paid"], earned["cit_paid"] = bp(paid, 5200), bp(paid, 2600)
    after["taxes_payable_balance"] += earned["taxes_due_total"] - earned["taxes_paid_total"]
    after["headcount"] = max(3, after["headcount"] + chance.randint(-1, 1))


def _invest(chance: random.Random, earned: Amounts, after: Amounts, moves: Amounts) -> None:
    """Capital spending keeps the plant up; gains and losses without cash move the accounts they belong to."""
    capital = bp(earned["depreciation"], chance.randint(8000, 12500)) + bp(earned["revenue_total"], 60)
    built = bp(after["construction_in_progress"], chance.randint(0, 1800))
    grown = bp(earned["rd_expense"], 1500)
    sold = bp(after["fixed_assets"], 8) if earned["disposal_gain"] else 0
    after["construction_in_progress"] += capital - built
    after["fixed_assets"] += built - earned["depreciation"] - sold
    after["development_cost"] += grown
    after["long_equity_investment"] += earned["associate_income"]
    after["trading_assets"] += earned["fair_value_gain"]
    earned["rd_input"] = earned["rd_expense"] + grown
    earned["fixed_investment"] = capital
    moves.update(capex=capital + grown, sold=max(0, sold + earned["disposal_gain"]))


def _finance(profile: Profile, season: int, earned: Amounts, after: Amounts) -> None:
    """Short loans fill a gap in cash and are paid back from plenty; a dividend in June when there is profit and cash."""
    floor = after["restricted_cash"] + earned["revenue_total"] // 2
    gap = floor - _cash(after)
    if gap > 0 and not profile.dormant:
        after["short_loans"] += (gap // 1_000_000 + 1) * 1_000_000
    elif -gap > floor and after["short_loans"] > 0:
        after["short_loans"] -= min(after["short_loans"], (-gap - floor) // 1_000_000 * 1_000_000)
    spare = _cash(after) - 2 * floor
    if season == 5 and spare > 0 and after["undistributed_profit"] > 0:
        after["undistributed_profit"] -= min(spare, after["undistributed_profit"] // 3)
    after["cash"] = _cash(after)


def _cash(stocks: Amounts) -> int:
    """What is left for cash when every other account is as it is."""
    owed = sum(stocks[part] for part in (*SHORT, *LONG, *EQUITY))
    return owed - sum(stocks[part] for part in (*CURRENT, *FIXED) if part != "cash")


def _flows(earned: Amounts, before: Amounts, after: Amounts, moves: Amounts) -> Amounts:
    """All flow items of the month: the income statement, and the cash flows that moved the accounts from before to after."""
    if "net_profit" not in earned:
        _conclude(earned)
    flows = dict(earned)
    change = {part: after[part] - before[part] for part in after if part in before}
    borrowed = [change[part] for part in DEBT]
    dividend = earned["net_profit_parent"] - change["undistributed_profit"] - change["surplus_reserve"]
    flows["cff_in"] = sum(c for c in borrowed if c > 0) + moves.get("paid_in_capital", 0)
    flows["cff_out"] = -sum(c for c in borrowed if c < 0) + dividend + earned["interest_expense"]
    flows["cff"] = flows["cff_in"] - flows["cff_out"]
    traded = earned["investment_income"] - earned["associate_income"]
    flows["cfi_in"] = moves.get("sold", 0) + traded
    flows["capex_paid"], flows["investment_paid"] = moves.get("capex", 0), 0
    flows["cfi_out"] = flows["capex_paid"]
    flows["cfi"] = flows["cfi_in"] - flows["cfi_out"]
    flows["fx_effect"] = 0
    flows["net_cash_increase"] = change["cash"] - change["restricted_cash"]
    flows["cfo"] = flows["net_cash_increase"] - flows["cff"] - flows["cfi"]
    receipts = bp(earned["revenue_total"], 10800)
    flows["cfo_in"] = max(receipts, flows["cfo"])
    flows["cfo_out"] = flows["cfo_in"] - flows["cfo"]
    flows["value_added"] = value_added(flows)
    return flows


def value_added(f: Amounts) -> int:
    """劳动生产总值 as the annual accounts define it (DOMAIN §4): labour, depreciation, operating surplus, taxes on production."""
    surplus = f["operating_profit"] + f["government_grant"] - f["fair_value_gain"] - f["investment_income"]
    return f["labour_cost"] + f["depreciation"] + surplus + f["taxes_due_total"] - f["income_tax"]
