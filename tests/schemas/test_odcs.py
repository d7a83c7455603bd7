import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft201909Validator

from schemas.load import form, form_names, mart, mart_names
from schemas.odcs import form_document, mart_document


@pytest.fixture(scope="module")
def standard() -> Draft201909Validator:
    text = files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
    return Draft201909Validator(json.loads(text))


def faults(standard: Draft201909Validator, document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in standard.iter_errors(document)]


@pytest.mark.parametrize("name", form_names())
def test_every_form_written_out_in_full_is_a_valid_open_data_contract(standard: Draft201909Validator, name: str) -> None:
    assert faults(standard, form_document(form(name))) == []


@pytest.mark.parametrize("name", mart_names())
def test_every_mart_written_out_in_full_is_a_valid_open_data_contract(standard: Draft201909Validator, name: str) -> None:
    assert faults(standard, mart_document(mart(name))) == []


def test_the_standard_refuses_a_key_it_does_not_know(standard: Draft201909Validator) -> None:
    document = form_document(form("listed_profile"))
    document["schema"][0]["properties"][0]["labell"] = "股票代码"
    assert faults(standard, document)


def test_a_card_is_written_out_with_every_measure_of_every_line() -> None:
    made = form("monthly_finance")
    properties = form_document(made)["schema"][0]["properties"]
    lines = {"F": 4, "S": 3}
    assert len(properties) == len(made.head) + sum(lines[i.kind] for i in made.items)


def test_the_document_is_plain_json() -> None:
    document = form_document(form("monthly_finance"))
    assert json.loads(json.dumps(document, ensure_ascii=False)) == document
