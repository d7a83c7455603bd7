from decimal import Decimal

import pytest

from catalog.trace.formula import evaluate, inputs

ROE = "net_profit_ytd / ((equity_opening + equity_closing) / 2)"


def test_the_inputs_of_a_formula_are_its_names_in_order() -> None:
    assert inputs(ROE) == ("net_profit_ytd", "equity_opening", "equity_closing")
    assert inputs("(a + b) / c − d") == ("a", "b", "c", "d")


def test_a_formula_is_worked_out_exactly() -> None:
    values = {"net_profit_ytd": Decimal(6), "equity_opening": Decimal(10), "equity_closing": Decimal(20)}
    assert evaluate(ROE, values) == Decimal("0.4")
    assert evaluate("-a - b * 2.5", {"a": Decimal(1), "b": Decimal(2)}) == Decimal(-6)


def test_nothing_over_something_and_something_over_zero_have_no_value() -> None:
    assert evaluate("a / b", {"a": Decimal(1), "b": Decimal(0)}) is None
    assert evaluate("a / b", {"a": None, "b": Decimal(1)}) is None
    assert evaluate("a / b", {"a": Decimal(1)}) is None


@pytest.mark.parametrize("formula", ["a ** 2", "abs(a)", "a if b else c", "'x' + a", "a > b"])
def test_other_python_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match="不认识的写法"):
        evaluate(formula, {"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)})
