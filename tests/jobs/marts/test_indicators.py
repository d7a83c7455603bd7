"""Every declared indicator over inputs whose answer was worked out by hand: `tests/indicators/<theme>.csv`.

A row: indicator, period, inputs `name=value …`, expected. A new indicator is one entry of YAML and one row here.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.inputs import Parameters
from jobs.marts.indicator_value import indicator_value
from jobs.spans import coarser
from schemas.declared import folder
from schemas.delivered import Indicator
from schemas.load import forms, indicators, measures
from schemas.period import Period, parse_period
from tests.jobs.marts.small import gold

TABLES = Path(__file__).parents[2] / "indicators"
PERIODS = ("2006", "2024", "2024Q1", "2024-03", "2024-12")


@cache
def rows() -> list[dict[str, str]]:
    return [row for path in sorted(TABLES.glob("*.csv")) for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]


def declared(row: dict[str, str]) -> Indicator:
    """The formula in force at the end of the row's period."""
    period = parse_period(row["period"])
    known = [i for i in indicators() if i.id == row["indicator"] and i.every == period.kind and i.valid_from <= period.end]
    (one,) = [i for i in known if i.valid_to is None or period.end < i.valid_to]
    return one


def ending_with(period: Period, kind: str) -> str:
    """The period of a kind that ends when `period` ends."""
    months = (p for p in map(parse_period, PERIODS) if coarser(p, period.kind) == period and p.kind == kind)
    return str(next(months, coarser(period, kind)))


def filed(number: int, row: dict[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(rows of statement, rows of measure) of a unit of its own."""
    indicator, period = declared(row), parse_period(row["period"])
    every = {m.id: m.every for m in measures()}
    statement, measure = [], []
    for name, value in (text.split("=") for text in row["inputs"].split()):
        own = {"unit_id": f"U{number:04d}", "scope": "single", "value": value}
        if name in every:
            measure.append({**own, "measure_id": name, "period": ending_with(period, every[name])})
        else:
            form = {"month": "monthly_finance", "year": "annual_finance"}[indicator.statement]
            statement.append({**own, "form": form, "field": name, "period": ending_with(period, indicator.statement)})
    return statement, measure


def test_every_indicator_has_a_row_in_the_table_of_its_theme() -> None:
    themes = {path.stem for path in (folder() / "indicators").glob("*.yaml")}
    assert {path.stem for path in TABLES.glob("*.csv")} == themes
    tested = {(i.id, i.every, i.vintage) for i in map(declared, rows())}
    assert tested == {(i.id, i.every, i.vintage) for i in indicators()}


def test_every_row_gives_each_input_of_its_formula_and_no_other() -> None:
    for row in rows():
        assert {text.split("=")[0] for text in row["inputs"].split()} == set(declared(row).names), row


def test_indicators_are_what_was_worked_out_by_hand(spark: SparkSession) -> None:
    made = [filed(number, row) for number, row in enumerate(rows())]
    months, years = (tuple(p for p in PERIODS if len(p) == size) for size in (7, 4))
    known = {"monthly_finance": months, "annual_finance": years, "party_organisation": ("2024Q1",)}
    parameters = Parameters({f.name: f for f in forms()}, indicators(), (), {}, known, measures())
    frame = indicator_value(
        gold(spark, "statement", [r for statement, _ in made for r in statement]),
        gold(spark, "measure", [r for _, measure in made for r in measure]),
        gold(spark, "enterprise_tree", []), gold(spark, "submission_coverage", []), parameters,
    ).select("unit_id", "indicator_id", "period", "value", "vintage")  # fmt: skip
    found = {(r.unit_id, r.indicator_id, r.period): (r.value, r.vintage) for r in frame.collect()}
    for number, row in enumerate(rows()):
        seen = found[f"U{number:04d}", row["indicator"], row["period"]]
        assert seen == (Decimal(row["expected"]), declared(row).vintage), row


def test_there_are_at_least_eighty_of_them_over_every_domain() -> None:
    assert len({i.id for i in indicators()}) >= 80
    assert all(i.owner and i.source and i.definition and i.vintage for i in indicators())
