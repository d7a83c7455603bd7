"""Committed once, audited as committed, in force afterwards; on real files."""

import json
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from catalog.ledger import loads
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from intake.store import existing
from jobs.control import Committed
from jobs.land import land
from jobs.loads import Pieces
from jobs.refine import refine
from tests.jobs.incoming import capital, capital_with, put

FORM = "listed_share_capital"


def _rows(settings: Settings, layer: str, name: str = FORM) -> list[dict[str, Any]]:
    handle = existing(settings, layer, name)
    assert handle is not None
    rows: list[dict[str, Any]] = handle.to_pyarrow_table().to_pylist()
    return rows


def _night(settings: Settings) -> None:
    land(settings)
    refine(settings)


def _standing(settings: Settings) -> dict[str, int]:
    """Unit → submission that stands."""
    ledger = Ledger.open(settings)
    try:
        return {r["unit_id"]: r["submission"] for r in ledger.in_force().to_pylist()}
    finally:
        ledger.close()


def test_bronze_is_silver_and_quarantine_record_for_record_and_text_is_kept_as_sent(settings: Settings) -> None:
    capital(settings, "2010.csv", capital_with('"866,651,715"', '"866,651,7a5"'), rows="8")
    _night(settings)
    bronze, silver, quarantine = (_rows(settings, layer) for layer in ("bronze", "silver", "quarantine"))
    places = sorted((r["_source"], r["_row"]) for r in [*silver, *quarantine])
    assert places == sorted((r["_source"], r["_row"]) for r in bronze) and len(bronze) == 8
    assert [(r["unit_id"], r["ordinary_a"], r["text__unit_id"]) for r in quarantine] == [("sse:600060", "866,651,7a5", "600060")]
    assert "TYP-ordinary_a" in quarantine[0]["broken_rules"]
    kept = next(r for r in silver if r["unit_id"] == "sse:600229")
    assert kept["ordinary_a"] == 375_065_079 and kept["period"] == "2010"
    assert "sse:600060" not in _standing(settings) and len(_standing(settings)) == 5


def test_every_finding_is_kept_with_the_cell_it_is_about(settings: Settings) -> None:
    capital(settings, "2010.csv", capital_with('"866,651,715"', '"866,651,7a5"'))
    _night(settings)
    typed = next(f for f in _rows(settings, "ops", "finding") if f["rule_id"] == "TYP-ordinary_a")
    assert (typed["_batch"], typed["unit_id"], typed["address"], typed["seen"]) == (1, "sse:600060", "2010.csv:2:13", "866,651,7a5")


def test_a_second_night_without_news_commits_nothing(settings: Settings) -> None:
    capital(settings, "2010.csv")
    _night(settings)
    versions = _versions(settings)
    report = refine(settings)
    assert (report.loads, report.batches, report.entries) == (0, 0, {})
    assert _versions(settings) == versions


def test_one_load_is_one_commit_a_table_however_many_files(settings: Settings) -> None:
    for year in ("2010", "2011", "2012"):
        capital(settings, f"{year}.csv", year=year)
    land(settings)
    assert refine(settings).batches == 3
    handle = existing(settings, "silver", FORM)
    assert handle is not None and handle.version() == 1 and len(_rows(settings, "silver")) == 24
    assert handle.transaction_version(f"silver/{FORM}") == 1
    assert {"run", "load", "contract"} <= set(handle.history(1)[0])


def test_very_many_records_are_several_loads_each_audited_by_itself(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loads, "ROWS", 10)
    for year in ("2010", "2011", "2012"):
        capital(settings, f"{year}.csv", year=year)
    _night(settings)
    ledger = Ledger.open(settings)
    batches = ledger.batches().to_pylist()
    ledger.close()
    assert [b["state"] for b in batches] == ["audited"] * 3 and len({b["load"] for b in batches}) == 3
    assert len(_rows(settings, "silver")) == sum(b["silver_rows"] for b in batches) > 10
    before = _versions(settings)
    refine(settings)
    assert _versions(settings) == before


def test_revision_3_before_revision_2_and_a_dispute_leave_one_in_force_and_all_accounted_for(settings: Settings) -> None:
    for day, revision, name in (("01", 1, "海信一"), ("02", 3, "海信三"), ("03", 2, "海信二"), ("04", 3, "海信叁")):
        text = capital_with("海信电器", name)
        capital(settings, f"2010_r{revision}_{day}/2010_r{revision}.csv", text, revision=revision, arrived=f"2011-05-{day}")
    _night(settings)
    assert set(_standing(settings).values()) == {2}
    ledger = Ledger.open(settings)
    states = {e["submission"]: e["state"] for e in ledger.entries().to_pylist() if e["unit_id"] == "sse:600060"}
    ledger.close()
    assert states == {1: "superseded", 2: "in force", 3: "superseded", 4: "to review"}


