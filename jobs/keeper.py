"""Who is told of what a build computes: the ledger, with the audit that decides whether a mart is released or held."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from threading import Lock
from typing import Any, Protocol

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.settings import Settings
from expectations.evidence import EVIDENCE, EVIDENCE_SCHEMA, Evidence, to_table
from intake.store import look
from jobs import sound
from jobs.lake import Lake
from jobs.parts import Plan
from schemas.declared import documents
from schemas.delivered import Mart

# Rows that are audited in pandas; more go through Spark, with the same suite.
FEW = 5_000_000


class Keeper(Protocol):
    """Who is told of what a run computes, and knows what was there before (mart → its last version)."""

    before: Mapping[str, MartVersion]

    def start(self) -> None:
        """Something will be computed."""

    def signature(self) -> Mapping[str, str]:
        """What the next commit says of who writes it. Raises Fenced when that is no longer allowed."""

    def parts(self, version: MartVersion) -> Mapping[str, Any]:
        """All that a version was computed from (`Known.parts`); nothing where that is not known."""

    def take(self, made: Mart, version: MartVersion, parts: Mapping[str, Any], lake: Lake, plan: Plan | None) -> str:
        """A mart was committed, of a mart by period what its plan says; returns the state it is in."""

    def keep(self, made: Mart, version: MartVersion, parts: Mapping[str, Any]) -> None:
        """A mart stays as it was, though some of what it is computed from changed: none of it touched its rows."""


class Audited:
    """Writes what was committed into the ledger, audits it, writes the verdict; one at a time. `fence`: of the lease held."""

    def __init__(self, settings: Settings, ledger: Ledger, fence: int) -> None:
        self._settings, self._ledger, self._fence = settings, ledger, fence
        self.before: Mapping[str, MartVersion] = ledger.marts()
        self.failures: list[str] = []
        self._audits, self._declared = Lock(), ""

    def start(self) -> None:
        sound.silver(self._settings, self._ledger)
        self._declared = self._ledger.keep_set(documents())

    def signature(self) -> Mapping[str, str]:
        self._ledger.check_lease(self._fence)
        return {"fence": str(self._fence)}

    def parts(self, version: MartVersion) -> Mapping[str, Any]:
        return self._ledger.blob(version.fingerprint) if self._ledger.keeps(version.fingerprint) else {}

    def keep(self, made: Mart, version: MartVersion, parts: Mapping[str, Any]) -> None:
        self._ledger.keep_blob("fingerprint", made.name, parts)
        self._ledger.set_mart(replace(version, declared=self._declared, fence=self._fence))

    def take(self, made: Mart, version: MartVersion, parts: Mapping[str, Any], lake: Lake, plan: Plan | None) -> str:
        self._ledger.keep_blob("fingerprint", made.name, parts)
        with self._audits:
            version = replace(version, seq=self._ledger.seq(), declared=self._declared, fence=self._fence)
            self._ledger.set_mart(version)
            evidence = _audit(made, version, lake, None if plan is None or plan.whole else plan.changed)
            failed = [e for e in evidence if not e.success]
            state = "held" if failed else "audited"
            reason = "；".join(f"{e.rule_id} {e.detail or e.expectation}" for e in failed)
            look(self._settings, "ops", EVIDENCE, EVIDENCE_SCHEMA).append(to_table(evidence), {}, {"stage": "build", "mart": made.name})
            self._ledger.set_mart(replace(version, state=state), reason)
            self.failures += [f"{made.title}：{e.rule_id} {e.detail or e.expectation}" for e in failed]
        return state


def _audit(made: Mart, version: MartVersion, lake: Lake, parts: Collection[str] | None) -> list[Evidence]:
    """Of what was committed: read again at its version; of a mart by period the parts that were written."""
    from expectations.audit import AuditFrame, audit_frames, mart_suite

    frame: Any = lake.gold(made, version.version, parts) if version.rows > FEW else lake.few(made, version.version, parts)
    checks = mart_suite(made)
    return audit_frames({f"gold/{made.name}": AuditFrame("build", frame, checks, contract_hash=version.fingerprint)}, f"seq-{version.seq}")
