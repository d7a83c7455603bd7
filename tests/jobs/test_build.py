"""The build: what changed is computed, audited and recorded; what did not is left alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.progress import silent
from catalog.settings import Settings
from catalog.tables import table
from jobs import build as stage
from jobs.build import build
from jobs.keeper import Audited
from jobs.known import Known, code_modules, in_order
from schemas.delivered import Mart
from schemas.load import mart, mart_names
from tests.conftest import SampleNight


def _copied(night: SampleNight, tmp_path: Path) -> Settings:
    home = tmp_path / "var"
    shutil.copytree(night.settings.home, home)
    return replace(
        night.settings, home=home, lake=str(home / "lake"), ledger=f"sqlite:///{home / 'ledger.db'}"
    )


def test_every_mart_is_built_audited_and_leaves_evidence(sample_night: SampleNight) -> None:
    ledger = Ledger.open(sample_night.settings)
    known = ledger.marts()
    ledger.close()
    assert set(known) == set(mart_names()) and {m.state for m in known.values()} == {"audited"}
    evidence = (
        DeltaTable(table(sample_night.settings, "ops", "evidence").uri)
        .to_pyarrow_table()
        .to_pylist()
    )
    told = {
        e["subject"].removeprefix("gold/")
        for e in evidence
        if e["stage"] == "build" and e["success"] and e["rule_id"] == "KEY-DUP"
    }
    assert told == set(mart_names())
    for name, made in known.items():
        handle = DeltaTable(table(sample_night.settings, "gold", name).uri)
        assert (
            handle.version() == made.version
            and handle.history(1)[0]["fingerprint"] == made.fingerprint
        )


def test_nothing_changed_is_nothing_built_and_no_spark(
    sample_night: SampleNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("没有变化时不应启动 Spark")

    monkeypatch.setattr("jobs.session.session", refuse)
    assert {m.state for m in build(sample_night.settings).marts} == {"unchanged"}


def _resting_on(name: str) -> set[str]:
    """Marts that read it, or a mart that does."""
    found: set[str] = set()
    for made in in_order():
        if {name, *found} & set(made.inputs):
            found.add(made.name)
    return found


def test_another_day_rebuilds_what_depends_on_the_day_and_whatever_then_came_out_different(
    finance_night: SampleNight, tmp_path: Path
) -> None:
    here = replace(_copied(finance_night, tmp_path), today=finance_night.settings.today + timedelta(days=1))
    report = {m.mart: m for m in build(here).marts}
    built = {n for n, m in report.items() if m.state == "audited"}
    before = {m.mart: m.content_hash for m in finance_night.report.build.marts}
    moved = {n for n in built if report[n].content_hash != before[n]}
    assert {m.name for m in in_order() if "as_of" in m.inputs and report[m.name].rows} <= built <= _resting_on("as_of")
    assert all(set(mart(n).inputs) & {"as_of", *moved} for n in built)
    assert {"enterprise_tree", "statement", "measure", "indicator_value"} & built == set()
    assert {m.state for m in build(here).marts} == {"unchanged"}


def test_a_mart_that_fails_its_audit_is_held_and_those_that_read_it_wait(
    finance_night: SampleNight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(
        _copied(finance_night, tmp_path), today=finance_night.settings.today + timedelta(days=1)
    )
    honest = stage.function

    def twice(made: Mart) -> Callable[..., Any]:
        found = honest(made)
        return (
            (lambda **given: (frame := found(**given)).unionByName(frame))
            if made.name == "submission_coverage"
            else found
        )

    monkeypatch.setattr(stage, "function", twice)
    report = build(here)
    assert report.held == ("submission_coverage",) and any("KEY-DUP" in f for f in report.failures)
    assert {m.mart for m in report.marts if m.state == "waiting"} == _resting_on("submission_coverage")
    ledger = Ledger.open(here)
    ledger.release_mart("submission_coverage", by="试", reason="查明")
    states = {name: m.state for name, m in ledger.marts().items()}
    ledger.close()
    assert states["submission_coverage"] == "audited"


def test_a_mart_is_computed_after_all_it_reads() -> None:
    done: set[str] = set()
    for made in in_order():
        assert {name for name in made.inputs if name in mart_names()} <= done
        done.add(made.name)


def test_a_fingerprint_covers_declaration_code_entries_and_day(
    sample_night: SampleNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger.open(sample_night.settings)
    known = Known.read(ledger, sample_night.settings.today)
    ledger.close()

    def changed(other: Known) -> set[str]:
        return {
            name for name, value in other.fingerprints.items() if value != known.fingerprints[name]
        }

    day = sample_night.settings.today + timedelta(days=1)
    assert changed(replace(known, as_of=day)) == _resting_on("as_of") >= {"submission_coverage", "indicator_value", "warning"}
    forms = known.entry["form"].to_pylist()
    keep = [i for i in range(len(forms)) if i != forms.index("listed_profile")]
    moved = changed(replace(known, entry=known.entry.take(keep)))
    assert {"statement", "indicator_value", "submission_coverage", "warning"} <= moved
    assert "enterprise_tree" not in moved
    monkeypatch.setattr("jobs.known.contract_hash", lambda name: f"new {name}")
    assert changed(replace(known)) == set(mart_names())


def test_the_code_of_a_mart_is_all_it_imports() -> None:
    assert {"jobs.marts.indicator_value", "jobs.formula", "jobs.inputs"} <= code_modules(
        "jobs.marts.indicator_value"
    )
    assert {"jobs.vector", "jobs.slips", "expectations.predicate", "intake.beside", "schemas.calendar"} <= code_modules(
        "jobs.marts.relation_finding"
    )
    assert "jobs.relations" not in code_modules("jobs.marts.statement")


def test_every_mart_has_its_function() -> None:
    for name in mart_names():
        assert callable(stage.function(mart(name)))


def test_every_warning_of_a_supervised_unit_has_its_case(sample_night: SampleNight) -> None:
    """One a rule, unit, scope and subject; public samples have none."""
    rows = DeltaTable(table(sample_night.settings, "gold", "warning").uri).to_pyarrow_table().to_pylist()
    ledger = Ledger.open(sample_night.settings)
    opened = {(c["warning_id"], c["unit_id"], c["scope"], c["subject"]): c["level"] for c in ledger.cases().to_pylist()}
    seen = ledger.sightings().num_rows
    ledger.close()
    supervised = [r for r in rows if not r["label"]]
    assert any(r["label"] for r in rows) and len(supervised) == seen
    assert {(r["warning_id"], r["unit_id"], r["scope"], r["subject"] or "") for r in supervised} == set(opened)


@pytest.mark.parametrize(
    ("rows", "code", "kept"), [(0, "", True), (3, "", False), (0, "other", False)], ids=["empty", "had rows", "new code"]
)
def test_a_mart_that_was_empty_and_of_which_nothing_stands_is_kept_whatever_else_changed(
    settings: Settings, rows: int, code: str, kept: bool
) -> None:
    ledger = Ledger.open(settings)
    try:
        known = Known.read(ledger, settings.today)
        then = dict(known.parts["fund_flow"]) | {"inputs": {**known.parts["fund_flow"]["inputs"], "parameters": "of then"}}
        then["code"] = code or then["code"]
        fingerprint = ledger.keep_blob("fingerprint", "fund_flow", then)
        ledger.set_mart(MartVersion("fund_flow", fingerprint, 0, rows, "h", "audited", ledger.seq(), "2025-05-20"))
        run = stage.Run(settings, known, Audited(settings, ledger, 1), silent, ("fund_flow",))
        assert run._untouched(mart("fund_flow")) is kept
    finally:
        ledger.close()
