"""What the build reads of silver, and how it writes gold."""

import json
from decimal import Decimal

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import DataFrame, SparkSession

from catalog.settings import Settings
from catalog.tables import table
from intake.shapes import Shape
from intake.store import Overtaken
from jobs import lake
from jobs.gold import part_at
from jobs.inputs import spark_type
from jobs.lake import Lake, ranges
from jobs.parts import as_whole
from jobs.session import session
from schemas.load import form, mart

_SHAPE = Shape(form("listed_share_capital")).silver


def _row(batch: int, unit: str, rules: list[str]) -> dict[str, object]:
    return {
        "_batch": batch,
        "_submission": batch,
        "_row": 2,
        "_source": "f",
        "unit_id": unit,
        "period": "2012",
        "broken_rules": rules,
    }


def _standing(*keys: tuple[int, str]) -> pa.Table:
    return pa.table({
        "form": ["listed_share_capital"] * len(keys), "batch": pa.array([b for b, _ in keys], pa.int64()), "unit_id": [u for _, u in keys],
        "period": ["2012"] * len(keys), "scope": ["consolidated"] * len(keys),
    })  # fmt: skip


@pytest.fixture
def spark(spark: SparkSession, anywhere: Settings) -> SparkSession:
    """The session of all tests, told where this test's lake is."""
    return session(anywhere)


