"""Audit, then count: what was committed is read back, judged by Great Expectations, and let through or held."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from catalog.failpoint import reach
from catalog.ledger.ledger import Ledger
from catalog.ledger.loads import ROWS
from catalog.ledger.values import FrozenLoad
from catalog.settings import Settings
from catalog.telemetry import logs
from expectations.audit import (
    EVIDENCE_SCHEMA,
    AuditFrame,
    Evidence,
    audit_frames,
    broken_in_silver,
    control_frame,
    control_suite,
    form_suite,
    rule_counts,
    silver_frame,
    to_table,
    together,
)
from expectations.evidence import EVIDENCE
from intake.store import look
from jobs.control import Committed
from schemas.implied import all_rules
from schemas.load import form as load_form


@dataclass
class _Audit:
    """What one load's own audit found, and its rows of the control frame that all loads share."""

    load: FrozenLoad
    evidence: list[Evidence]
    control: pa.Table | None


def audit_loads(settings: Settings, ledger: Ledger, loads: Sequence[FrozenLoad], run: str) -> dict[int, str]:
    """Marks every batch of the loads audited, or held with the checks it failed; returns why, for those held."""
    with duckdb.connect() as duck:
        audits = [_audited(settings, ledger, load, run, duck) for load in loads]
    shared = _control([a.control for a in audits if a.control is not None], run)
    rows = [*shared, *(e for a in audits for e in a.evidence)]
    keep_evidence(settings, rows, {f"evidence/{load.form}": load.id for load in loads}, run)
    reach("refine.evidence")
    verdicts = {b.id: _reason(b.id, [*shared, *a.evidence]) for a in audits for b in a.load.batches}
    ledger.audit(verdicts)
    return {number: reason for number, reason in verdicts.items() if reason}


def keep_evidence(settings: Settings, evidence: Sequence[Evidence], applied: dict[str, int], run: str) -> None:
    """Appends to ops/evidence, exactly once for each transaction of `applied` (app id → number)."""
    seen = look(settings, "ops", EVIDENCE, EVIDENCE_SCHEMA)
    if all(seen.done(app_id) >= number for app_id, number in applied.items()):
        return
    table: pa.Table = to_table(evidence)
    if table.num_rows:
        seen.append(table, applied, {"run": run})


def _audited(
    settings: Settings, ledger: Ledger, load: FrozenLoad, run: str, duck: duckdb.DuckDBPyConnection
) -> _Audit:
    """An audit that cannot be carried out is a failed one of that load alone: its batches are held, the others go on."""
    began = time.monotonic()
    try:
        committed = Committed(settings, load_form(load.form), load, duck)
        own = [*_of_silver(ledger, committed, load, run), *committed.unpaired(run)]
        audit = _Audit(load, own, committed.control_rows())
        logs.note("load.audited", load=load.id, form=load.form, seconds=round(time.monotonic() - began, 3))
        return audit
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        why = f"核验没有执行完：{type(error).__name__}（{Path(last.filename).name}:{last.lineno}）"
        subject = f"control/{load.form}"
        failed = Evidence(run, "refine", subject, "CTL-AUDIT", "audit", 0, 0, False, "count", errored=True, detail=why)
        return _Audit(load, [failed], None)


def _of_silver(ledger: Ledger, committed: Committed, load: FrozenLoad, run: str) -> list[Evidence]:
    form, subject = committed.form, f"silver/{load.form}"
    hashes = sorted({b.contract_hash for b in load.batches})
    contract = hashes[0] if len(hashes) == 1 else ""
    severities = {rule.id: rule.severity for rule in all_rules(form)}
    errors = [rule_id for rule_id, severity in severities.items() if severity == "error"]
    counts, found = ledger.rule_counts(load.id), broken_in_silver(committed.silver)
    slices = -(-sum(batch.silver_rows for batch in load.batches) // ROWS) or 1
    frames = (silver_frame(form, committed.silver, errors, slices, nth) for nth in range(slices))
    audited = [audit_frames({subject: AuditFrame("refine", frame, form_suite(form), "_batch", contract)}, run) for frame in frames]
    return [
        *together(audited),
        *rule_counts(run, subject, counts, found, severities, contract),
    ]


def _control(rows: Sequence[pa.Table], run: str) -> list[Evidence]:
    """One frame for the batches of all loads: GX costs by expectation, not by row."""
    if not rows:
        return []
    frame = control_frame(pa.concat_tables(rows))
    return audit_frames({"control": AuditFrame("refine", frame, control_suite(), "batch")}, run)


def _reason(batch: int, evidence: Sequence[Evidence]) -> str:
    failed = sorted({e.rule_id for e in evidence if not e.success and e.batch in (None, batch)})
    return f"核验未通过：{'、'.join(failed)}" if failed else ""
