"""What a judging becomes in the ledger: the same values for a night's submission and for a check's rehearsal of one."""

from __future__ import annotations

from catalog.ledger.values import BatchRecord, Claim, EntryRecord, Judging, Rejection
from intake.judgement import JUDGE
from intake.pool import Judged
from intake.readers import Rejected


def judging(number: int, judged: Judged) -> Judging:
    return Judging(number, judged.identity.form, judged.identity.period, judged.contract_hash, JUDGE)


def rejection(number: int, no: Rejected) -> Rejection:
    return Rejection(number, no.rule_id, no.where, no.why, no.todo)


def duplicate(claim: Claim, name: str) -> Rejection:
    return Rejection(claim.judging.submission, "SUB-DUPLICATE", name, f"与 {claim.duplicate_of} 是同一份文件，报表和报告期也相同",
                     f"无需重新报送；结果见 {claim.duplicate_of} 的回执", claim.judging.form, claim.judging.period)  # fmt: skip


def batch_record(claim: Claim, judged: Judged) -> BatchRecord:
    said = judged.identity
    return BatchRecord(
        batch=claim.batch, judging=claim.judging, reader=judged.reader, verdict=judged.verdict, sender=said.unit,
        revision=said.revision, supersedes=said.supersedes, staged_sha256=judged.staged_sha256,
        findings_sha256=judged.findings_sha256, rows=judged.silver_rows + judged.quarantine_rows,
        silver_rows=judged.silver_rows, quarantine_rows=judged.quarantine_rows, sender_rows=said.rows,
        header=judged.header, counts=judged.counts, controls=judged.controls,
        entries=tuple(
            EntryRecord(e.unit_id, e.period, e.scope, e.rows, e.errors, e.queries, e.filed, e.content_hash)
            for e in judged.entries),
    )  # fmt: skip
