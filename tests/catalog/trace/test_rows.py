"""The trace's own evaluator decides every declared case of every row warning as the build must."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalog.trace.lines import Subject, gravest
from catalog.trace.rows import holding, worked
from schemas.column import SQL_TYPES
from schemas.contract import Form
from schemas.delivered import Mart
from schemas.load import readable
from schemas.period import parse_period
from tests.jobs.marts.test_row_warnings import CASES, Case


def _typed(source: Form | Mart, row: Mapping[str, Any]) -> dict[str, Any]:
    exact = {c.name for c in source.columns if SQL_TYPES[c.type].startswith("DECIMAL")}
    given = {name: Decimal(str(v)) if name in exact and v is not None else v for name, v in row.items()}
    return {**dict.fromkeys(source.by_name), **given}


@pytest.mark.parametrize("case", [c for c in CASES if "maturity" not in c.row], ids=lambda c: c.unit)
def test_the_trace_finds_the_line_that_holds_of_a_row_or_none(case: Case) -> None:
    source, day = readable(case.rule.parameters["reads"]), parse_period(case.row["period"]).end
    values = {**worked(case.rule, source, _typed(source, case.row)), "as_of": date(2024, 6, 1), "period_end": day}
    if case.before:
        values |= {f"previous.{n}": v for n, v in worked(case.rule, source, _typed(source, case.before)).items()}
    unit = {"supervisor": "sasac", "function_class": "公益类", "industry": "6410", **case.place}
    assert gravest(case.rule, Subject(held=holding(case.rule, values)), day, unit) == case.line
