"""The books agree exactly, before anything is rounded or filed: F02's relations worked out on whole fen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from samples.accounts import SCOPES, Accounts, Figures, period_end
from samples.city import City, build_city
from samples.sending import DUE

FLOWS, STOCKS = ("month", "ytd", "ly_month", "ly_ytd"), ("opening", "closing", "ly_closing")
SUMS = {
    "revenue_total": "revenue financial_revenue",
    "cost_total": "cost financial_cost taxes_surcharges selling_expense admin_expense rd_expense finance_expense",
    "total_profit": "operating_profit non_operating_income -non_operating_expense",
    "net_profit": "total_profit -income_tax",
    "cfo": "cfo_in -cfo_out",
    "cfi": "cfi_in -cfi_out",
    "cff": "cff_in -cff_out",
    "net_cash_increase": "cfo cfi cff fx_effect",
    "operating_profit": "revenue_total -cost_total other_income investment_income fx_gain hedge_gain fair_value_gain "
    "credit_impairment asset_impairment disposal_gain",
    "value_added": "labour_cost depreciation operating_profit government_grant -fair_value_gain -investment_income "
    "taxes_due_total -income_tax",
}
BALANCES = {
    "assets": "liabilities equity",
    "liabilities_and_equity": "liabilities equity",
    "equity": "parent_equity minority_equity",
    "parent_equity": "paid_in_capital other_equity_instruments capital_reserve other_equity surplus_reserve undistributed_profit",
}
SPLIT = {
    "current_assets": "cash trading_assets notes_receivable accounts_receivable prepayments other_receivables inventory "
    "contract_assets other_current_assets",
    "liabilities": "current_liabilities non_current_liabilities",
}


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(7, "small", ["4610", "5432"])


@pytest.fixture(scope="module")
def statements(city: City) -> list[tuple[str, str, int, int, Figures]]:
    accounts = Accounts(city)
    return [
        (unit.key, scope, year, month, accounts.figures(unit.key, scope, year, month))
        for year, month in city.periods for unit in city.alive(period_end(year, month)) for scope in SCOPES
        if scope == "single" or city.consolidates(unit.key, period_end(year, month))
    ]  # fmt: skip


def total(figures: Figures, parts: str, measure: str) -> int:
    return sum((-1 if p.startswith("-") else 1) * (figures.get((p.lstrip("-"), measure)) or 0) for p in parts.split())


def wrong(figures: Figures, sums: dict[str, str], measures: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return ((item, m) for item, parts in sums.items() for m in measures if figures[item, m] != total(figures, parts, m))


def test_every_statement_adds_up_to_the_fen_in_every_scope_and_month(statements: list[tuple[str, str, int, int, Figures]]) -> None:
    assert len(statements) > 300
    for key, scope, year, month, figures in statements:
        broken = [*wrong(figures, SUMS, FLOWS), *wrong(figures, BALANCES, STOCKS)]
        broken += [] if key in ("J",) else [*wrong(figures, SPLIT, STOCKS)]
        assert not broken, (key, scope, year, month)


def test_cash_rolls_forward_within_the_month_and_within_the_year(statements: list[tuple[str, str, int, int, Figures]]) -> None:
    for key, scope, year, month, f in statements:
        for m in FLOWS:
            opening, rise, closing = (f[i, m] or 0 for i in ("cash_eq_opening", "net_cash_increase", "cash_eq_closing"))
            assert opening + rise == closing, (key, scope, year, month, m)
        assert f["cash_eq_closing", "ytd"] == (f["cash", "closing"] or 0) - (f["restricted_cash", "closing"] or 0)


def test_a_consolidation_is_the_singles_and_the_eliminations_below_it(city: City) -> None:
    accounts = Accounts(city)
    for year, month in city.periods:
        day = period_end(year, month)
        for unit in (u for u in city.alive(day) if city.consolidates(u.key, day)):
            whole = accounts.figures(unit.key, "consolidated", year, month)
            below = city.group(unit.key, day)
            parts = [accounts.figures(u.key, "single", year, month) for u in below]
            parts += [accounts.figures(u.key, "difference", year, month) for u in below if city.consolidates(u.key, day)]
            for cell in (("assets", "closing"), ("net_profit", "ytd"), ("minority_equity", "opening"), ("cfo", "ly_ytd")):
                assert whole[cell] == sum(p[cell] or 0 for p in parts), (unit.key, year, month, cell)


def test_a_year_follows_from_the_year_before(city: City) -> None:
    accounts = Accounts(city)
    for unit in city.alive(period_end(2025, 3)):
        now, before = accounts.figures(unit.key, "single", 2025, 3), accounts.figures(unit.key, "single", 2025, 2)
        december, ago = accounts.figures(unit.key, "single", 2024, 12), accounts.figures(unit.key, "single", 2024, 3)
        assert now["inventory", "opening"] == before["inventory", "opening"] == december["inventory", "closing"]
        assert now["revenue", "ytd"] == (before["revenue", "ytd"] or 0) + (now["revenue", "month"] or 0)
        assert (now["revenue", "ly_ytd"], now["cash", "ly_closing"]) == (ago["revenue", "ytd"], ago["cash", "closing"])
        assert before["revenue", "month"] == before["revenue", "ytd"]


def test_the_unit_that_moves_is_in_one_group_before_and_in_the_other_after(city: City) -> None:
    before = {key: {u.key for u in city.group(key, period_end(2024, 6))} for key in "AB"}
    after = {key: {u.key for u in city.group(key, period_end(2024, 7))} for key in "AB"}
    assert "A22" in before["A"] - before["B"] and "A22" in after["B"] - after["A"]


def test_every_month_the_sample_cities_report_has_its_due_day() -> None:
    assert {f"{y}-{m:02d}" for y, m in build_city(1, "city", ["4610"]).periods} == set(DUE)
