"""Every declared measure over records whose answer was worked out by hand: `tests/measures/<domain>.csv`.

A row: measure, period, records `column=value …` divided by `|`, expected. Of events the day says the period; of other forms the records
are those of the period. A new measure is one entry of YAML and one row here.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.inputs import Parameters
from jobs.marts.measure import measure
from schemas.contract import Form
from schemas.declared import folder
from schemas.load import forms, measures, readable
from tests.jobs.marts.small import gold, records

TABLES = Path(__file__).parents[2] / "measures"
TRUTH = {"是": True, "否": False}


@cache
def rows() -> list[dict[str, str]]:
    return [row for path in sorted(TABLES.glob("*.csv")) for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]


def record(number: int, row: dict[str, str], text: str) -> dict[str, Any]:
    """A record of a unit of its own."""
    source = readable(next(m.form for m in measures() if m.id == row["measure"]))
    made: dict[str, Any] = {"unit_id": f"U{number:04d}", "period": row["period"], "scope": "single"}
    for name, value in (pair.split("=") for pair in text.split()):
        kind = source.by_name[name].type
        made[name] = date.fromisoformat(value) if kind == "date" else TRUTH[value] if kind == "boolean" else value or None
        made[name] = int(value) if kind == "integer" else made[name]
    return made


def test_every_measure_has_a_row_in_the_table_of_its_domain() -> None:
    assert {path.stem for path in TABLES.glob("*.csv")} == {path.stem for path in (folder() / "measures").glob("*.yaml")}
    assert sorted(row["measure"] for row in rows()) == sorted(m.id for m in measures())


def test_measures_are_what_was_worked_out_by_hand(spark: SparkSession) -> None:
    known = {m.id: m for m in measures()}
    filed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, row in enumerate(rows()):
        filed[known[row["measure"]].form] += [record(number, row, text) for text in row["records"].split("|")]
    sources = {m.form: readable(m.form) for m in measures()}
    parameters = Parameters({f.name: f for f in forms()}, (), (), {}, {name: ("2024", "2024Q1", "2024-03") for name in filed}, measures())
    frames = {
        name: records(spark, source, filed[name]) if isinstance(source, Form) else gold(spark, name, filed[name])
        for name, source in sources.items()
    }
    single = measure(parameters, **frames).where("scope = 'single'").collect()
    found = {(r.unit_id, r.measure_id, r.period): r.value for r in single}
    for number, row in enumerate(rows()):
        seen = found.get((f"U{number:04d}", row["measure"], row["period"]))
        assert seen == Decimal(row["expected"]), (row, seen)
