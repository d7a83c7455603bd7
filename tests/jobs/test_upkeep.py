"""Few files, nothing past its retention, and no reader notices; gold's released versions stay."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from catalog.content import Content, content
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import FrozenLoad, MartVersion
from catalog.settings import Settings
from catalog.sql import ask, connect
from catalog.summary import summarise
from catalog.tables import table
from catalog.trace import as_json, trace
from intake.shapes import Shape
from intake.store import existing, look
from jobs.land import land
from jobs.lease import Busy, lease
from jobs.loads import commit_loads
from jobs.refine import refine
from jobs.upkeep import upkeep
from schemas.load import form
from tests.conftest import SampleNight
from tests.jobs.homes import moved
from tests.jobs.incoming import capital, capital_with

FORM = "listed_share_capital"
EVERY = [("bronze", FORM), ("silver", FORM), ("quarantine", FORM), ("ops", "event"), ("ops", "in_force"), ("ops", "finding")]


def _open(settings: Settings, layer: str, name: str) -> DeltaTable:
    handle = existing(settings, layer, name)
    assert handle is not None
    return handle


def _said(settings: Settings) -> dict[tuple[str, str], Content]:
    """What every table says, numbers of batches and submissions included."""
    names = {place: [f.name for f in _open(settings, *place).schema().fields] for place in EVERY}
    return {(layer, name): content(settings, layer, name, names[layer, name]) for layer, name in EVERY}


def test_many_small_files_become_one_and_every_table_says_the_same(loaded: Settings) -> None:
    before = _said(loaded)
    told = {t.table: t for t in upkeep(loaded).tables}
    assert told[f"silver/{FORM}"].files_before == 6
    assert {t.table: t.files for t in told.values() if t.files > 1} == {}
    assert _said(loaded) == before
    again = {t.table: (t.files, t.bytes) for t in upkeep(loaded).tables}
    assert again == {t.table: (t.files, t.bytes) for t in told.values()}


def test_a_load_is_refused_twice_after_compaction_and_the_next_one_is_taken(loaded: Settings) -> None:
    upkeep(loaded)
    before = _said(loaded)
    ledger = Ledger.open(loaded)
    try:
        number = max(ledger.batches()["id"].to_pylist())
        batch = ledger.batch(number)
        commit_loads(loaded, ledger, [FrozenLoad(batch.load, FORM, "", (batch,))], "again")
    finally:
        ledger.close()
    assert _said(loaded) == before
    assert look(loaded, "silver", FORM, Shape(form(FORM)).silver).done(f"silver/{FORM}") == batch.load
    capital(loaded, "7/2010.csv", capital_with('"61,131"', '"61,137"'), revision="7")
    land(loaded)
    assert refine(loaded).held == {}
    assert len(_open(loaded, "silver", FORM).file_uris()) == 2


def test_what_is_past_its_retention_is_cleared_with_what_a_killed_writer_left(loaded: Settings) -> None:
    silver = _open(loaded, "silver", FORM)
    silver.alter.set_table_properties({"delta.deletedFileRetentionDuration": "interval 0 hours"})
    folder = Path(table(loaded, "silver", FORM).uri)
    (folder / "killed.parquet").write_bytes(b"half a file")
    before = _said(loaded)
    told = {t.table: t.cleared for t in upkeep(loaded).tables}
    assert told[f"silver/{FORM}"] == 7 and told[f"bronze/{FORM}"] == 0
    assert len(list(folder.glob("*.parquet"))) == 1 and _said(loaded) == before


def test_versions_of_gold_that_the_last_release_or_a_young_one_names_stay(settings: Settings) -> None:
    place = table(settings, "gold", "statement")
    kept = {"delta.deletedFileRetentionDuration": "interval 0 hours", "delta.logRetentionDuration": "interval 90 days"}
    ledger = Ledger.open(settings)
    try:
        for number in range(5):
            write_deltalake(place.uri, pa.table({"n": [number]}), mode="overwrite", configuration=kept)
            ledger.set_mart(MartVersion("statement", "f", number, 1, f"h{number}", "audited", 1, "2025-05-20"))
            if number in (0, 1, 3):
                ledger.publish("2025-01-01" if number == 0 else "2025-05-20")
    finally:
        ledger.close()
    (told,) = (t for t in upkeep(settings).tables if t.table == "gold/statement")
    assert told.cleared == 2
    assert [DeltaTable(place.uri, version=n).to_pyarrow_table()["n"].to_pylist() for n in (1, 3, 4)] == [[1], [3], [4]]


def test_queries_and_traces_of_a_release_are_the_same_before_and_after(finance_night: SampleNight, tmp_path: Path) -> None:
    here = moved(finance_night.settings, tmp_path / "var")
    before = list(_seen(here))
    assert upkeep(here).tables and list(_seen(here)) == before


def test_upkeep_waits_for_a_build(settings: Settings) -> None:
    ledger = Ledger.open(settings)
    with lease(settings, ledger), pytest.raises(Busy):
        upkeep(settings)
    ledger.close()


def _seen(settings: Settings) -> Iterator[object]:
    with connect(settings) as connection:
        yield ask(connection, "SELECT count(*), sum(value) FROM statement").rows
    mart, *key = summarise(settings).example
    yield as_json(trace(settings, mart, dict(part.split("=", 1) for part in key)))
