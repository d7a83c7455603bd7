"""Gold recomputed beside the released one: as it was known on a day. It never becomes the released one.

What was in force then, by the contracts, lines, formulas and code lists of then; marts' own declarations and the code
are today's, since they belong together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion, Refused, ReleaseNote, ScratchNote
from catalog.progress import Progress, silent
from catalog.released import as_known_name
from catalog.settings import Settings
from jobs.build import MartReport, Run
from jobs.differences import Difference, differences
from jobs.known import Known
from jobs.lake import Lake
from jobs.lease import lease
from jobs.parts import Plan
from schemas.declared import documents, lay_out, reading
from schemas.delivered import Mart

FIELDS = "fields.yaml"
# What decides figures and levels: of then, or not at all.
RULES = ("indicators/", "warnings/", "measures/", "reconciliations/")


@dataclass(frozen=True)
class ScratchReport:
    """`differences`: one a mart of the scratch or of the stored release of that day."""

    name: str
    release: int
    marts: tuple[MartReport, ...]
    differences: tuple[Difference, ...]


def as_known(settings: Settings, day: date, progress: Progress = silent, only: Sequence[str] = ()) -> ScratchReport:
    """Recomputes marts as they were known at the end of `day`, and compares them with the release of then.

    `only`: these and what they are computed from; all where none is named.

    Raises Refused when nothing was released by then, Busy while another build runs.
    """
    ledger = Ledger.open(settings)
    try:
        release = ledger.release_on(day.isoformat())
        if release is None:
            raise Refused(f"到 {day} 为止还没有发布，无从得知当时的口径；guozi status 查看已有的发布")
        with lease(settings, ledger):
            return _recomputed(settings, ledger, release, day, progress, only)
    finally:
        ledger.close()


def _recomputed(
    settings: Settings, ledger: Ledger, release: ReleaseNote, day: date, progress: Progress, only: Sequence[str]
) -> ScratchReport:  # fmt: skip
    seq, declared = ledger.seq_on(day.isoformat()), newest_set(release)
    with _declared(ledger, declared):
        known = Known.read(ledger, day, seq)
        note, marts = compute(settings, ledger, as_known_name(day), known, seq, declared, progress, only)
        return ScratchReport(note.name, release.id, marts, differences(ledger, release, note, known, not only))


def newest_set(release: ReleaseNote) -> str:
    """The set of declarations of the release: of its mart that was computed last."""
    last = max(release.marts.values(), key=lambda m: int(m["seq"]))
    return str(last.get("declared", ""))


@contextmanager
def _declared(ledger: Ledger, sha256: str) -> Iterator[None]:
    if not sha256:
        yield
        return
    with TemporaryDirectory(prefix="guozi-schemas-") as folder, reading(lay_out(for_todays_code(ledger.kept_set(sha256)), Path(folder))):
        yield


def for_todays_code(then: Mapping[str, str]) -> dict[str, str]:
    """A set of then that today's code can compute by: today's marts, and what did not exist yet, but no line or formula."""
    now = documents()
    added = {path: text for path, text in now.items() if path not in then and not path.startswith(RULES)}
    marts = {path: text for path, text in now.items() if path.startswith("marts/")}
    kept = {path: text for path, text in then.items() if not path.startswith("marts/")}
    shared = {**yaml.safe_load(now[FIELDS]), **yaml.safe_load(then[FIELDS])}
    return {**kept, **added, **marts, FIELDS: yaml.safe_dump(shared, allow_unicode=True, sort_keys=False)}


def compute(
    settings: Settings, ledger: Ledger, name: str, known: Known, seq: int, declared: str, progress: Progress, only: Sequence[str] = ()
) -> tuple[ScratchNote, tuple[MartReport, ...]]:  # fmt: skip
    """Marts from `known` under what is declared now, into the scratch place `name`; what is there unchanged stays.

    `only`: these and what they are computed from.
    """
    keeper = _Beside(ledger.scratch(name))
    reports = Run(replace(settings, scratch=name), known, keeper, progress, only).all()
    marts = {m.mart: keeper.told(m, known) for m in reports}
    note = ScratchNote(name, seq, known.as_of.isoformat(), declared, marts)
    ledger.keep_scratch(note)
    return note, reports


class _Beside:
    """Remembers what a run computes; nothing is audited, since nothing is released."""

    def __init__(self, was: ScratchNote | None) -> None:
        self.before: Mapping[str, MartVersion] = {name: _version(name, told) for name, told in was.marts.items()} if was else {}

    def start(self) -> None: ...

    def signature(self) -> Mapping[str, str]:
        return {}

    def parts(self, version: MartVersion) -> Mapping[str, Any]:
        return {}

    def take(self, made: Mart, version: MartVersion, parts: Mapping[str, Any], lake: Lake, plan: Plan | None) -> str:
        return "audited"

    def keep(self, made: Mart, version: MartVersion, parts: Mapping[str, Any]) -> None: ...

    def told(self, report: MartReport, known: Known) -> dict[str, Any]:
        return {"version": report.version, "rows": report.rows, "content_hash": report.content_hash,
                "fingerprint": known.fingerprints[report.mart], "as_of": known.as_of.isoformat()}  # fmt: skip


def _version(name: str, told: Mapping[str, Any]) -> MartVersion:
    return MartVersion(name, told["fingerprint"], told["version"], told["rows"], told["content_hash"], "audited", 0, told["as_of"])
