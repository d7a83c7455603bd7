"""Every unit's books, its eliminations and its consolidation, as the measures a monthly report asks for. Whole fen, exact."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date

from samples.books import Books, keep_books
from samples.chart import COSTS, EARNED, FIRST_YEAR, GAINS, Amounts, add_totals, month_index, nothing
from samples.city import City, Unit

MONTHS = 36
Figures = dict[tuple[str, str], int | None]
_STOCK_MEASURES = {"closing": 0, "opening": 1, "ly_closing": 2}
SCOPES = ("single", "difference", "consolidated")


def period_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


class Accounts:
    """`figures(key, scope, year, month)` → {(item, measure): fen}; heads in persons, average heads in hundredths of one.

    Items of a consolidated statement are the sum over the group at the period's end, for this year and the last alike
    (a moved unit is restated), plus the eliminations of every head in it.
    """

    def __init__(self, city: City) -> None:
        self.city = city
        self.own = {u.key: _own(city, u) for u in city.units.values()}
        self.eliminations = {u.key: _eliminate(city, u) for u in city.units.values()}
        self._at, self._known = -1, dict[tuple[str, str], Figures]()

    def figures(self, key: str, scope: str, year: int, month: int) -> Figures:
        """Only one period's figures are kept: a group is added up from them."""
        at, place = month_index(year, month), (key, scope)
        if at != self._at:
            self._at, self._known = at, {}
        if place not in self._known:
            self._known[place] = self._make(key, scope, at, period_end(year, month))
        return self._known[place]

    def _make(self, key: str, scope: str, at: int, day: date) -> Figures:
        if scope != "consolidated":
            return _measures((self.own if scope == "single" else self.eliminations)[key], at)
        group = self.city.group(key, day)
        total: Figures = {}
        for unit in group:
            for part in self._parts(unit, day):
                for cell, value in self.figures(unit.key, part, FIRST_YEAR + at // 12, at % 12 + 1).items():
                    total[cell] = (total.get(cell) or 0) + (value or 0)
        total.update(self._households(group, at))
        return total

    def _parts(self, unit: Unit, day: date) -> tuple[str, ...]:
        return ("single", "difference") if self.city.consolidates(unit.key, day) else ("single",)

    def _households(self, group: list[Unit], at: int) -> Figures:
        """并表户数, 亏损户数, 亏损额: heads and losers of the group as it is now, at each of the three balance days."""
        found: Figures = {}
        for measure, last in (("closing", at), ("opening", at // 12 * 12 - 1), ("ly_closing", at - 12)):
            losses = [-p for u in group if (p := _this_year(self.own[u.key], "net_profit", last)) < 0]
            found["units", measure] = len(group)
            found["loss_units", measure] = len(losses)
            if measure != "opening":
                found["loss_amount", "ytd" if measure == "closing" else "ly_ytd"] = sum(losses)
        return found


def _own(city: City, unit: Unit) -> Books:
    start = unit.spells[0].start
    founded = month_index(start.year, start.month) if start.year >= FIRST_YEAR else 0
    return keep_books(f"{city.seed}/books/{unit.key}", unit.profile, unit.statement_type, MONTHS, founded)


def _eliminate(city: City, unit: Unit) -> Books:
    """The elimination sheet of a head: internal trade, balances, loans, and its investment against its subsidiaries' capital."""
    chance = random.Random(f"{city.seed}/eliminations/{unit.key}")
    monthly = unit.profile.revenue // 12
    loan, invested, outside = monthly * 2, monthly * 3, monthly
    # The minority has a share in profits of the years before.
    empty, books, minority = nothing(), Books(), outside // 20
    for month in range(-1, MONTHS):
        balance = chance.randint(40, 90) * monthly // 1000
        if month >= 0:
            earned = chance.randint(1, 30) * monthly // 10000
            minority += earned
            books.flows.append(_internal(chance.randint(50, 90) * monthly // 1000, loan * 3 // 1200, earned))
        stocks = {**empty, "accounts_receivable": -balance, "accounts_payable": -balance, "other_receivables": -loan,
                  "short_loans": -loan, "long_equity_investment": -invested, "paid_in_capital": -invested - outside,
                  "minority_equity": outside + minority, "undistributed_profit": -minority}  # fmt: skip
        add_totals(stocks, False, 10000)
        books.stocks.append(stocks)
    return books


def _internal(trade: int, interest: int, minority: int) -> Amounts:
    """One month's eliminated flows: revenue against cost, interest against interest, the minority's share of profit."""
    flows = dict.fromkeys((*EARNED, *COSTS, *GAINS), 0)
    flows.update(main_revenue=-trade, revenue=-trade, revenue_total=-trade, main_cost=-trade, cost=-trade, cost_total=-trade,
                 interest_expense=-interest, interest_income=-interest, minority_income=minority, net_profit_parent=-minority,
                 cfo_in=-trade, cfo_out=-trade)  # fmt: skip
    for item in ("operating_profit", "total_profit", "income_tax", "net_profit", "cfo", "cfi_in", "cfi_out", "cfi", "capex_paid",
                 "investment_paid", "cff_in", "cff_out", "cff", "fx_effect", "net_cash_increase", "value_added"):  # fmt: skip
        flows[item] = 0
    return flows


def _this_year(books: Books, item: str, at: int) -> int:
    return sum(flows[item] for flows in books.flows[max(at, 0) // 12 * 12 : at + 1])


def _measures(books: Books, at: int) -> Figures:
    found: Figures = {}
    for ly, now in (("", at), ("ly_", at - 12)):
        since = now // 12 * 12
        first = since if now % 12 == 1 else now
        for item in books.flows[now]:
            found[item, f"{ly}month"] = sum(f[item] for f in books.flows[first : now + 1])
            found[item, f"{ly}ytd"] = sum(f[item] for f in books.flows[since : now + 1])
        for measure, begin in (("month", first), ("ytd", since)):
            found["cash_eq_opening", ly + measure] = _free(books.stocks[begin])
            found["cash_eq_closing", ly + measure] = _free(books.stocks[now + 1])
            found["avg_headcount", ly + measure] = _average(books, begin, now)
    for item in books.stocks[0]:
        found[item, "opening"] = books.stocks[at // 12 * 12][item]
        found[item, "closing"] = books.stocks[at + 1][item]
        found[item, "ly_closing"] = books.stocks[at - 11][item]
    return found


def _free(stocks: Mapping[str, int]) -> int:
    return stocks["cash"] - stocks["restricted_cash"]


def _average(books: Books, first: int, last: int) -> int:
    """Mean of the months' means of opening and closing heads, in hundredths of a person."""
    means = [(books.stocks[m]["headcount"] + books.stocks[m + 1]["headcount"]) * 50 for m in range(first, last + 1)]
    return (sum(means) * 2 + len(means)) // (len(means) * 2)
