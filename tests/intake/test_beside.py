"""What `check` says of a file beside a release is what the night found between the same records."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable

from catalog.archive import staged
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import table
from intake.beside import Beside, findings
from intake.check import check
from intake.released import Released, newest, with_scope
from intake.shapes import Shape
from intake.staged import RECORDS, read
from schemas.contract import Form
from schemas.load import form
from tests.conftest import SampleNight

LISTED = Path(__file__).parents[2] / "samples" / "listed"
COMPARED = ("rule_id", "severity", "form", "unit_id", "period", "scope", "_row", "column", "address", "seen", "expected", "message",
            "_other_batch")  # fmt: skip


@pytest.fixture(scope="module")
def home(sample_night: SampleNight) -> Settings:
    return sample_night.settings


@pytest.fixture(scope="module")
def released(home: Settings) -> Released:
    ledger = Ledger.open(home)
    try:
        return newest(home, ledger)
    finally:
        ledger.close()


def batches(home: Settings) -> list[dict[str, Any]]:
    ledger = Ledger.open(home)
    try:
        found: list[dict[str, Any]] = ledger.batches().to_pylist()
        return found
    finally:
        ledger.close()


def by_night(home: Settings) -> pa.Table:
    return DeltaTable(table(home, "gold", "relation_finding").uri).to_pyarrow_table()


def told(rows: Iterable[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    return {tuple(row[c] for c in COMPARED) for row in rows}


def test_every_batch_in_force_is_told_what_the_night_found(home: Settings, released: Released) -> None:
    standing = released.standing.select(["batch", "unit_id", "period", "scope"]).to_pylist()
    entries = {(e["batch"], e["unit_id"], e["period"], e["scope"]) for e in standing}
    night = by_night(home)
    counted = sorted(pc.value_counts(night.column("_batch")).to_pylist(), key=lambda v: (-v["counts"], v["values"]))
    worst = [v["values"] for v in counted[:8]]
    quiet = sorted({e["batch"] for e in standing} - set(night.column("_batch").to_pylist()))[:5]
    compared = 0
    for batch in (b for b in batches(home) if b["id"] in {*worst, *quiet}):
        made = form(batch["form"])
        path = staged(home).local(f"{batch['id']}{RECORDS}", batch["staged_sha256"])
        rows = pa.concat_tables(list(read(path)))
        said = findings(made, rows, json.loads(batch["header"]), released)
        stands = [f for f in said if (batch["id"], f["unit_id"], f["period"], f["scope"]) in entries]
        found = night.filter(pc.equal(night.column("_batch"), batch["id"])).to_pylist()
        assert told(stands) == told(found), batch["form"]
        compared += len(found)
    assert compared > 100


@dataclass(frozen=True)
class Kept:
    """Contributor lines in force: (unit, owner), all of one day."""

    lines: tuple[tuple[str, str], ...]
    filed: frozenset[str] = frozenset({"enterprise_registry_line"})

    def records(self, form: Form, units: Collection[str] | None = None, periods: Iterable[str] | None = None) -> pa.Table:
        shape = with_scope(Shape(form).silver.empty_table(), form).schema
        known = {"period": "2025-03-04", "scope": "single", "share": Decimal("0.3"), "_batch": 1, "_row": 2}
        rows = [{**dict.fromkeys(shape.names), **known, "unit_id": unit, "owner_id": owner} for unit, owner in self.lines]
        return pa.Table.from_pylist(rows, shape)


def test_a_file_that_closes_a_circle_of_holdings_is_told_before_it_is_sent() -> None:
    made, released = form("enterprise_registry_line"), Kept((("A", "C"), ("B", "A"), ("C", "B"), ("D", "E")))

    def circles(*lines: tuple[str, str]) -> set[tuple[str, str, str]]:
        broken = Beside(made, Kept(lines).records(made), released).broken()
        return {(f["rule_id"], f["unit_id"], f["seen"]) for f in broken if made.rule[f["rule_id"]].kind == "holding_cycle"}

    assert circles(("E", "D")) == {("ERL-4", "E", "D")}
    assert circles(("A", "C")) == {("ERL-5", "A", "C")}
    assert circles(("A", "D")) == set()


def test_check_says_which_release_it_compared_with_and_without_one_compares_with_none(
    home: Settings, released: Released, settings: Settings
) -> None:
    given = {"form": "listed_cash_flow", "period": "2013"}
    file = LISTED / "cash_flow_2013.csv"
    done = check(file, given, home)
    assert done.release == released.number
    assert {(f["rule_id"], f["unit_id"]) for f in done.relations if f["severity"] == "query"} == {("LCF-10", "sse:600579")}
    alone = check(file, given, settings)
    assert (alone.release, alone.relations) == (0, ())
