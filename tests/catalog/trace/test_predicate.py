from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalog.trace.predicate import holds
from schemas.declared import documents, lay_out, reading
from schemas.words import mentioned

CASH = "restated_reason IS NOT NULL OR within_tolerance(cash_opening, previous.cash_closing + COALESCE(fx, 0))"
VALUES: dict[str, Any] = {
    "restated_reason": None, "cash_opening": Decimal(100), "previous.cash_closing": Decimal(99), "fx": None,
}  # fmt: skip


def test_the_columns_of_a_predicate_are_its_words_but_those_of_sql_and_texts() -> None:
    assert mentioned(CASH) == ("restated_reason", "cash_opening", "previous.cash_closing", "fx")
    assert mentioned("scope = 'single' AND x.form NOT IN ('a', 'b')") == ("scope", "x.form")


@pytest.mark.parametrize(("step", "held"), [("0.01", False), ("0.66", False), ("0.67", True), ("1", True)])
def test_each_figure_may_be_off_by_half_a_step(step: str, held: bool) -> None:
    assert holds(CASH, VALUES, Decimal(step)) is held


def test_a_reason_satisfies_whatever_the_figures_are() -> None:
    assert holds(CASH, {**VALUES, "restated_reason": "追溯调整"}, Decimal("0.01")) is True


def test_a_missing_figure_is_unknown() -> None:
    assert holds(CASH, {**VALUES, "cash_opening": None}, Decimal("0.01")) is None


def test_a_text_is_compared_as_a_text() -> None:
    predicate = "NOT (scope = 'single') OR (r.legal_form NOT IN ('国有独资公司') OR within_tolerance(a, (b + c)))"
    values = {"scope": "single", "r.legal_form": "国有独资公司", "a": Decimal(3), "b": Decimal(1), "c": Decimal(1)}
    assert holds(predicate, values, Decimal("0.1")) is False
    assert holds(predicate, {**values, "r.legal_form": "国有控股"}, Decimal("0.1")) is True
    assert holds(predicate, {**values, "c": Decimal(2)}, Decimal("0.1")) is True


def test_every_tolerance_of_a_predicate_is_worked_out() -> None:
    both = "within_tolerance(a, b) AND within_tolerance(ABS(a), c)"
    values = {"a": Decimal(1), "b": Decimal(1), "c": Decimal(2)}
    assert holds(both, values, Decimal("0.1")) is False
    assert holds(both, values, Decimal(1)) is True


@pytest.mark.parametrize(("b", "truth"), [("45652500", True), ("45652701", False)])
def test_a_product_is_right_to_the_precision_of_its_factors(b: str, truth: bool) -> None:
    values = {"a": Decimal(50_000_000), "r.share": Decimal("0.913"), "b": Decimal(b)}
    assert holds("within_tolerance(b, product_of(a, r.share, 4))", values, Decimal(100)) is truth


def test_days_are_counted_from_the_first_date_to_the_second() -> None:
    values = {"due_on": date(2024, 2, 28), "done_on": date(2024, 3, 1), "days": Decimal(2)}
    assert holds("days_between(due_on, done_on) = days", values, Decimal(0)) is True
    assert holds("days_between(done_on, due_on) = days", values, Decimal(0)) is False


def test_workdays_count_both_ends_and_what_was_moved() -> None:
    """National Day of 2024: off from 1 to 7 October, Sunday 29 September and Saturday 12 October worked."""
    values = {"a": date(2024, 9, 29), "b": date(2024, 10, 12), "n": Decimal(7)}
    assert holds("workdays(a, b) = n", values, Decimal(0)) is True
    assert holds("workdays(b, a) = n", values, Decimal(0)) is False
    assert holds("workdays(a, b) = n", {**values, "a": date(2003, 9, 29)}, Decimal(0)) is None


def test_a_parameter_is_that_of_the_day_and_of_the_supervisor_before_everybodys(tmp_path: Path) -> None:
    own = "large_payment_line@370202,本级另定,2025-01-01,,3000000,样例\n"
    name = "codes/mart_parameter.csv"
    text = "amount >= parameter('large_payment_line', paid_at, r.supervisor)"
    values = {"amount": Decimal(4_000_000), "paid_at": date(2025, 1, 1), "r.supervisor": "370202"}
    with reading(lay_out({**documents(), name: documents()[name] + own}, tmp_path)):
        assert holds(text, values, Decimal(0)) is True
        assert holds(text, {**values, "r.supervisor": "sasac"}, Decimal(0)) is False
        assert holds(text, {**values, "r.supervisor": None}, Decimal(0)) is False
        assert holds(text, {**values, "paid_at": date(2024, 12, 31)}, Decimal(0)) is False
