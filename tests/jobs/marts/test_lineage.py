"""What the marts declare that a column rests on is what the plan reads for it, and nothing is read that is not declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.build import function
from jobs.known import Known
from jobs.marts.ownership import _registered
from schemas.delivered import Mart
from schemas.lineage import sources
from schemas.load import form, form_names, mart, mart_names
from tests.jobs.marts.small import accesses, entries, findings, gold, records

# Filled in by the driver from what it collected: their plans show nothing. See below, and tests/catalog/test_lineage.py.
COLLECTED = {"relation_finding", "collection_duplicate", "ownership"}
MARTS = sorted(set(mart_names()) - COLLECTED)
_SCAN = re.compile(r"FileScan parquet \[(.*?)\].*?/(\w+)/?\], PartitionFilters", re.S)


def _on_disk(spark: SparkSession, frame: DataFrame, folder: Path, name: str) -> DataFrame:
    """An empty file with the frame's columns, so that the plan names what it reads."""
    (folder / name).mkdir()
    pq.write_table(frame.limit(0).toArrow(), folder / name / "empty.parquet")
    return spark.read.parquet(str(folder / name))


def _inputs(spark: SparkSession, made: Mart, folder: Path) -> dict[str, Any]:
    day = {"month": "2024-03", "quarter": "2024Q1", "year": "2012", "day": "2024-03-01"}
    table = pa.table({"form": list(form_names()), "period": [day[form(name).calendar.kind] for name in form_names()],
                      "state": ["in force"] * len(form_names())})  # fmt: skip
    known = Known(date(2024, 6, 1), table, table, table)
    given: dict[str, Any] = {"parameters": known.parameters, "as_of": known.as_of, "rulings": (), "explanations": {}}
    for name in made.inputs:
        if name in form_names():
            given[name] = _on_disk(spark, records(spark, form(name), []), folder, name)
        elif name in mart_names():
            given[name] = _on_disk(spark, gold(spark, name, []), folder, name)
        elif name == "entry":
            given[name] = _on_disk(spark, entries(spark, []), folder, name)
        elif name == "access":
            given[name] = _on_disk(spark, accesses(spark, []), folder, name)
        elif name == "finding":
            given[name] = _on_disk(spark, findings(spark, []), folder, name)
    return {name: given[name] for name in made.inputs}


def _read(frame: DataFrame) -> set[str]:
    executed = frame._jdf.queryExecution().sparkPlan().toString()  # type: ignore[operator]
    return {
        f"{name}.{c.split('#')[0]}"
        for columns, name in _SCAN.findall(executed)
        for c in columns.split(",")
        if c
    }


def _is_key(read: str) -> bool:
    """What rows are found and joined by needs no declaring."""
    source, _, column = read.partition(".")
    keys = (
        mart(source).key
        if source in mart_names()
        else form(source).key
        if source in form_names()
        else ()
    )
    return column in (
        *keys,
        "form",
        "unit_id",
        "period",
        "scope",
        "_batch",
        "_row",
        "batch",
        "turn",
    )


@pytest.fixture
def whole_plans(spark: SparkSession) -> Iterator[None]:
    """Plans are written out whole; no longer than these tests run, since Spark keeps the text of every plan."""
    said = ("spark.sql.debug.maxToStringFields", "spark.sql.maxMetadataStringLength")
    for name in said:
        spark.conf.set(name, 10_000)
    yield
    for name in said:
        spark.conf.unset(name)


@pytest.mark.usefixtures("whole_plans")
def test_the_graph_of_ownership_is_collected_from_what_it_declares(spark: SparkSession, tmp_path: Path) -> None:
    made = mart("ownership")
    given = _inputs(spark, made, tmp_path)
    read = _read(_registered(given["enterprise_registry"], given["enterprise_registry_line"], given["parameters"]))
    declared = {rest for column in made.columns for rest in sources(column)}
    assert {r for r in read if r not in declared and not _is_key(r)} == {"enterprise_registry.valid_to"}
    assert declared - read == set()


@pytest.mark.usefixtures("whole_plans")
@pytest.mark.parametrize("name", MARTS)
def test_declared_and_planned_lineage_agree(spark: SparkSession, tmp_path: Path, name: str) -> None:
    made = mart(name)
    frame = function(made)(**_inputs(spark, made, tmp_path))
    everything = _read(frame)
    declared = {rest for column in made.columns for rest in sources(column)}
    whole = {rest.removesuffix(".*") for rest in declared if rest.endswith(".*")}
    undeclared = {
        r
        for r in everything
        if r not in declared and r.split(".")[0] not in whole and not _is_key(r)
    }
    assert undeclared == set()
    resting = [column for column in made.columns if any(not rest.endswith(".*") for rest in sources(column))]
    # A plan is made in one thread: two columns at once take half the time.
    with ThreadPoolExecutor(2) as threads:
        read = threads.map(lambda column: _read(frame.select(column.name)), resting)
        idle = {c.name: [r for r in sources(c) if not r.endswith(".*") and r not in own] for c, own in zip(resting, read, strict=True)}
    assert {name: rests for name, rests in idle.items() if rests} == {}, "声明了计划里没有用到的来源"
