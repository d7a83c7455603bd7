"""What a wrong figure looks like beside the one it should be; figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from expectations.slips import Sum, enough, is_slip, of_findings, sums
from schemas.contract import Check, Rule
from schemas.load import form, forms

RULES = form("monthly_finance").rule


def slip(rule: str, filed: str, needed: str, total: str | None = None) -> bool:
    return is_slip(RULES[rule], Decimal(filed), Decimal(needed), None if total is None else Decimal(total))


@pytest.mark.parametrize(
    ("rule", "filed", "needed"),
    [
        ("SLP-SIGN", "-1200.50", "1200.50"), ("SLP-SWAP", "132.45", "123.45"), ("SLP-SWAP", "1324500", "1234500"),
        ("SLP-SWAP", "12.354", "12.345"), ("SLP-UNIT", "12345600", "1234.56"), ("SLP-UNIT", "0.12", "1199.98"),
    ],
)  # fmt: skip
def test_a_figure_with_a_slip_of_the_pen_is_told_by_its_kind(rule: str, filed: str, needed: str) -> None:
    assert slip(rule, filed, needed)
    assert [r for r in ("SLP-SIGN", "SLP-SWAP", "SLP-UNIT") if slip(r, filed, needed)] == [rule]


@pytest.mark.parametrize(
    ("rule", "filed", "needed"),
    [
        ("SLP-SIGN", "0", "0"), ("SLP-SIGN", "-1200.50", "1200.51"), ("SLP-SWAP", "21", "12"), ("SLP-SWAP", "100000", "1000000"),
        ("SLP-SWAP", "321.45", "123.45"), ("SLP-SWAP", "-132.45", "123.45"), ("SLP-UNIT", "10", "0.01"),
        ("SLP-UNIT", "-10000", "1"), ("SLP-UNIT", "12000", "1"),
    ],
)  # fmt: skip
def test_a_figure_that_differs_otherwise_is_no_slip(rule: str, filed: str, needed: str) -> None:
    assert not slip(rule, filed, needed)


def test_a_total_in_the_place_of_a_part_is_told_and_the_total_itself_never() -> None:
    assert slip("SLP-TOTAL", "900", "300", "900") and not slip("SLP-TOTAL", "900", "300")
    assert not slip("SLP-TOTAL", "900", "1200", "900")


def test_the_one_figure_that_would_mend_a_sum_is_named() -> None:
    added = Sum("t", ((1, "t"), (-1, "a"), (-1, "b")))
    assert added.slips(RULES["SLP-SIGN"], {"t": Decimal(70), "a": Decimal(100), "b": Decimal(30)}) == ["b"]
    assert added.slips(RULES["SLP-TOTAL"], {"t": Decimal(70), "a": Decimal(70), "b": Decimal(30)}) == ["a"]
    assert added.slips(RULES["SLP-SIGN"], {"t": Decimal(-130), "a": Decimal(100), "b": Decimal(30)}) == ["t"]
    assert added.slips(RULES["SLP-SIGN"], {"t": Decimal(131), "a": Decimal(100), "b": Decimal(30)}) == []


def test_where_two_figures_would_mend_it_none_is_named() -> None:
    twice = Sum("t", ((1, "t"), (-1, "a"), (-1, "b")))
    assert twice.slips(RULES["SLP-SIGN"], {"t": Decimal(10), "a": Decimal(-30), "b": Decimal(-30)}) == []


def test_sums_are_read_from_the_declared_rules() -> None:
    check = next(c for c in RULES["B05-2"].checks if c.at == "net_profit_ytd")
    found = {tuple(sorted(s.terms)) for s in sums(form("monthly_finance"), check)}
    assert found == {((-1, "minority_income_ytd"), (-1, "net_profit_parent_ytd"), (1, "net_profit_ytd"))}


def told(rule: str, column: str, seen: str, expected: str) -> dict[str, Any]:
    return {"rule_id": rule, "column": column, "seen": seen, "expected": expected, "previous": None, "_batch": 4, "_row": 2, "_source": "f"}


def test_a_difference_between_records_is_explained_once_for_its_column() -> None:
    rows = [told("B15-1", "cash_opening", "-50.5", "50.5"), told("B15-2", "cash_opening", "-50.5", "50.5"),
            told("B16-1", "cost_ly_ytd", "1243", "1234")]  # fmt: skip
    assert [(r["rule_id"], r["column"]) for r in of_findings(form("monthly_finance"), rows)] == [
        ("SLP-SIGN-2", "cash_opening"), ("SLP-SWAP-2", "cost_ly_ytd"),
    ]  # fmt: skip


ITEMS = ("cash", "notes_receivable", "accounts_receivable", "prepayments", "other_receivables", "inventory")


@pytest.mark.parametrize(("count", "found"), [(6, ["cash_ly_closing"]), (5, ["cash_ly_closing"]), (4, [])])
def test_a_column_pasted_in_the_place_of_another_is_told_once_a_sheet(count: int, found: list[str]) -> None:
    rows = [
        row for n, item in enumerate(ITEMS[:count], 1)
        for row in (told("B15-1", f"{item}_opening", f"{n}7", f"{n}1"), told("B16-2", f"{item}_ly_closing", f"{n}1", f"{n}9"))
    ]  # fmt: skip
    assert [r["column"] for r in of_findings(form("monthly_finance"), rows) if r["rule_id"] == "SLP-SHIFT"] == found


def test_lines_pasted_one_place_down_are_told() -> None:
    lines = [i.name for i in form("monthly_finance").items if i.kind == "S" and i.type == "amount"][:6]
    due = ["11", "22", "33", "44", "55", "66"]
    rows = [told("B15-1", f"{item}_opening", seen, d) for item, d, seen in zip(lines, due, ["0", *due[:-1]], strict=True)]
    shifted = [r["column"] for r in of_findings(form("monthly_finance"), rows) if r["rule_id"] == "SLP-SHIFT"]
    assert shifted == [f"{lines[1]}_opening"]


def test_a_bound_that_is_broken_is_not_taken_for_a_figure_that_must_be_equal() -> None:
    rows = [told("GU-1", "balance", "-50", "50")]
    assert list(of_findings(form("guarantee"), rows)) == []


def test_every_form_with_amounts_has_the_slip_rules_that_fit_it() -> None:
    own = {made.name: {r.id for r in made.rules if r.id.startswith("SLP-")} for made in forms()}
    rows = {"SLP-SIGN", "SLP-SWAP", "SLP-TOTAL", "SLP-UNIT"}
    periods = rows | {"SLP-SIGN-2", "SLP-SWAP-2", "SLP-SHIFT", "SLP-SCALE", "SLP-ZERO"}
    assert own["large_payment"] == set() and own["property_registration_line"] == set() and own["asset_appraisal"] == rows
    assert own["guarantee"] >= periods - rows and own["monthly_finance"] == periods | {"SLP-COPIED"}
    assert own["decision_meeting"] == set() and own["listed_share_capital"] == {"SLP-ZERO"}
    for made in forms():
        if any(c.type == "amount" for c in made.columns) and made.calendar.kind != "day":
            assert own[made.name] >= periods - rows


def test_rule_of_a_kind_says_nothing_of_a_check_without_sum() -> None:
    made = form("monthly_finance")
    assert list(sums(made, Check("cash_closing >= 0", "cash_closing"))) == []
    assert isinstance(RULES["SLP-SIGN"], Rule) and not RULES["SLP-SIGN"].compare


def test_of_a_year_one_figure_that_grew_is_no_slip_of_the_unit_but_a_sheet_of_them_is() -> None:
    made = form("listed_cash_flow")
    grown = [told("SLP-SCALE", name, "3379853936", "525000") for name in ("investment_paid", "cfo", "cfi")]
    assert enough(made, grown[:2]) == [] and enough(made, grown) == grown
    assert enough(form("monthly_finance"), grown[:1]) == grown[:1]
