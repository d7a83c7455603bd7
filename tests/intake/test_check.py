"""`check` gives the verdict that sending the file would, and stores nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from intake.check import check
from intake.receipt import Receipt, receipt_of
from jobs.land import land
from jobs.refine import refine

LISTED = Path(__file__).parents[2] / "samples" / "listed"


def send(settings: Settings, source: Path, given: dict[str, str]) -> None:
    folder = settings.incoming / given["form"] / given["period"]
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / source.name)


def said(settings: Settings, number: str) -> tuple[object, ...]:
    ledger = Ledger.open(settings)
    try:
        rows = ledger.receipt(number)
        assert rows is not None
        found = receipt_of(rows)
    finally:
        ledger.close()
    return told(found)


def told(found: Receipt) -> tuple[object, ...]:
    refused = found.rejection["rule_id"] if found.rejection else ""
    return found.verdict, refused, found.contract_hash, found.judge, found.rows, found.silver_rows, found.entries


def foretold(settings: Settings, source: Path, given: dict[str, str]) -> tuple[object, ...]:
    return told(check(source, given, settings).receipt)


@pytest.fixture
def files(tmp_path: Path) -> list[tuple[Path, dict[str, str]]]:
    """A clean file, its copy under another name, a changed one that names nothing, one that cannot be read."""
    first = LISTED / "balance_sheet_2012.csv"
    again, changed, broken = tmp_path / "again.csv", tmp_path / "changed.csv", tmp_path / "broken.csv"
    again.write_bytes(first.read_bytes())
    changed.write_text(first.read_text("utf-8-sig").replace("海信电器", "海信视像"), encoding="utf-8")
    broken.write_bytes(first.read_bytes()[:2000] + b"\x00\xff")
    given = {"form": "listed_balance_sheet", "period": "2012"}
    return [(path, given) for path in (first, again, changed, broken)]


def test_what_check_foretells_is_what_sending_brings(settings: Settings, files: list[tuple[Path, dict[str, str]]]) -> None:
    for number, (source, given) in enumerate(files, start=1):
        before = foretold(settings, source, given)
        send(settings, source, given)
        land(settings)
        refine(settings)
        assert said(settings, f"R{number:08d}") == before


def test_check_leaves_no_trace(settings: Settings, files: list[tuple[Path, dict[str, str]]]) -> None:
    check(files[0][0], files[0][1], settings)
    assert not settings.home.exists() or list(settings.home.rglob("*")) == []
