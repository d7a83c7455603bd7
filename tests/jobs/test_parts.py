"""Large marts by period: a correction costs the part it is in, and gives what a build from nothing would."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

from catalog.content import Sums
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import table
from jobs.build import build
from jobs.by_part import by_comparison, by_part
from jobs.known import Known
from jobs.lake import Lake
from jobs.land import land
from jobs.parts import REST, Part, planned, reached, said
from jobs.refine import refine
from jobs.then import EXPLAINED
from schemas.load import form, mart, mart_names
from schemas.period import part_of
from tests.conftest import SampleNight
from tests.jobs.incoming import capital, capital_with

BY_PERIOD = tuple(name for name in mart_names() if mart(name).by_period)
_CAPITAL = '"2,685,127,540","0","0","0","2,685,127,540","2,685,127,540"'


def _before(*names: str) -> dict[str, Part]:
    return {name: Part(f"of {name}", Sums(1, 2, 3)) for name in names}


def test_a_part_is_computed_when_what_it_is_made_of_changed_and_what_it_needs_is_read() -> None:
    now = {"2025-02": "of 2025-02", "2025-03": "new", REST: "of rest"}
    plan = planned(now, _before("2025-02", "2025-03", REST), {"2025-03": frozenset({"2025-03", "2025-02", "2024-03"})})
    assert plan.changed == {"2025-03"} and plan.gone == frozenset() and not plan.whole
    assert plan.read == {"2025-03", "2025-02", "2024-03", REST}


def test_what_nothing_is_known_of_is_computed_as_a_whole() -> None:
    plan = planned({"2025-02": "a", REST: "b"}, {}, {})
    assert plan.whole and plan.changed == {"2025-02", REST}


def test_a_part_that_is_no_more_is_removed() -> None:
    plan = planned({"2025-03": "of 2025-03"}, _before("2025-02", "2025-03"), {})
    assert (plan.changed, plan.gone) == (frozenset(), {"2025-02"})


def test_days_belong_to_their_month_and_a_month_reaches_the_periods_it_is_compared_with() -> None:
    assert [part_of(p) for p in ("2025-03-14", "2025-03", "2025Q1", "2025")] == ["2025-03", "2025-03", "2025Q1", "2025"]
    found = reached(["2025-03"], {"monthly_finance": form("monthly_finance")}, {"monthly_finance": ["2025-03", "2025-04"]})
    assert found == {"2025-03": {"2025-03", "2025-02", "2024-12", "2024-03"}}


def test_of_a_mart_whose_parts_are_not_those_of_its_inputs_everything_is_read() -> None:
    plan = planned({"RC-A": "new", "RC-B": "of RC-B"}, _before("RC-A", "RC-B"), None)
    assert (plan.changed, plan.read, plan.whole) == ({"RC-A"}, None, False)


def _known_without(settings: Settings, form: str, period: str) -> tuple[Known, Known]:
    """What is known, and the same before the first entry of a form and period came in force."""
    ledger = Ledger.open(settings)
    known = Known.read(ledger, settings.today)
    ledger.close()
    rows = known.entry.to_pylist()
    first = next(n for n, row in enumerate(rows) if (row["form"], row["period"], row["state"]) == (form, period, "in force"))
    return known, replace(known, entry=known.entry.take([n for n in range(len(rows)) if n != first]))


def test_findings_of_parts_that_do_not_look_at_what_changed_are_kept(finance_night: SampleNight) -> None:
    known, less = _known_without(finance_night.settings, "monthly_finance", "2025-03")
    now, then = (by_part(k, mart("relation_finding"), {})[0] for k in (known, less))
    assert {part for part in now if now[part] != then[part]} == {"2024-03", "2025-03", "2025-04"}
    told = pa.Table.from_pylist([{"finding": "F0", "period": "2025-01", "text": "01 重组"}], schema=EXPLAINED)
    said = by_part(replace(known, explained=told), mart("relation_finding"), {})[0]
    assert {part for part in now if now[part] != said.get(part)} <= {"2025-01", REST} and now != said


def test_a_comparison_is_made_again_when_one_of_its_sources_changed(finance_night: SampleNight) -> None:
    known, less = _known_without(finance_night.settings, "monthly_finance", "2025-03")
    now, then = (by_comparison(k, mart("reconciliation_break")) for k in (known, less))
    of_it = {r.id for r in known.parameters.reconciliations if "monthly_finance" in (r.left.source, r.right.source)}
    assert {name for name in now if now[name] != then[name]} == of_it and 0 < len(of_it) < len(now)


@pytest.fixture(scope="module")
def corrected(finance_night: SampleNight, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The finance night, and after it a revision of the share capital of 2012."""
    home = tmp_path_factory.mktemp("corrected") / "var"
    shutil.copytree(finance_night.settings.home, home)
    here = replace(finance_night.settings, home=home, lake=str(home / "lake"), ledger=f"sqlite:///{home / 'ledger.db'}")
    text = capital_with(_CAPITAL, _CAPITAL.replace("540", "541"), "2012")
    capital(here, "更正/share_capital_2012_r2.csv", text, "2012", revision="2", arrived=here.today.isoformat())
    land(here)
    refine(here)
    return here


def _files(settings: Settings, mart: str, version: int) -> set[str]:
    return set(DeltaTable(table(settings, "gold", mart).uri, version=version).file_uris())


def test_a_correction_rewrites_its_part_alone_and_the_content_is_that_of_a_whole_build(
    corrected: Settings, tmp_path: Path
) -> None:
    whole = tmp_path / "var"
    shutil.copytree(corrected.home, whole)
    ledger = Ledger.open(corrected)
    before = ledger.marts()
    ledger.close()
    _version_without_files(corrected)
    report = {m.mart: m for m in build(corrected, only=BY_PERIOD).marts}
    made = report["statement"]
    old, new = (_files(corrected, "statement", v) for v in (before["statement"].version, made.version))
    assert {Path(f).parent.name for f in new - old} == {"part=2012"} == {Path(f).parent.name for f in old - new}
    assert made.content_hash != before["statement"].content_hash
    there = replace(corrected, home=whole, lake=str(whole / "lake"), ledger=f"sqlite:///{whole / 'ledger.db'}")
    _forget(there)
    assert {m.mart: m.content_hash for m in build(there, only=BY_PERIOD).marts} == {name: m.content_hash for name, m in report.items()}


def test_a_build_killed_after_its_commit_is_not_built_on(settings: Settings, spark: Any) -> None:
    place, known = table(settings, "gold", "statement"), {"2025-03": Part("made of", Sums(1, 2, 3))}
    note = CommitProperties(custom_metadata={"parts": said(known)})
    write_deltalake(place.uri, pa.table({"n": [1]}), commit_properties=note)
    lake = Lake(settings, spark, pa.table({}))
    assert lake.to_build_on(mart("statement"), 0) == known
    _version_without_files(settings)
    assert lake.to_build_on(mart("statement"), 0) == known
    write_deltalake(place.uri, pa.table({"n": [2]}), mode="overwrite")
    assert lake.to_build_on(mart("statement"), 0) == {}


def _version_without_files(settings: Settings) -> None:
    """What upkeep leaves of clearing old files."""
    DeltaTable(table(settings, "gold", "statement").uri).alter.set_table_properties({"delta.checkpointInterval": "50"})


def _forget(settings: Settings) -> None:
    """Gold, and that there ever was any."""
    shutil.rmtree(Path(settings.lake) / "gold")
    with closing(sqlite3.connect(settings.home / "ledger.db")) as ledger:
        ledger.execute("DELETE FROM mart_state")
        ledger.commit()