@pytest.mark.parametrize("small", [lake.SMALL, -1], ids=["through Arrow", "by Spark"])
def test_silver_gives_the_records_in_force_that_say_something(
    anywhere: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(lake, "SMALL", small)
    rows = [
        _row(1, "A", []),
        _row(2, "A", ["T"]),
        _row(2, "B", ["NIL-RECORD"]),
        _row(3, "B", []),
        _row(9, "C", []),
    ]
    place = table(anywhere, "silver", "listed_share_capital")
    write_deltalake(place.uri, pa.Table.from_pylist(rows, _SHAPE), storage_options=place.options)
    found = Lake(anywhere, spark, _standing((2, "A"), (2, "B"), (9, "C"))).silver(
        form("listed_share_capital")
    )
    assert {(r._batch, r.unit_id, r.scope) for r in found.collect()} == {
        (2, "A", "consolidated"),
        (9, "C", "consolidated"),
    }


def test_a_form_nobody_ever_sent_is_an_empty_frame(settings: Settings, spark: SparkSession) -> None:
    found = Lake(settings, spark, _standing()).silver(form("monthly_finance"))
    assert found.count() == 0 and {"assets_closing", "scope", "_batch"} <= set(found.columns)


def _write(writer: Lake, rows: str, note: str = "x") -> int:
    frame = writer.spark.sql(f"SELECT * FROM VALUES {rows} AS t(rule_id, form, unit_id, rows)")
    empty = {
        c.name: f"CAST(NULL AS STRING) AS `{c.name}`"
        for c in mart("data_quality").columns
        if c.name not in frame.columns
    }
    return writer.write(
        mart("data_quality"), frame.selectExpr("*", *empty.values()), {"note": note}
    )


def _stored(settings: Settings, version: int | None = None) -> DeltaTable:
    place = table(settings, "gold", "data_quality")
    return DeltaTable(place.uri, version=version, storage_options=place.options)


def test_gold_is_overwritten_in_one_commit_and_its_versions_stay(
    anywhere: Settings, spark: SparkSession
) -> None:
    writer = Lake(anywhere, spark, _standing())
    first, second = (
        _write(writer, "('R', 'f', 'A', 1), ('R', 'f', 'B', 2)", "first"),
        _write(writer, "('R', 'f', 'C', 3)", "second"),
    )
    assert second == first + 1
    assert {r.unit_id for r in writer.gold(mart("data_quality"), first).collect()} == {"A", "B"}
    assert {r.unit_id for r in writer.gold(mart("data_quality"), second).collect()} == {"C"}
    handle = _stored(anywhere)
    assert handle.history(1)[0]["note"] == "second" and handle.to_pyarrow_table().num_rows == 1
    assert handle.metadata().configuration["delta.logRetentionDuration"] == "interval 90 days"
    stats = [
        json.loads(s)["numRecords"]
        for s in [
            json.dumps({"numRecords": n})
            for n in pa.table(handle.get_add_actions())["num_records"].to_pylist()
        ]
    ]
    assert sum(stats) == 1


def test_gold_is_stored_in_the_declared_types(anywhere: Settings, spark: SparkSession) -> None:
    writer = Lake(anywhere, spark, _standing())
    _write(writer, "('R', 'f', 'A', 1)")
    stored = _stored(anywhere).to_pyarrow_dataset().schema
    assert (
        str(stored.field("pass_rate").type) == "decimal128(18, 8)"
        and stored.field("rows").type == pa.int64()
    )
    spark_reads = (
        spark.read.format("delta").load(table(anywhere, "gold", "data_quality").spark_uri).collect()
    )
    assert [r.rows for r in spark_reads] == [1] and Decimal(1) == spark_reads[0].rows


def test_a_mart_may_become_empty(anywhere: Settings, spark: SparkSession) -> None:
    writer = Lake(anywhere, spark, _standing())
    _write(writer, "('R', 'f', 'A', 1)")
    empty = spark.createDataFrame(
        [], ", ".join(f"`{c.name}` STRING" for c in mart("data_quality").columns)
    )
    version = writer.write(mart("data_quality"), empty, {})
    assert writer.gold(mart("data_quality"), version).count() == 0


def _measured(spark: SparkSession, **batches: int) -> DataFrame:
    """A measure by month (`m01` …), and the batch it rests on."""
    given = {c.name: f"CAST(NULL AS {spark_type(c.type)})" for c in mart("measure").columns}
    rows = [given | {"period": f"'2025-{m[1:]}'", "value": "1", "_batches": f"array({n})"} for m, n in batches.items()]
    selects = [", ".join(f"{sql} AS `{name}`" for name, sql in row.items()) for row in rows]
    return spark.sql(" UNION ALL ".join(f"SELECT {select}" for select in selects))


def test_of_a_mart_computed_as_a_whole_the_parts_that_say_something_else_are_written(anywhere: Settings, spark: SparkSession) -> None:
    lake, made = Lake(anywhere, spark, _standing()), mart("measure")
    place = table(anywhere, "gold", "measure")
    first = lake.write(made, _measured(spark, m01=1, m02=2, m03=3), {}, as_whole({}))
    before, old = lake.to_build_on(made, first), set(DeltaTable(place.uri, storage_options=place.options).file_uris())
    second = lake.write(made, _measured(spark, m01=1, m02=9, m04=4), {}, as_whole(before))
    new = set(DeltaTable(place.uri, storage_options=place.options).file_uris())
    assert {part_at(file) for file in old & new} == {"2025-01"}, "批次不算内容，却是依据：变了就要重写"
    assert {part_at(file) for file in new} == {"2025-01", "2025-02", "2025-04"}
    assert sorted((r.period, r._batches) for r in lake.gold(made, second).collect()) == [
        ("2025-01", [1]), ("2025-02", [9]), ("2025-04", [4]),
    ]  # fmt: skip
    assert set(lake.parts(made, second)) == {"2025-01", "2025-02", "2025-04"}
    third = lake.write(made, _measured(spark, m01=1, m02=9, m04=4), {}, as_whole(lake.to_build_on(made, second)))
    assert set(DeltaTable(place.uri, version=third, storage_options=place.options).file_uris()) == new


@pytest.mark.parametrize("before", [0, 1], ids=["looking at a new table", "looking at a version"])
def test_a_driver_that_overslept_is_refused(
    anywhere: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    writer = Lake(anywhere, spark, _standing())
    _write(writer, "('R', 'f', 'A', 1)")
    overslept = _stored(anywhere, before)
    if before:
        _write(writer, "('R', 'f', 'B', 2)")
    standing = _stored(anywhere).to_pyarrow_table()["unit_id"].to_pylist()
    monkeypatch.setattr(lake, "opened", lambda _where, _schema: overslept)
    with pytest.raises(Overtaken):
        _write(writer, "('R', 'f', 'C', 3)")
    assert _stored(anywhere).to_pyarrow_table()["unit_id"].to_pylist() == standing


def test_numbers_are_read_as_ranges() -> None:
    assert ranges([7, 3, 1, 2, 9, 8, 3]) == [(1, 3), (7, 9)] and ranges([]) == []
