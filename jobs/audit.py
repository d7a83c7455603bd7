"""Audit, then count: what was committed is read back, judged by Great Expectations, and let through or held."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from catalog.failpoint import reach
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import FrozenLoad
from catalog.settings import Settings
from expectations.audit import (
    EVIDENCE_SCHEMA,
    AuditFrame,
    Evidence,
    audit_frames,
    broken_in_silver,
    control_frame,
    control_suite,
    failed_batches,
    form_suite,
    rule_counts,
    silver_frame,
    to_table,
)
from intake.store import look
from jobs.control import Committed
from schemas.implied import all_rules
from schemas.load import form as load_form


def audit_loads(settings: Settings, ledger: Ledger, loads: Sequence[FrozenLoad], run: str) -> dict[int, str]:
    """Marks every batch of the loads audited, or held with the checks it failed; returns why, for those held."""
    evidence = {load.id: _audited(settings, ledger, load, run) for load in loads}
    rows = [e for load in loads for e in evidence[load.id]]
    keep_evidence(settings, rows, {f"evidence/{load.form}": load.id for load in loads}, run)
    reach("refine.evidence")
    verdicts = {b.id: _reason(b.id, evidence[load.id]) for load in loads for b in load.batches}
    ledger.audit(verdicts)
    return {number: reason for number, reason in verdicts.items() if reason}


def keep_evidence(settings: Settings, evidence: Sequence[Evidence], applied: dict[str, int], run: str) -> None:
    """Appends to ops/evidence, exactly once for each transaction of `applied` (app id → number)."""
    seen = look(settings, "ops", "evidence", EVIDENCE_SCHEMA)
    if all(seen.done(app_id) >= number for app_id, number in applied.items()):
        return
    table: pa.Table = to_table(evidence)
    if table.num_rows:
        seen.append(table, applied, {"run": run})


def _audited(settings: Settings, ledger: Ledger, load: FrozenLoad, run: str) -> list[Evidence]:
    """An audit that cannot be carried out is a failed one of that load alone: its batches are held, the others go on."""
    try:
        return _audit(settings, ledger, load, run)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        why = f"核验没有执行完：{type(error).__name__}（{Path(last.filename).name}:{last.lineno}）"
        subject = f"control/{load.form}"
        return [Evidence(run, "refine", subject, "CTL-AUDIT", "audit", 0, 0, False, "count", errored=True, detail=why)]


def _audit(settings: Settings, ledger: Ledger, load: FrozenLoad, run: str) -> list[Evidence]:
    form, committed = load_form(load.form), Committed(settings, load_form(load.form), load)
    hashes = sorted({b.contract_hash for b in load.batches})
    contract = hashes[0] if len(hashes) == 1 else ""
    severities = {rule.id: rule.severity for rule in all_rules(form)}
    errors = [rule_id for rule_id, severity in severities.items() if severity == "error"]
    silver, control = silver_frame(form, committed.silver, errors), control_frame(committed.control_rows())
    frames = {
        f"silver/{form.name}": AuditFrame("refine", silver, form_suite(form), "_batch", contract),
        f"control/{form.name}": AuditFrame("refine", control, control_suite(), "batch", contract),
    }
    counted = rule_counts(
        run, f"silver/{form.name}", ledger.rule_counts(load.id), broken_in_silver(committed.silver), severities,
        contract,
    )  # fmt: skip
    return [*audit_frames(frames, run), *committed.unpaired(run), *counted]


def _reason(batch: int, evidence: Sequence[Evidence]) -> str:
    failed = sorted({e.rule_id for e in evidence if batch in failed_batches([e], [batch])})
    return f"核验未通过：{'、'.join(failed)}" if failed else ""
