"""A lost ledger comes back from the lake, table for table; what the lake cannot know is told."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog.archive import Damaged, archive
from catalog.ledger.engine import connect
from catalog.ledger.ledger import Ledger
from catalog.ledger.records import tables
from catalog.ledger.values import Refused, RulingRecord
from catalog.settings import Settings
from catalog.tables import table
from intake.store import existing
from jobs import journal
from jobs.land import land
from jobs.rebuild import rebuild
from jobs.refine import refine
from tests.conftest import SampleNight
from tests.jobs.homes import lose_ledger, moved
from tests.jobs.incoming import capital, capital_with


def _all(settings: Settings) -> Mapping[str, list[tuple[object, ...]]]:
    """Every row of every table of the ledger."""
    engine = connect(settings.ledger)
    try:
        with engine.connect() as connection:
            found = {
                name: [tuple(r) for r in connection.execute(select(one).order_by(*one.primary_key.columns))]
                for name, one in tables().items()
            }
    finally:
        engine.dispose()
    return found


def _export(settings: Settings) -> None:
    ledger = Ledger.open(settings)
    try:
        journal.export(settings, ledger)
    finally:
        ledger.close()


def test_the_ledger_of_a_night_with_releases_cases_and_rulings_comes_back_row_for_row(
    finance_night: SampleNight, tmp_path: Path
) -> None:
    here = moved(finance_night.settings, tmp_path / "var")
    ledger = Ledger.open(here)
    try:
        ledger.rule(RulingRecord(kind="closing", form="monthly_finance", period="2024-03"), "王芳", "已报市政府")
        ledger.note_access("财务监管处", "zhang", "status", ["statement"])
    finally:
        ledger.close()
    _export(here)
    before = _all(here)
    assert {name for name, rows in before.items() if not rows} <= {"scratch", "explanation"}
    lose_ledger(here)
    told = rebuild(here)
    assert _all(here) == before
    assert (told.seq, told.missing, told.unknown) == (len(before["event"]), (), ())


def test_a_rebuilt_ledger_gives_no_number_again_and_names_what_it_does_not_know(loaded: Settings) -> None:
    exported = Path(table(loaded, "ops", "record").uri) / "_delta_log"
    before = sorted(exported.glob("*.json"))[-1]
    capital(loaded, "7/2010.csv", capital_with('"61,131"', '"61,137"'), revision="7")
    land(loaded)
    refine(loaded)
    for late in [p for p in exported.glob("*.json") if p.name > before.name]:
        late.unlink()  # as if the machine had gone before the journal was written
    lose_ledger(loaded)
    told = rebuild(loaded)
    assert len(told.unknown) == 2 and told.missing == ()  # a file and its manifest
    capital(loaded, "8/2010.csv", capital_with('"61,131"', '"61,138"'), revision="8")
    land(loaded)
    assert refine(loaded).held == {}
    silver = existing(loaded, "silver", "listed_share_capital")
    assert silver is not None
    numbers = set(silver.to_pyarrow_table(columns=["_batch"])["_batch"].to_pylist())
    assert numbers == set(range(1, 9))


def test_an_original_that_is_gone_from_the_archive_is_named(loaded: Settings) -> None:
    name = next(archive(loaded).names())
    (Path(loaded.lake) / "archive" / name).unlink()
    lose_ledger(loaded)
    assert len(rebuild(loaded).missing) == 1


def test_nothing_is_rebuilt_over_a_ledger_or_from_a_journal_with_gaps(loaded: Settings) -> None:
    with pytest.raises(Refused, match="台账里已有记录"):
        rebuild(loaded)
    record = existing(loaded, "ops", "record")
    assert record is not None
    record.alter.set_table_properties({"delta.appendOnly": "false"})
    record.delete("kind = 'event' AND key = '[7]'")
    lose_ledger(loaded)
    with pytest.raises(Damaged, match="不连续"):
        rebuild(loaded)


def test_a_blob_and_a_line_of_the_access_log_are_recorded_once_however_often_the_journal_is_brought_up_to_date(loaded: Settings) -> None:
    for period in ("2024-02", "2024-03"):
        ledger = Ledger.open(loaded)
        try:
            ledger.note_access("财务监管处", "zhang", "status", ["statement"])
            ledger.keep_blob("document", period, {"text": period})
            ledger.rule(RulingRecord(kind="closing", form="monthly_finance", period=period), "王芳", "已报市政府")
        finally:
            ledger.close()
        _export(loaded)
    handle = existing(loaded, "ops", "record")
    assert handle is not None
    said = [(r["kind"], r["key"]) for r in handle.to_pyarrow_table(columns=["kind", "key"]).to_pylist()]
    once = Counter(one for one in said if one[0] in ("blob", "access"))
    assert len(once) == 5 and set(once.values()) == {1}
