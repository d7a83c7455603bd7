"""What Prometheus is told: read from the ledger, the findings and how the stages last ended, each time anew.

Labels are forms, rules, marts, states: words of ours, never of a sender.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable

from catalog import findings
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import table
from catalog.telemetry import kept, troubles

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

TEXTFILE = "guozi.prom"
UNKNOWN = "unknown"  # the form of a file that was refused before it was known


def exposition(settings: Settings) -> str:
    """In Prometheus' text format."""
    from prometheus_client import generate_latest

    return generate_latest(collected(settings)).decode("utf-8")


def write(settings: Settings) -> None:
    """`GUOZI_HOME/metrics/guozi.prom`, whole or as it was, for the textfile collector. Raises OSError."""
    from prometheus_client import write_to_textfile

    kept.folder(settings).mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(kept.folder(settings) / TEXTFILE), collected(settings))


def collected(settings: Settings) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    _of_ledger(settings, registry)
    rules = {(rule, severity, form): n for rule, severity, form, n, _ in findings.by_rule(settings).rows}
    _counts(registry, "guozi_findings", "Findings of judged batches and of the last release", ("rule", "severity", "form"), rules)
    _of_stages(settings, registry)
    told = {("lineage",): 0, ("metrics",): 0, **{(what,): n for what, n in troubles.counted(settings).items()}}
    _counts(registry, "guozi_telemetry_failures", "What could not be told", ("what",), told)
    return registry


def _of_ledger(settings: Settings, registry: CollectorRegistry) -> None:
    ledger = Ledger.open(settings)
    try:
        sent, batches, seq = ledger.submissions("form", "verdict", "state"), ledger.batches("state"), ledger.seq()
        marts, release = ledger.marts(), ledger.release()
    finally:
        ledger.close()
    pairs = zip(sent["form"].to_pylist(), sent["verdict"].to_pylist(), sent["state"].to_pylist(), strict=True)
    verdicts = Counter((form or UNKNOWN, verdict or state) for form, verdict, state in pairs)
    _counts(registry, "guozi_submissions", "Submissions by verdict; received: not judged yet", ("form", "verdict"), verdicts)
    _gauge(registry, "guozi_held_batches", "Batches held by their audit", batches["state"].to_pylist().count("held"))
    states = Counter((m.state,) for m in marts.values())
    _counts(registry, "guozi_marts", "Marts by state of their last build", ("state",), {("held",): 0, **states})
    _counts(registry, "guozi_mart_rows", "Rows of the last build", ("mart",), {(m.mart,): m.rows for m in marts.values()})
    _gauge(registry, "guozi_ledger_seq", "Number of the last event of the ledger", seq)
    _gauge(registry, "guozi_journal_lag_events", "Events that ops/event does not hold yet", seq - _journalled(settings))
    if release is not None:
        at = datetime.fromisoformat(release.at).timestamp()
        _gauge(registry, "guozi_release_number", "Number of the last release", release.id)
        _gauge(registry, "guozi_release_timestamp_seconds", "When the last release was made", at)


def _of_stages(settings: Settings, registry: CollectorRegistry) -> None:
    ended = kept.kept(settings)
    for name, help_, values in (
        ("guozi_stage_seconds", "How long a stage last took", {s: e.seconds for s, e in ended.items()}),
        ("guozi_stage_timestamp_seconds", "When a stage last ended", {s: e.at for s, e in ended.items()}),
        ("guozi_stage_fine", "1 when a stage last ended well, 0 when it failed", {s: float(e.fine) for s, e in ended.items()}),
    ):
        _counts(registry, name, help_, ("stage",), {(stage,): value for stage, value in values.items()})
    build = ended.get("build")
    seconds = {} if build is None else {(mart,): done["seconds"] for mart, done in build.marts.items()}
    _counts(registry, "guozi_mart_seconds", "How long each mart took that the last build computed", ("mart",), seconds)
    if (published := ended.get("publish")) is not None:
        late = (settings.today - date.fromisoformat(published.day)).days - 1
        _gauge(registry, "guozi_late_nights", "Nights since the last that ended with publish, last night's apart", max(late, 0))


def _journalled(settings: Settings) -> int:
    place = table(settings, "ops", "event")
    if not DeltaTable.is_deltatable(place.uri, place.options):
        return 0
    return int(DeltaTable(place.uri, storage_options=place.options).transaction_version("event") or 0)


def _gauge(registry: CollectorRegistry, name: str, help_: str, value: float) -> None:
    from prometheus_client import Gauge

    Gauge(name, help_, registry=registry).set(value)


def _counts(registry: CollectorRegistry, name: str, help_: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> None:
    from prometheus_client import Gauge

    gauge = Gauge(name, help_, labels, registry=registry)
    for label, value in values.items():
        gauge.labels(*label).set(value)
