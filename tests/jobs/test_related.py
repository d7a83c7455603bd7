"""Findings between records are kept by part: after every change they are those of a build from nothing, and most are not touched."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings, load_settings
from catalog.tables import table
from jobs.build import MartReport, build
from jobs.gold import part_at
from jobs.land import land
from jobs.refine import refine
from samples.filing import period_text
from samples.sending import Sent
from schemas.declared import documents, lay_out, reading
from schemas.identity import finding_number
from tests.jobs.few import marts_of
from tests.jobs.homes import moved
from tests.jobs.incoming import put
from tests.year.city import Town, payment, sent_lines, sent_monthly

MART = "relation_finding"
MONTHS = ((2024, 7), (2024, 8), (2024, 9), (2024, 10), (2024, 11), (2024, 12), (2025, 2), (2025, 3))
WRONG = ("A1", (2024, 10))


class Place:
    """A town after its first night; what changes comes later. Of the registry two files are still to come."""

    def __init__(self, home: Path) -> None:
        self.town, self.nights = Town(1), 0
        self.settings = load_settings({
            "GUOZI_HOME": str(home), "GUOZI_TODAY": "2025-05-02", "GUOZI_WORKERS": "1", "GUOZI_SPARK_MASTER": "local[2]",
        })  # fmt: skip
        *known, _, self._last = self.town.registry()
        months = [self._monthly(key, *month, wrong=(key, month) == WRONG) for month in MONTHS for key in ("A1", "C")]
        self.night(*known, *months)

    def night(self, *files: Sent) -> None:
        self.nights += 1
        for n, sent in enumerate(files):
            said = {key: value for key, value in {"unit": sent.unit, "revision": sent.revision}.items() if value}
            put(self.settings, f"{self.nights}/{n}-{sent.name}", "", sent.form, sent.period, sent.content(), **said)
        land(self.settings)
        refine(self.settings)

    def _monthly(self, key: str, year: int, month: int, revision: int = 0, *, wrong: bool = True) -> Sent:
        """What is wrong has the figures of May: right in itself, and no other month agrees."""
        unit, period = self.town.city.units[key], period_text(year, month)
        told = self.town.monthly(unit, *((2024, 5) if wrong else (year, month)))
        told = [replace(record, period=period, cells=record.cells | {"period": period}) for record in told]
        return sent_monthly(told, "json", "m.json", revision)

    def revised(self, key: str, year: int, month: int) -> None:
        self.night(self._monthly(key, year, month, 2))

    def withdrawn(self, period: str) -> None:
        with self._ledger() as ledger:
            standing = next(e for e in ledger.in_force().to_pylist() if (e["form"], e["period"]) == ("monthly_finance", period))
            ledger.decide(f"R{standing['submission']:08d}", "withdraw", "王芳", "报错单位")

    def explained(self, period: str) -> None:
        rows = DeltaTable(table(self.settings, "gold", MART).uri).to_pyarrow_table().to_pylist()
        one = next(row for row in rows if row["period"] == period and row["severity"] == "query")
        with self._ledger() as ledger:
            ledger.explain([{**one, "finding": finding_number(one), "code": "01", "text": "重组"}], "李")

    def first_payment(self) -> None:
        self.night(sent_lines([payment(self.town.city.units["C"], 1, date(2025, 3, 4), 10**9)], "json", "p.json"))

    def registered(self) -> None:
        self.night(self._last)

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        ledger = Ledger.open(self.settings)
        try:
            yield ledger
        finally:
            ledger.close()


# What changes, and the parts that may be written again for it (None: all).
CHANGES: tuple[tuple[str, Callable[[Place], None], set[str] | None], ...] = (
    ("a correction of an early month", lambda p: p.revised("C", 2024, 8), {"2024-08", "2024-09"}),
    ("a correction of the end of a year", lambda p: p.revised("A1", 2024, 12), {"2024-12", "2025-02", "2025-03"}),
    ("a withdrawal", lambda p: p.withdrawn("2024-10"), {"2024-10", "2024-11"}),
    ("an explanation", lambda p: p.explained("2024-12"), {"2024-12"}),
    ("the first of another form", lambda p: p.first_payment(), None),
    ("a registration", lambda p: p.registered(), None),
    ("nothing", lambda p: None, set()),
)


@pytest.mark.proof
def test_after_every_change_the_findings_are_those_of_a_build_from_nothing(spark: SparkSession, tmp_path: Path) -> None:
    with marts_of(tmp_path / "few", MART):
        place = Place(tmp_path / "var")
        first = _built(place.settings)
        assert first.rows
        for n, (what, change, expected) in enumerate(CHANGES):
            before = _files(place.settings)
            change(place)
            made = _built(place.settings)
            assert made.content_hash == _from_nothing(place.settings, tmp_path / f"whole{n}").content_hash, what
            written = {part_at(file) for file in _files(place.settings) ^ before}
            assert expected is None or written <= expected, what
        stricter = {path: text.replace("severity: query", "severity: notice") for path, text in documents().items()}
        with reading(lay_out(stricter, tmp_path / "stricter")):
            made = _built(place.settings)
            assert made.content_hash == _from_nothing(place.settings, tmp_path / "changed").content_hash != first.content_hash


def _built(settings: Settings) -> MartReport:
    return next(m for m in build(settings, only=[MART]).marts if m.mart == MART)


def _from_nothing(settings: Settings, home: Path) -> MartReport:
    there = moved(settings, home)
    shutil.rmtree(Path(there.lake) / "gold")
    with closing(sqlite3.connect(there.home / "ledger.db")) as ledger:
        ledger.execute("DELETE FROM mart_state")
        ledger.commit()
    return _built(there)


def _files(settings: Settings) -> set[str]:
    return set(DeltaTable(table(settings, "gold", MART).uri).file_uris())
