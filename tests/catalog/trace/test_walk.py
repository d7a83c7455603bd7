"""Where a row's rows of an input are looked for, and what of a row is worked out again."""

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog.trace.walk import places, worked_out
from schemas.load import mart
from schemas.mart_document import parse_mart
from schemas.reading import ContractError

_KEY = ("unit_id", "fetched_on")


def test_rows_are_found_by_key_columns_of_the_same_name() -> None:
    assert places(mart("fund_flow"), {"unit_id": "B", "period": "2024"}, "court_other", _KEY) == [{"unit_id": "B"}]


def test_a_mart_says_by_which_of_its_columns_an_input_is_found() -> None:
    flow = mart("fund_flow")
    assert places(flow, {"unit_id": "B", "payee_id": "N"}, "market_registry", _KEY) == [{"unit_id": "N"}]
    assert places(flow, {"unit_id": "B", "payee_id": None}, "market_registry", _KEY) == []


def test_constants_narrow_and_a_list_stands_for_any_of_its_values() -> None:
    made = replace(mart("fund_flow"), found_by={"statement": {"form": "=monthly_finance", "field": ("cash", "debt")}})
    assert places(made, {"unit_id": "B"}, "statement", ("form", "unit_id")) == [
        {"form": "monthly_finance", "unit_id": "B", "field": "cash"}, {"form": "monthly_finance", "unit_id": "B", "field": "debt"},
    ]  # fmt: skip


def test_a_mart_cannot_be_found_by_what_it_has_not() -> None:
    document = dict(mart("fund_flow").document)
    document["guozi"] = {**document["guozi"], "found_by": {"tax": {"unit_id": "nobody"}, "weather": {}}}
    with pytest.raises(ContractError, match="nobody、weather"):
        parse_mart(document, "fund_flow", {})


@pytest.mark.parametrize(("published", "agrees"), [("0.33333333", True), ("0.33333334", False), (None, False)])
def test_a_column_with_a_formula_is_worked_out_again(published: str | None, agrees: bool) -> None:
    row = {"amount": Decimal("10.0000"), "line": Decimal("30.0000"), "line_ratio": None if published is None else Decimal(published)}
    assert worked_out(mart("fund_flow").by_name["line_ratio"], row).agrees is agrees


def test_a_formula_without_an_answer_or_with_an_absurd_one_gives_none() -> None:
    column = mart("fund_flow").by_name["line_ratio"]
    for line in (None, Decimal(0), Decimal("0.0001")):
        assert worked_out(column, {"amount": Decimal(10**14), "line": line, "line_ratio": None}).agrees is True


def test_a_formula_is_over_columns_of_its_own_mart() -> None:
    document = dict(mart("fund_flow").document)
    table = document["schema"][0]
    extra = {"name": "odd", "label": "怪", "type": "ratio", "formula": "amount / nothing"}
    document["schema"] = [{**table, "properties": [*table["properties"], extra]}]
    with pytest.raises(ContractError, match="nothing"):
        parse_mart(document, "fund_flow", {})
