"""Measures: what an entry may say, and that what it names is there."""

from typing import Any

import pytest

from schemas.delivered import Measure
from schemas.lineage import sources
from schemas.load import form, mart, measured, measures
from schemas.measured import read_measure
from schemas.reading import ContractError, Reader

ENTRY = {"id": "m", "title": "数", "unit": "元", "type": "sum", "form": "guarantee", "aggregate": "sum(balance)", "every": "month"}


def read(**changed: Any) -> Measure:
    return read_measure(Reader("measures/x.yaml m", {k: v for k, v in {**ENTRY, **changed}.items() if v is not None}), form)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"form": "guarantees"}, "没有“guarantees”这种报表"), ({"aggregate": "median(balance)"}, "应写作"),
        ({"aggregate": "sum(balanse)"}, "没有列“balanse”"), ({"aggregate": "sum(creditor)"}, "不能用 sum"),
        ({"aggregate": "count(balance)"}, "括号里不写"), ({"aggregate": "count_distinct(balance + debt)"}, "只能是一列"),
        ({"every": "week"}, "只能是"), ({"at": "creditor"}, "不是日期列"), ({"at": "began"}, "没有列“began”"),
        ({"since": "year"}, "只与 at"), ({"standing": True}, "standing 写作"), ({"wher": "overdue"}, "wher"),
        ({"at": "start_on", "standing": ["start_on", "end_on"]}, "只能写一个"),
        ({"form": "large_payment", "aggregate": "count()"}, "写 at 或 standing"),
        ({"form": "investment_project", "aggregate": "count()"}, "写 at 或 standing"),
        ({"where": "balance > {line}"}, "应一致"), ({"parameters": {"line": []}}, "应一致"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_used_is_refused_with_the_reason(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        read(**changed)


def test_owner_and_grade_are_those_of_the_form() -> None:
    made = read()
    assert (made.owner, made.grade) == (form("guarantee").owner, "重要")


def test_a_parameter_that_changed_over_time_is_a_case_for_each_of_its_times() -> None:
    lines = [{"value": 5, "valid_from": "2020-01-01", "valid_to": "2024-01-01", "source": "（p）"},
             {"value": 8, "valid_from": "2024-01-01", "source": "（p）"}]  # fmt: skip
    assert read(where="balance > {line}", parameters={"line": lines}).where == (
        "(period_end >= DATE '2020-01-01' AND period_end < DATE '2024-01-01' AND (balance > 5))"
        " OR (period_end >= DATE '2024-01-01' AND (balance > 8))"
    )


def test_the_mart_of_measures_reads_the_forms_that_measures_read() -> None:
    assert set(mart("measure").inputs) == {*measured(), "parameters"} == {*(m.form for m in measures()), "parameters"}
    assert {f"{name}.unit_id" for name in measured()} == set(sources(mart("measure").columns[1]))
