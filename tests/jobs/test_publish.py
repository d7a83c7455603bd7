"""One release, and the lake that says so."""

from typing import Any

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from intake.store import existing
from jobs.publish import publish
from tests.jobs.stand_in import built


def _released(settings: Settings) -> list[tuple[Any, ...]]:
    handle = existing(settings, "ops", "release")
    assert handle is not None
    rows = handle.to_pyarrow_table().to_pylist()
    return sorted((r["release"], r["mart"], r["version"]) for r in rows)


def test_a_release_is_told_in_the_lake_and_nothing_new_makes_none(settings: Settings) -> None:
    built(settings, "statement", 1)
    made = publish(settings)
    assert made is not None and made.as_of == "2025-05-20"
    assert publish(settings) is None
    assert _released(settings) == [(1, "statement", 1)]


def test_a_held_mart_stays_at_its_last_good_version(settings: Settings) -> None:
    built(settings, "statement", 1)
    built(settings, "data_quality", 1)
    publish(settings)
    built(settings, "statement", 2)
    built(settings, "data_quality", 2, "held")
    made = publish(settings)
    assert made is not None and made.held == ("data_quality",)
    assert _released(settings)[2:] == [(2, "data_quality", 1), (2, "statement", 2)]


def test_a_journal_that_was_not_written_is_written_by_the_next_run(settings: Settings) -> None:
    built(settings, "statement", 1)
    ledger = Ledger.open(settings)
    ledger.publish("2025-05-19")
    ledger.close()
    assert existing(settings, "ops", "release") is None
    assert publish(settings) is None
    assert _released(settings) == [(1, "statement", 1)]


def test_a_release_says_what_its_figures_rest_on(settings: Settings) -> None:
    built(settings, "indicator_value", 1)
    publish(settings)
    handle = existing(settings, "ops", "lineage")
    assert handle is not None
    told = {(r["mart"], r["node"], r["input"]) for r in handle.to_pyarrow_table().to_pylist()}
    assert ("indicator_value", "debt_ratio", "statement.liabilities_closing") in told
    assert ("indicator_value", "received", "submission_coverage.received") in told
    assert {mart for mart, _, _ in told} == {"indicator_value"}
