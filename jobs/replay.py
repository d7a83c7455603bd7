"""Archived files judged again by the rules of today. What comes of it is a shadow until a person adopts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.ledger.ledger import Ledger
from catalog.progress import Progress, silent
from catalog.settings import Settings
from intake.judgement import JUDGE
from jobs.land import judge_again
from jobs.refine import refine
from schemas.freeze import contract_hash
from schemas.load import form_names


@dataclass(frozen=True)
class Replayed:
    """`judged` submissions anew, `same` judged so before; `failures`: those that could not be; `receipts` with a shadow, and of these
    `differing` from what stands: receipt → how many entries."""

    judged: int
    same: int
    failures: tuple[str, ...]
    receipts: tuple[str, ...]
    differing: Mapping[str, int]


def replay(settings: Settings, filters: Mapping[str, str], progress: Progress = silent) -> Replayed:
    """`filters`: form, unit, period; empty ones do not count. Submissions that were superseded whole are history and left alone."""
    ledger = Ledger.open(settings)
    try:
        hashes = {name: contract_hash(name) for name in form_names()}
        found = ledger.judged(filters)
        fresh = [one for one, form in found if not ledger.judged_so(one.id, hashes[form], JUDGE)]
        report = judge_again(settings, ledger, fresh, progress)
    finally:
        ledger.close()
    refine(settings, progress)
    receipts, differing = _shadows(settings, {one.id for one, _ in found})
    failures = tuple(f"{f.receipt} {f.name}" for f in report.failures)
    return Replayed(report.judged, len(found) - len(fresh), failures, receipts, differing)


def _shadows(settings: Settings, numbers: set[int]) -> tuple[tuple[str, ...], Mapping[str, int]]:
    """Receipts that have shadows, and how many of their entries say something else than what stands."""
    ledger = Ledger.open(settings)
    try:
        entries = ledger.entries().to_pylist()
        receipts = {row["id"]: row["receipt"] for row in ledger.submissions().to_pylist()}
        standing = {e["entry"] for e in ledger.in_force().to_pylist()}
    finally:
        ledger.close()
    stands = {_key(e): (e["content_hash"], e["errors"], e["queries"]) for e in entries if e["id"] in standing}
    shadows = [e for e in entries if e["state"] == "shadow" and e["submission"] in numbers]
    differing = Counter(receipts[e["submission"]] for e in shadows if stands.get(_key(e)) != (e["content_hash"], e["errors"], e["queries"]))
    return tuple(sorted({receipts[e["submission"]] for e in shadows})), dict(sorted(differing.items()))


def _key(entry: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(entry[c] for c in ("form", "unit_id", "period", "scope"))
