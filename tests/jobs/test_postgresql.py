"""Stages of a night with the ledger on PostgreSQL, which is stricter about text than SQLite."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.settings import Settings
from jobs.backup import backup, restore
from jobs.land import land
from jobs.refine import refine
from tests.jobs.homes import elsewhere
from tests.jobs.incoming import capital, capital_with, told
from tests.postgres import Server


@pytest.fixture
def served(settings: Settings, postgres: Server) -> Settings:
    return replace(settings, ledger=postgres.database())


def test_no_text_of_a_sender_is_too_long_for_the_ledger(served: Settings) -> None:
    """Too long for a column of 64, and too long (and too varied to be compressed) for an entry of an index."""
    varied = "".join(chr(c) for c in random.Random(1).choices(range(0x4E00, 0x9FA5), k=4000))
    capital(served, "long.csv", capital_with("600060", "企" * 70))
    capital(served, "longer.csv", capital_with("600060", varied, "2011"), year="2011")
    capital(served, "honest.csv", year="2012")
    capital(served, "manifest.csv", year="2013", unit=varied)
    report = land(served)
    assert (report.received, report.judged, report.failures) == (4, 3, ())
    refined = refine(served)
    assert refined.held == {} and refined.entries["in force"] > 8
    found = told(served)
    assert found["manifest.csv"] == ("rejected", "rejected", "IDN-UNIT")
    assert [found[name][1] for name in ("long.csv", "longer.csv", "honest.csv")] == ["partial", "partial", "accepted"]


def test_a_ledger_goes_to_postgresql_and_comes_back_by_backup(loaded: Settings, postgres: Server, tmp_path: Path) -> None:
    backup(loaded, tmp_path / "safe")
    there = replace(elsewhere(loaded, tmp_path / "there"), ledger=postgres.database())
    restore(there, tmp_path / "safe")
    capital(there, "7/2010.csv", capital_with('"61,131"', '"61,137"'), revision="7")
    land(there)
    assert refine(there).held == {}
    backup(there, tmp_path / "safe")
    back = elsewhere(loaded, tmp_path / "back")
    restore(back, tmp_path / "safe")
    assert told(back) == told(there) and len(told(back)) == 7