def test_the_journal_in_the_lake_says_what_the_ledger_says(settings: Settings) -> None:
    capital(settings, "2010.csv")
    _night(settings)
    capital(settings, "2010_r1.csv", capital_with("海信电器", "海信视像"), revision="1")
    _night(settings)
    ledger = Ledger.open(settings)
    events, standing = ledger.events_after(0), ledger.in_force()
    ledger.close()
    assert sorted(_rows(settings, "ops", "event"), key=lambda e: e["seq"]) == events.to_pylist()
    changes = _rows(settings, "ops", "in_force")
    opened, closed = ({r["entry"] for r in changes if r["change"] == change} for change in ("opened", "closed"))
    assert opened - closed == set(standing.column("entry").to_pylist()) and len(closed) == 6


def test_the_audit_leaves_evidence_of_every_check_that_names_no_value(settings: Settings) -> None:
    capital(settings, "2010.csv", rows="8")
    _night(settings)
    evidence = _rows(settings, "ops", "evidence")
    assert {"CTL-BALANCE", "CTL-PAIRED", "CTL-SENDER", "CTL-SUMS", "KEY-DUP"} <= {e["rule_id"] for e in evidence}
    assert all(e["success"] and not e["errored"] for e in evidence)
    assert "866" not in json.dumps(evidence, ensure_ascii=False, default=str)


def test_a_batch_that_does_not_hold_what_its_sender_counted_is_held_until_somebody_releases_it(settings: Settings) -> None:
    capital(settings, "2010.csv", rows="9")
    land(settings)
    assert list(refine(settings).held.values()) == ["核验未通过：CTL-SENDER"]
    assert _standing(settings) == {}
    ledger = Ledger.open(settings)
    ledger.decide("R00000001", "release", "钱", "表头误计为记录")
    ledger.close()
    assert len(_standing(settings)) == 6


def test_rows_lost_between_staging_and_commit_hold_the_batch(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    capital(settings, "2010.csv")
    land(settings)
    whole = Pieces.kept
    with monkeypatch.context() as broken:
        broken.setattr(Pieces, "kept", lambda self: [piece.slice(1) for piece in whole(self)])
        held = refine(settings).held
    assert [set(reason.removeprefix("核验未通过：").split("、")) for reason in held.values()] == [{"CTL-STAGED"}]


def test_an_audit_that_cannot_be_carried_out_holds_its_own_batches_and_lets_the_others_through(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    capital(settings, "2010.csv")
    put(settings, "balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012")
    land(settings)
    whole = Committed.control_rows

    def failing(self: Committed) -> pa.Table:
        if self.form.name == FORM:
            raise duckdb.InvalidInputException("866,651,715")
        return whole(self)

    with monkeypatch.context() as broken:
        broken.setattr(Committed, "control_rows", failing)
        held = refine(settings).held
    ledger = Ledger.open(settings)
    states = {b["form"]: b["state"] for b in ledger.batches().to_pylist()}
    ledger.close()
    assert states == {FORM: "held", "listed_balance_sheet": "audited"} and list(held.values()) == ["核验未通过：CTL-AUDIT"]
    told = [e for e in _rows(settings, "ops", "evidence") if e["errored"]]
    assert [e["rule_id"] for e in told] == ["CTL-AUDIT"] and "866" not in told[0]["detail"]


def test_a_staged_file_that_was_changed_is_not_loaded(settings: Settings) -> None:
    from catalog.archive import Damaged, staged

    capital(settings, "2010.csv")
    land(settings)
    path = staged(settings).local("1.arrow")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match="SHA-256"):
        refine(settings)


def test_a_large_load_is_streamed_and_says_the_same(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.content import content

    other = replace(settings, home=settings.home / "b", lake=f"{settings.lake}-b", ledger=f"sqlite:///{settings.home}/b/l.db")
    for made in (settings, other):
        capital(made, "2010.csv")
        capital(made, "2011.csv", year="2011")
        land(made)
    refine(settings)
    monkeypatch.setattr("jobs.loads._PIECE", 5)
    refine(other)
    for layer in ("bronze", "silver", "quarantine"):
        assert content(settings, layer, FORM) == content(other, layer, FORM)


def test_the_sums_that_are_compared_are_exact() -> None:
    exact = pa.array(["0.0001", "99999999999999.9999"]).cast(pa.decimal128(18, 4))
    with duckdb.connect() as connection:
        connection.register("t", pa.table({"x": exact}))
        row = connection.execute("SELECT sum(x)::VARCHAR FROM t").fetchone()
    assert row == ("100000000000000.0000",)


def _versions(settings: Settings) -> dict[str, int]:
    made = {}
    for layer, name in (*((x, FORM) for x in ("bronze", "silver", "quarantine")), ("ops", "event"), ("ops", "evidence")):
        handle = existing(settings, layer, name)
        assert handle is not None
        made[f"{layer}/{name}"] = handle.version()
    return made
