"""What Prometheus reads after a night: from the ledger, the findings and the stages."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from catalog import findings
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.summary import summarise
from catalog.telemetry import kept
from catalog.telemetry.metrics import TEXTFILE, exposition
from jobs.land import LandReport, land
from jobs.observed import Observer
from jobs.refine import refine
from tests.conftest import SampleNight
from tests.jobs.incoming import capital, put


def _read(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Metric → values of its labels in their order → value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def _textfile(settings: Settings) -> dict[str, dict[tuple[str, ...], float]]:
    return _read((kept.folder(settings) / TEXTFILE).read_text(encoding="utf-8"))


def test_after_a_night_the_textfile_says_what_ledger_findings_and_report_say(finance_night: SampleNight) -> None:
    settings, report = finance_night.settings, finance_night.report
    told = _textfile(settings)
    ledger = Ledger.open(settings)
    sent, seq = ledger.submissions().to_pylist(), ledger.seq()
    ledger.close()
    assert told["guozi_submissions"] == Counter((s["form"] or "unknown", s["verdict"]) for s in sent)
    assert told["guozi_findings"] == {(form, rule, severity): n for rule, severity, form, n, _ in findings.by_rule(settings).rows}
    assert told["guozi_mart_seconds"] == {(m.mart,): m.seconds for m in report.build.marts if m.seconds}
    assert told["guozi_mart_rows"] == {(m.mart,): m.rows for m in report.build.marts}
    assert (told["guozi_ledger_seq"][()], told["guozi_journal_lag_events"][()]) == (seq, 0)
    assert report.release is not None and told["guozi_release_number"][()] == report.release.id
    assert told["guozi_late_nights"][()] == 0 and told["guozi_marts"][("held",)] == len(report.build.held)
    assert set(told["guozi_stage_seconds"]) == {("land",), ("refine",), ("build",), ("publish",)}
    later = replace(settings, today=settings.today + timedelta(days=4))
    assert _read(exposition(later))["guozi_late_nights"][()] == 3


def test_each_stage_writes_the_metrics_anew(settings: Settings) -> None:
    capital(settings, "sse/2010.csv", arrived="2011-04-30")
    put(settings, "sse/broken.csv", "", "listed_profile", "2012", b"\x00\x01", arrived="2013-04-30")
    Observer(settings).stage("land", lambda: land(settings))
    landed = _textfile(settings)
    assert landed["guozi_submissions"] == {("listed_share_capital", "accepted"): 1, ("unknown", "rejected"): 1}
    assert landed["guozi_journal_lag_events"][()] == landed["guozi_ledger_seq"][()] > 0
    Observer(settings).stage("refine", lambda: refine(settings))
    assert _textfile(settings)["guozi_journal_lag_events"][()] == 0


def test_a_stage_that_fails_and_metrics_that_cannot_be_written_are_told_and_counted(settings: Settings) -> None:
    def fails() -> LandReport:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        Observer(settings).stage("land", fails)
    assert _textfile(settings)["guozi_stage_fine"] == {("land",): 0}
    (kept.folder(settings) / TEXTFILE).unlink()
    (kept.folder(settings) / TEXTFILE).mkdir()
    assert Observer(settings).stage("land", lambda: land(settings)) == LandReport(0, 0, 0)
    assert _read(exposition(settings))["guozi_telemetry_failures"] == {("lineage",): 0, ("metrics",): 1}
    assert summarise(settings).troubles == {"metrics": 1}


def test_settings_do_not_show_what_may_hold_a_secret(settings: Settings) -> None:
    secret: Any = replace(settings, ledger="postgresql://guozi:geheim@127.0.0.1/guozi", lineage_key="geheim")
    assert "geheim" not in repr(secret)
