"""Where a row's rows of an input are looked for."""

from dataclasses import replace

import pytest

from catalog.trace.walk import places
from schemas.load import ContractError, mart, parse_mart

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
        parse_mart(document, "fund_flow")
