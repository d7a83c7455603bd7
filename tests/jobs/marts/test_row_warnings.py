"""Every declared row warning on rows that fire each of its lines, and on rows that just do not (`row_warnings.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.marts.warning import warning
from schemas.delivered import Line, Warning
from schemas.load import form, form_names, forms, mart, warnings
from schemas.period import tree_period
from schemas.reading import read_yaml
from tests.jobs.marts.small import gold, parameters, records

DECLARED: Mapping[str, Any] = read_yaml(Path(__file__).parent / "row_warnings.yaml")
RULES = {w.id: w for w in warnings() if w.kind == "row"}


@dataclass(frozen=True)
class Case:
    """`unit`: the unit whose row it is, of this case alone."""

    rule: Warning
    unit: str
    line: Line | None
    row: Mapping[str, Any]
    before: Mapping[str, Any] | None
    place: Mapping[str, Any]


def _cases() -> Iterator[Case]:
    for name, declared in DECLARED.items():
        for number, (line, row, *more) in enumerate(declared["cases"]):
            rule, unit = RULES[name], f"{name}#{number}"
            first = {"unit_id": unit, "period": "2024-03", "scope": "single", **declared["row"]}
            place, before = more[0] if more else {}, {**first, **more[1], "period": "2024-02"} if len(more) > 1 else None
            yield Case(rule, unit, rule.lines[line - 1] if line else None, {**first, **row}, before, place)


CASES = list(_cases())


@pytest.fixture(scope="module")
def warned(spark: SparkSession) -> dict[tuple[str, str], Any]:
    """(warning, unit) → the row of the mart, with everything judged at once."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for case in CASES:
        rows.setdefault(case.rule.parameters["reads"], []).extend(r for r in (case.row, case.before) if r is not None)
    frames = {name: _frame(spark, name, rows.get(name, [])) for name in mart("warning").inputs if name not in ("parameters", "as_of")}
    tree = [
        {"ancestor_id": c.unit, "depth": 0, "unit_id": c.unit, "period": tree_period(c.row["period"]), "unit_name": "样例",
         "supervisor": "sasac", "function_class": "公益类", "industry": "6410", **c.place}
        for c in CASES
    ]  # fmt: skip
    frames["enterprise_tree"] = gold(spark, "enterprise_tree", tree)
    given = parameters()
    known = {name: ("2024-02", "2024-03") for name in form_names()}
    given = replace(given, forms={f.name: f for f in forms()}, periods=known, warnings=tuple(RULES.values()))
    return {(r.warning_id, r.unit_id): r for r in warning(**frames, parameters=given, as_of=date(2024, 6, 1)).collect()}


def _frame(spark: SparkSession, name: str, rows: list[Mapping[str, Any]]) -> DataFrame:
    return records(spark, form(name), rows) if name in form_names() else gold(spark, name, rows)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.unit}")
def test_a_row_fires_the_gravest_line_that_holds_of_it_or_none(warned: dict[tuple[str, str], Any], case: Case) -> None:
    found = warned.get((case.rule.id, case.unit))
    assert (found.level if found else None) == (case.line.level if case.line else None)
    if found and case.line:
        told = re.sub(r"\\\{.*?\\\}", ".+", re.escape(case.line.message or case.rule.message))
        assert re.fullmatch(told, found.message) and "{" not in found.message, found.message


def test_every_line_of_every_row_warning_has_a_row_that_fires_it_and_every_warning_one_that_does_not() -> None:
    assert set(DECLARED) == set(RULES)
    for rule in RULES.values():
        fired = [case.line for case in CASES if case.rule is rule]
        assert {id(line) for line in rule.lines} <= {id(line) for line in fired}, rule.id
        assert None in fired, rule.id
