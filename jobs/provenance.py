"""What a stage read and wrote, as lineage events: its own, and one run for each mart computed and each table audited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import pyarrow.dataset as ds

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import folder
from intake.store import existing
from jobs.lineage_events import Checked, Work, event, mart_facets, named, place, read, source, written
from schemas.load import mart

if TYPE_CHECKING:
    from openlineage.client.event_v2 import OutputDataset, RunEvent

    from catalog.ledger.values import ReleaseNote
    from jobs.build import BuildReport, MartReport
    from jobs.refine import RefineReport

_LOADED = ("bronze", "silver", "quarantine")


def events(settings: Settings, work: Work, report: object) -> list[RunEvent]:
    """The end of the run `work`, a stage's, with what its report says it did; the runs below it come first."""
    match work.job:
        case "plan" | "land":
            return [event(work, "COMPLETE", [read(place(str(settings.incoming)))], _kept(settings))]
        case "refine":
            return _refined(settings, work, cast("RefineReport", report))
        case "build":
            return _built(settings, work, cast("BuildReport", report))
        case "publish":
            return [_published(settings, work, cast("ReleaseNote | None", report))]
    return [event(work, "COMPLETE")]


def _refined(settings: Settings, work: Work, report: RefineReport) -> list[RunEvent]:
    checked = _evidence(settings, ds.field("run") == report.run)
    forms = sorted(subject.partition("/")[2] for subject in checked if subject.startswith("silver/"))
    outputs = [_table(settings, layer, form) for form in forms for layer in _LOADED]
    ended = event(work, "COMPLETE", [read(place(folder(settings, "staged")))], [o for o in outputs if o is not None])
    return [*_audits(settings, work, checked), ended]


def _built(settings: Settings, work: Work, report: BuildReport) -> list[RunEvent]:
    computed = [m for m in report.marts if m.state in ("audited", "held")]
    runs = [e for m in computed for e in _computed(settings, work, m)]
    outputs = [written(named(settings, "gold", m.mart), m.version, m.rows) for m in computed]
    return [*runs, *_audits(settings, work, _of_marts(settings, computed)), event(work, "COMPLETE", outputs=outputs)]


def _computed(settings: Settings, work: Work, done: MartReport) -> Iterator[RunEvent]:
    made, own = mart(done.mart), Work.new(f"build.{done.mart}", work.parent)
    inputs = [read(source(settings, name)) for name in made.inputs]
    yield event(own, "START", inputs)
    output = written(named(settings, "gold", done.mart), done.version, done.rows, **mart_facets(settings, made))
    yield event(own, "COMPLETE", inputs, [output])


def _published(settings: Settings, work: Work, release: ReleaseNote | None) -> RunEvent:
    if release is None:
        return event(work, "COMPLETE")
    inputs = [read(named(settings, "gold", name), known["version"]) for name, known in sorted(release.marts.items())]
    return event(work, "COMPLETE", inputs, [written(named(settings, "ops", "release"), release.id)])


def _audits(settings: Settings, work: Work, checked: dict[str, list[Checked]]) -> Iterator[RunEvent]:
    """One run a table that was audited: what was asserted of it stands beside it."""
    for subject, found in sorted(checked.items()):
        layer, _, name = subject.partition("/")
        if not name:
            continue
        own = Work.new(f"audit.{layer}.{name}", work.parent)
        stored = existing(settings, layer, name)
        inputs = [read(named(settings, layer, name), None if stored is None else stored.version(), found)]
        yield event(own, "START", inputs)
        yield event(own, "COMPLETE", inputs)


def _of_marts(settings: Settings, computed: Sequence[MartReport]) -> dict[str, list[Checked]]:
    """Evidence of the versions just built: rows of `ops/evidence` name the ledger's sequence number at their audit."""
    if not computed:
        return {}
    ledger = Ledger.open(settings)
    try:
        seqs = {name: version.seq for name, version in ledger.marts().items()}
    finally:
        ledger.close()
    runs = {f"seq-{seqs[m.mart]}" for m in computed}
    subjects = {f"gold/{m.mart}" for m in computed}
    found = _evidence(settings, ds.field("run").isin(sorted(runs)) & (ds.field("stage") == "build"))
    return {subject: rows for subject, rows in found.items() if subject in subjects}


def _evidence(settings: Settings, which: Any) -> dict[str, list[Checked]]:
    """Subject → its rows of evidence, as far as they are of a table."""
    stored = existing(settings, "ops", "evidence")
    if stored is None:
        return {}
    columns = ["subject", "rule_id", "expectation", "success", "rows_seen", "rows_failed"]
    found: dict[str, list[Checked]] = {}
    for row in stored.to_pyarrow_dataset().to_table(columns=columns, filter=which).to_pylist():
        if row["subject"].startswith(("silver/", "gold/")):
            found.setdefault(row.pop("subject"), []).append(Checked(**row))
    return found


def _table(settings: Settings, layer: str, name: str) -> OutputDataset | None:
    stored = existing(settings, layer, name)
    return None if stored is None else written(named(settings, layer, name), stored.version())


def _kept(settings: Settings) -> list[OutputDataset]:
    return [written(place(folder(settings, name)), None) for name in ("archive", "staged")]
