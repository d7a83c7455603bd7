"""Silver of a form of very many records lies by month: whoever knows the period opens no other file, and nothing else changes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from bench.payments import write
from catalog.content import content
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import table
from intake import datafiles
from intake.datafiles import digest_in
from intake.released import in_force
from jobs import lake
from jobs.lake import Lake
from jobs.land import land
from jobs.refine import refine
from jobs.session import session
from jobs.upkeep import upkeep
from schemas.load import form

FORM = "large_payment"
MONTHS = ["part=2024-01", "part=2024-02", "part=2024-03"]


@pytest.fixture
def paid(anywhere: Settings) -> Settings:
    """Three files of a month each."""
    write(anywhere.incoming, 600, per_file=200)
    land(anywhere)
    assert not refine(anywhere).held
    return anywhere


def _files(settings: Settings) -> list[PurePosixPath]:
    place = table(settings, "silver", FORM)
    added = pa.table(DeltaTable(place.uri, storage_options=place.options).get_add_actions())
    return sorted(PurePosixPath(path) for path in added["path"].to_pylist())


def _standing(settings: Settings) -> pa.Table:
    ledger = Ledger.open(settings)
    try:
        entries = ledger.in_force()
    finally:
        ledger.close()
    return entries.filter(pa.compute.equal(entries["form"], FORM))


def test_each_month_has_its_files_and_a_month_is_read_from_them_alone(
    paid: Settings, spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [path.parent.name for path in _files(paid)] == MONTHS
    monkeypatch.setattr(lake, "SMALL", -1)
    whole = Lake(paid, session(paid), _standing(paid))
    of_a_month = whole.silver(form(FORM), ["2024-02"])
    assert {PurePosixPath(path).parent.name for path in of_a_month.inputFiles()} == {"part=2024-02"}
    assert of_a_month.count() == whole.silver(form(FORM)).where("period LIKE '2024-02%'").count() > 190


def test_without_spark_too(paid: Settings) -> None:
    place = table(paid, "silver", FORM)
    stored = DeltaTable(place.uri, storage_options=place.options).to_pyarrow_dataset()
    opened = list(stored.get_fragments(pa.compute.field("period") == "2024-02-03"))
    assert len(opened) == 1
    day = in_force(paid, form(FORM), _standing(paid), periods=["2024-02-03"])
    assert 0 < day.num_rows < 200 and set(day["period"].to_pylist()) == {"2024-02-03"}


def test_upkeep_joins_files_within_a_month_and_brings_what_another_writer_left_into_its_own(paid: Settings) -> None:
    place = table(paid, "silver", FORM)
    before = content(paid, "silver", FORM)
    handle = DeltaTable(place.uri, storage_options=place.options)
    rows = handle.to_pyarrow_table()
    handle.alter.set_table_properties({"delta.appendOnly": "false"})
    write_deltalake(handle, rows, mode="overwrite")
    assert [digest_in(str(path)) for path in _files(paid)] == [None]
    (told,) = (t for t in upkeep(paid).tables if t.table == f"silver/{FORM}")
    assert told.files == 3 and [path.parent.name for path in _files(paid)] == MONTHS
    assert None not in {digest_in(str(path)) for path in _files(paid)} and content(paid, "silver", FORM) == before


def test_no_file_grows_beyond_bounds_and_all_open_ones_together_do_not(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datafiles, "FULL", 20_000)
    monkeypatch.setattr(datafiles, "_HELD", 30_000)
    monkeypatch.setattr(datafiles, "_WAITING", 100)
    place = table(settings, "silver", FORM)
    periods = [f"2024-{1 + n % 3:02d}-01" for n in range(9_000)]
    rows = pa.table({"period": periods, "n": range(9_000), "said": [f"{n * 7919 % 9001:09d}" for n in range(9_000)]})
    pieces = [rows.slice(start, 300) for start in range(0, 9_000, 300)]
    made = datafiles.write(place, pieces, rows.schema, by_part=True)
    assert len(made) > len(MONTHS) and max(file.size for file in made) < 30_000
    again = pa.concat_tables(pa.Table.from_batches([b], rows.schema) for b in datafiles.read(place, [f.path for f in made], rows.schema))
    assert again.sort_by("n").equals(rows)
