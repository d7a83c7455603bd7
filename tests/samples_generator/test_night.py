"""One night over the small sample city holds the truth file: each planted fault is found under its rule, and nothing else is."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import samples
from catalog.settings import load_settings
from jobs.night import night
from samples.compose import make_plan
from samples.verdicts import decide
from schemas.load import form
from tests.conftest import SampleNight
from tests.samples_generator.compared import Difference, Night
from tests.samples_generator.test_golden_domains import OF_NODE, RECORDS, wrong
from tests.samples_generator.test_golden_rows import MARTS, differing


@pytest.fixture(scope="module")
def seen(sample_night: SampleNight) -> Night:
    return Night.of(sample_night.settings, sample_night.sample.truth)


def test_every_file_ends_as_it_should_and_nothing_is_lost(seen: Night) -> None:
    assert seen.submissions() == nothing()


def test_every_entry_is_in_the_state_its_order_of_arrival_gives(seen: Night) -> None:
    assert seen.entries() == nothing()


def test_errors_and_queries_of_records_are_the_planted_ones_and_no_others(seen: Night) -> None:
    assert len(seen.truth["findings"]) > 40
    assert seen.findings() == nothing()


def test_findings_between_records_are_the_planted_ones_and_what_follows_from_them(seen: Night) -> None:
    assert len(seen.truth["relations"]) > 500
    assert seen.relations() == nothing()


def test_late_missing_and_exempt_reporters_are_as_planted(seen: Night) -> None:
    assert seen.coverage() == nothing()


def test_the_tree_is_right_at_every_level_before_and_after_the_move(seen: Night) -> None:
    assert seen.closure() == nothing()


def test_indicators_and_roll_ups_equal_the_golden_figures(seen: Night) -> None:
    assert len(seen.golden["indicators"]) > 2000
    assert seen.indicators() == nothing()


def test_warnings_are_those_worked_out_by_hand(seen: Night) -> None:
    assert len(seen.golden["warnings"]) > 80
    assert seen.warnings() == nothing()


def test_comparisons_of_two_sources_tell_what_was_planted_for_them_and_nothing_else(seen: Night) -> None:
    planted = {f["shown"][1]: f["unit_id"] for f in seen.truth["faults"] if f["shown"][:1] == ["reconciliation_break"]}
    rows = seen.table("gold", "reconciliation_break", f"reconciliation_id IN {tuple(planted)}")
    assert planted.keys() == {"RC-LOSS", "RC-APPRAISED-FIRST"}
    assert {(r["reconciliation_id"], r["unit_id"]) for r in rows if r["state"] == "不一致"} == set(planted.items())
    assert sum(r["state"] == "一致" for r in rows) > 40


def test_every_figure_that_stands_is_in_the_statement_to_the_last_digit(seen: Night) -> None:
    """What was filed as card, table, json or zip, in yuan or ten thousand yuan, full width or in brackets."""
    standing = decide(make_plan(1, "small")).standing.values()
    filed = {
        (record.unit_id, record.period, record.scope, column.name): figure
        for record in (entry.record for entry in standing) if record is not None
        for column in form("monthly_finance").columns if column.item and (figure := record.amount(column.name)) is not None
    }  # fmt: skip
    assert len(filed) > 100_000
    assert seen.statement(filed) == nothing()


def nothing() -> Difference:
    return Difference(Counter(), Counter())


@pytest.mark.proof
def test_a_whole_city_holds_its_truth_as_well(tmp_path: Path, spark: SparkSession) -> None:
    """Eight groups, two hundred units, two years: takes minutes."""
    made = samples.generate(tmp_path / "sample", seed=1, size="city")
    shutil.copytree(made.incoming, tmp_path / "var" / "incoming")
    settings = load_settings({
        "GUOZI_HOME": str(tmp_path / "var"), "GUOZI_TODAY": made.today.isoformat(), "GUOZI_ARRIVALS": "manifest",
        "GUOZI_SPARK_MASTER": "local[2]", "GUOZI_WORKERS": "2",
    })  # fmt: skip
    night(settings)
    seen = Night.of(settings, made.truth)
    for section in ("submissions", "entries", "findings", "relations", "coverage", "closure", "indicators", "warnings"):
        assert getattr(seen, section)() == nothing(), section
    assert {mart: found for mart in (*RECORDS, *OF_NODE) if (found := wrong(seen, mart))} == {}
    assert {mart: found[:9] for mart in MARTS if (found := differing(seen, mart))} == {}
