"""The second night of the bench changes what it says it changes, and says of gold what is there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake

from bench.gold import changes, marts
from bench.options import Options
from bench.resent import FOLDER, doubled, resend
from bench.sections import second
from catalog.content import Sums
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.settings import Settings
from catalog.tables import table
from intake.judge import judge_file
from intake.manifest import read_manifest
from jobs.parts import REST, Part, said
from samples.filing import FORM, Filed


def test_one_file_in_a_hundred_comes_again_and_would_be_let_in(tmp_path: Path) -> None:
    count = resend(tmp_path, 1, "small", ("finance",))
    entries = read_manifest(tmp_path / FOLDER / "manifest.yaml", FOLDER)
    assert count == len(entries) == 2 and all(int(e["revision"]) > 1 for e in entries.values())
    for name, entry in entries.items():
        judged = judge_file(tmp_path / FOLDER / name, name, entry, {})
        assert judged.verdict == "accepted" and judged.identity.form == FORM


def test_amounts_are_doubled_however_they_are_typed_and_nothing_else() -> None:
    cells = {
        "revenue_month": "1,234.50",
        "revenue_ytd": "(0.25)",
        "cost_month": "１２.５",
        "cost_ytd": "-",
        "unit_name": "12",
    }
    made = doubled(Filed("A", "A", "2025-04", "single", ("元", 2), cells))
    assert made["cost_ytd"] == "-" and made["unit_name"] == "12"
    assert [Decimal(made[n]) for n in ("revenue_month", "revenue_ytd", "cost_month")] == [
        Decimal(2469),
        Decimal("-0.5"),
        Decimal(25),
    ]


def _committed(settings: Settings, rows: int, parts: dict[str, Part], version: int) -> None:
    place = table(settings, "gold", "statement")
    note = CommitProperties(custom_metadata={"parts": said(parts)})
    write_deltalake(place.uri, pa.table({"n": list(range(rows))}), mode="append", commit_properties=note)
    ledger = Ledger.open(settings)
    total = sum(part.sums.rows for part in parts.values())
    ledger.set_mart(MartVersion("statement", "f", version, total, f"{version}", "audited", ledger.seq(), "2025-05-20"))
    ledger.close()


def test_of_a_mart_by_period_the_rows_of_its_changed_part_were_read_and_written(settings: Settings) -> None:
    parts = {"2025-03": Part("a", Sums(90, 1, 1)), "2025-04": Part("b", Sums(10, 2, 2)), REST: Part("c", Sums())}
    _committed(settings, 100, parts, 0)
    before = marts(settings)
    assert changes(settings, before)["statement"]["how"] == "untouched"
    _committed(settings, 10, parts | {"2025-04": Part("d", Sums(10, 3, 3))}, 1)
    told = changes(settings, before)["statement"]
    assert told == {"how": "by part", "rows": 100, "written": 10, "read": 10, "parts": "1/3"}
    assert second.by_period({"statement": told}) == {"written": 10.0, "read": 10.0}
    assert changes(settings, {})["statement"]["how"] == "rebuilt"


def test_marts_that_say_another_thing_are_named() -> None:
    one = MartVersion("statement", "f", 1, 5, "a", "audited", 1, "2025-05-20")
    other = MartVersion("statement", "g", 7, 5, "b", "audited", 9, "2025-05-20")
    assert second.differing({"statement": one}, {"statement": one}) == []
    assert second.differing({"statement": one}, {"statement": other}) == ["statement：5 行，从头 5 行"]


@pytest.mark.proof
def test_a_second_night_over_one_domain_agrees_with_a_night_from_nothing(tmp_path: Path) -> None:
    told = second.measure(Options(domains=("finance",)), tmp_path)
    assert told["resent"] == 2 and second.tables(told)
    assert {t["how"] for t in told["marts"].values()} == {"untouched", "by part", "rebuilt"}
