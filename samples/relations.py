"""What the figures of a monthly report owe each other, worked out from the statement's own lines (F02, B01–B17, W08, W09).

Plain arithmetic over filed texts, written from the line numbers of the form. It knows no contract, so that the truth file says what
must be found whatever the contracts say. A finding here is (rule, column).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache

from samples.filing import COUNTS, Filed
from schemas.load import form

Found = tuple[str, str]
_FLOWS, _STOCKS = ("month", "ytd", "ly_month", "ly_ytd"), ("opening", "closing", "ly_closing")
_UNSPLIT = ("银行", "证券", "保险")

# rule: (measures, total, parts; a part with a leading − is taken away; blank parts count as zero, except where noted)
_SUMS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "B01-1": (_FLOWS, "revenue_total", "revenue financial_revenue"),
    "B02-1": (_FLOWS, "cost_total", "cost financial_cost taxes_surcharges selling_expense admin_expense rd_expense finance_expense"),
    "B03-1": (_FLOWS, "operating_profit", "revenue_total -cost_total other_income investment_income fx_gain hedge_gain fair_value_gain "
              "credit_impairment asset_impairment disposal_gain"),
    "B04-1": (_FLOWS, "total_profit", "operating_profit non_operating_income -non_operating_expense"),
    "B05-1": (_FLOWS, "net_profit", "total_profit -income_tax"),
    "B05-2": (_FLOWS, "net_profit", "net_profit_parent minority_income"),
    "B06-1": (_STOCKS, "current_assets", "cash trading_assets notes_receivable accounts_receivable prepayments other_receivables "
              "inventory contract_assets other_current_assets"),
    "B06-2": (_STOCKS, "non_current_assets", "long_equity_investment other_financial_assets investment_property fixed_assets "
              "construction_in_progress right_of_use_assets intangible_assets development_cost goodwill other_non_current_assets"),
    "B06-3": (_STOCKS, "assets", "current_assets non_current_assets"),
    "B07-1": (_STOCKS, "current_liabilities", "short_loans notes_payable accounts_payable advances_received contract_liabilities "
              "payroll_payable taxes_payable_balance other_payables current_portion other_current_liabilities"),
    "B07-2": (_STOCKS, "non_current_liabilities", "long_loans bonds_payable lease_liabilities long_payables provisions "
              "other_non_current_liabilities"),
    "B07-3": (_STOCKS, "liabilities", "current_liabilities non_current_liabilities"),
    "B08-1": (_STOCKS, "parent_equity", "paid_in_capital other_equity_instruments capital_reserve other_equity surplus_reserve "
              "undistributed_profit"),
    "B08-2": (_STOCKS, "equity", "parent_equity minority_equity"),
    "B08-3": (_STOCKS, "liabilities_and_equity", "liabilities equity"),
    "B08-4": (_STOCKS, "assets", "liabilities_and_equity"),
    "B11-1": (_FLOWS, "cfo", "cfo_in -cfo_out"),
    "B11-2": (_FLOWS, "cfi", "cfi_in -cfi_out"),
    "B11-3": (_FLOWS, "cff", "cff_in -cff_out"),
    "B11-4": (_FLOWS, "net_cash_increase", "cfo cfi cff fx_effect"),
    "B11-5": (("ytd", "ly_ytd"), "cash_eq_closing", "cash_eq_opening net_cash_increase"),
    "B13-1": (("ytd",), "value_added", "labour_cost depreciation operating_profit government_grant -fair_value_gain "
              "-investment_income taxes_due_total -income_tax"),
}  # fmt: skip
# rule: (measures, the smaller, the larger); the cell shown is the smaller unless the rule is in _AT_LARGER.
_PARTS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "B01-2": (_FLOWS, "main_revenue", "revenue"),
    "B02-2": (_FLOWS, "main_cost", "cost"),
    "B04-2": (_FLOWS, "government_grant", "non_operating_income"),
    "B09-2": (_STOCKS, "interest_bearing_debt", "liabilities"),
    "B12-1": (("ytd",), "rd_expense", "rd_input"),
    "B12-2": (_FLOWS, "wage_total", "labour_cost"),
    "B20-1": (_STOCKS, "loss_units", "units"),
}
_AT_LARGER = ("B12-1",)
_UNSPLIT_RULES = ("B06-1", "B06-2", "B06-3", "B07-1", "B07-2", "B07-3")
_NO_BLANK_PARTS = ("B11-1", "B11-2", "B11-3")
_BALANCES_IN_FLOWS = ("cash_eq_opening", "cash_eq_closing", "loss_amount")


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
        for rule, item, each in (("B05-3", "minority_income", _FLOWS), ("B08-5", "minority_equity", _STOCKS)):
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
    for m in _STOCKS:
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
        if item not in _BALANCES_IN_FLOWS and None not in (month, ytd) and _apart(record, ytd, month):
            yield "B14-2", f"{item}_ytd"


def across(record: Filed, compared: Mapping[str, Filed | None]) -> Iterator[Found]:
    """Against the reports it is compared with: previous, previous_in_year, year_end, year_ago, and `annual`, the annual accounts of
    the year before, which from April on stand for year_end (None: not in force).
    """
    audited = compared.get("annual") if record.period[5:] > "03" else None
    apart: list[tuple[str, str, Decimal, Decimal]] = []
    opening = ("B15-3", "annual") if audited else ("B15-1", "year_end")
    for rule, which, kind, mine, theirs, added in (
        ("B14-1", "previous_in_year", "F", "ytd", "ytd", "month"), (*opening, "S", "opening", "closing", ""),
        ("B15-2", "previous_in_year", "S", "opening", "opening", ""), ("B16-1", "year_ago", "F", "ly_ytd", "ytd", ""),
        ("B16-2", "year_ago", "S", "ly_closing", "closing", ""),
    ):  # fmt: skip
        other = compared.get(which)
        if other is not None and not record.cells["restated_reason"]:
            skip = _BALANCES_IN_FLOWS if rule == "B14-1" else ()
            for item in (i for i in amounts(kind) if i not in skip):
                if (figures := _differs(record, other, item, mine, theirs, added)) is not None:
                    yield rule, f"{item}_{mine}"
                    apart.append((item, mine, *figures))
    yield from _slips(record, compared)
    yield from _pens(apart)


def _pens(apart: Sequence[tuple[str, str, Decimal, Decimal]]) -> Iterator[Found]:
    """Slips that explain figures which are not what was filed before: (line, column, seen, due)."""
    for item, measure in dict.fromkeys((i, m) for i, m, _, _ in apart):
        said = [(seen, due) for i, m, seen, due in apart if (i, m) == (item, measure)]
        if any(seen and seen == -due for seen, due in said):
            yield "SLP-SIGN-2", f"{item}_{measure}"
        if any(_turned_round(seen, due) for seen, due in said):
            yield "SLP-SWAP-2", f"{item}_{measure}"
    order = [i.name for i in form("monthly_finance").items]
    for measure in (*_FLOWS, *_STOCKS):
        lines = [i for i in order if i in amounts("F" if measure in _FLOWS else "S")]
        ways: list[int | str] = [-1, 1, *(m for m in (*_FLOWS, *_STOCKS) if m != measure)]
        for way in ways:
            moved = {i: seen for i, m, seen, _ in apart if m == measure and seen and seen in _due(apart, lines, i, measure, way)}
            if len(set(moved.values())) >= 5:
                yield "SLP-SHIFT", f"{min(moved, key=order.index)}_{measure}"
                return


def _due(
    apart: Sequence[tuple[str, str, Decimal, Decimal]], lines: Sequence[str], item: str, measure: str, way: int | str
) -> list[Decimal]:
    """What is due on the next line, the line before, or in another column."""
    if isinstance(way, str):
        return [due for i, m, _, due in apart if (i, m) == (item, way)]
    place = lines.index(item) + way
    return [due for i, m, _, due in apart if 0 <= place < len(lines) and (i, m) == (lines[place], measure)]


def _turned_round(seen: Decimal, due: Decimal) -> bool:
    one, other = (f"{abs(v) * 100:.0f}" for v in (seen, due))
    apart = [i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(one.strip("0")) < 3 or seen * due < 0 or len(apart) != 2 or apart[1] - apart[0] != 1:
        return False
    return one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]


def _differs(record: Filed, other: Filed, item: str, mine: str, theirs: str, added: str) -> tuple[Decimal, Decimal] | None:
    """What is filed and what is due, where they are further apart than rounding explains."""
    figures = [record.amount(f"{item}_{mine}"), other.amount(f"{item}_{theirs}")]
    figures += [record.amount(f"{item}_{added}")] if added else []
    if None in figures:
        return None
    seen, *rest = (f for f in figures if f is not None)
    due = sum(rest, Decimal(0))
    return (seen, due) if abs(seen - due) > max(record.step, other.step) * len(figures) / 2 else None


def _slips(record: Filed, compared: Mapping[str, Filed | None]) -> Iterator[Found]:
    others = [o for name in ("previous", "year_ago") if (o := compared.get(name)) is not None]
    for kind, measure in (("F", "ytd"), ("S", "closing")):
        for item in amounts(kind):
            mine = record.amount(f"{item}_{measure}")
            theirs = [v for o in others if (v := o.amount(f"{item}_{measure}"))]
            if mine and theirs and all(_off_by_unit(mine, other) for other in theirs):
                yield "SLP-SCALE", f"{item}_{measure}"
    previous = compared.get("previous")
    if previous is not None:
        cells = [f"{i}_{m}" for k, ms in (("F", ("month", "ytd")), ("S", ("closing",))) for i in amounts(k) for m in ms]
        said = [(record.amount(c), previous.amount(c)) for c in cells]
        filled = [(a, b) for a, b in said if a or b]
        if len(filled) >= 10 and all(a == b for a, b in filled):
            yield "SLP-COPIED", ""


def _off_by_unit(mine: Decimal, other: Decimal) -> bool:
    ratio = max(abs(mine), abs(other)) / min(abs(mine), abs(other))
    return any(Decimal(f) / 2 <= ratio <= Decimal(f) * 2 for f in (10**4, 10**8))


@cache
def amounts(kind: str) -> Sequence[str]:
    """Names of the lines of a kind that are money."""
    return [i.name for i in form("monthly_finance").items if i.kind == kind and i.name not in COUNTS]
