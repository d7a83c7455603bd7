"""Evidence: what an audit saw, as rows of `ops/evidence`. A row never holds a value of the audited data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa

from schemas.contract import Severity

EVIDENCE = "evidence"  # its table in ops
# One row an expectation and frame; where it failed, one row for each batch it failed in.
EVIDENCE_SCHEMA = pa.schema([
    ("run", pa.string()), ("stage", pa.string()), ("subject", pa.string()), ("batch", pa.int64()),
    ("rule_id", pa.string()), ("expectation", pa.string()), ("rows_seen", pa.int64()), ("rows_failed", pa.int64()),
    ("unknown", pa.int64()), ("success", pa.bool_()), ("errored", pa.bool_()), ("engine", pa.string()),
    ("gx_version", pa.string()), ("contract_hash", pa.string()), ("detail", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """`batch` None: of the whole frame; a failure without a batch concerns every batch in it.

    `errored`: the check itself could not run, which is never a pass. `engine`: pandas, spark or count.
    """

    run: str
    stage: str
    subject: str
    rule_id: str
    expectation: str
    rows_seen: int
    rows_failed: int
    success: bool
    engine: str
    batch: int | None = None
    unknown: int | None = None
    errored: bool = False
    gx_version: str = ""
    contract_hash: str = ""
    detail: str = ""


def to_table(evidence: Iterable[Evidence]) -> pa.Table:
    rows = [asdict(e) for e in evidence]
    columns = {name: [row[name] for row in rows] for name in EVIDENCE_SCHEMA.names}
    return pa.table(columns, schema=EVIDENCE_SCHEMA)


def together(slices: Sequence[Sequence[Evidence]]) -> list[Evidence]:
    """Evidence of the same checks of slices of one frame, as of the whole: passed where all passed."""
    rows = sum(own[0].rows_seen for own in slices if own)
    found: dict[tuple[str, str], list[Evidence]] = {}
    for one in (e for own in slices for e in own):
        found.setdefault((one.rule_id, one.expectation), []).append(one)
    return [replace(made, rows_seen=rows) for of_check in found.values() for made in _of_check(of_check)]


def _of_check(evidence: Sequence[Evidence]) -> list[Evidence]:
    by_batch: dict[int | None, Evidence] = {}
    for one in (e for e in evidence if not e.success):
        before = by_batch.get(one.batch)
        by_batch[one.batch] = one if before is None else replace(
            one, rows_failed=before.rows_failed + one.rows_failed, errored=before.errored or one.errored, detail=before.detail or one.detail
        )  # fmt: skip
    return list(by_batch.values()) or [evidence[0]]


def failed_batches(evidence: Iterable[Evidence], batches: Iterable[int]) -> frozenset[int]:
    """The batches that must be held: those a failure names, or all of `batches` where one names none."""
    held: set[int] = set()
    for row in evidence:
        if not row.success:
            held |= {row.batch} if row.batch is not None else set(batches)
    return frozenset(held)


def rule_counts(
    run: str,
    subject: str,
    counts: Mapping[int, Mapping[str, Mapping[str, int]]],
    in_silver: Mapping[str, int],
    severities: Mapping[str, Severity],
    contract_hash: str = "",
) -> list[Evidence]:
    """True, false and unknown per rule over the batches judged; an error rule broken in silver is a failure.

    `counts`: batch → rule → {true, false, unknown}; `in_silver`: rule → records of the silver committed that name it
    in `broken_rules`.
    """
    totals: dict[str, dict[str, int]] = {}
    for of_batch in counts.values():
        for rule_id, of_rule in of_batch.items():
            total = totals.setdefault(rule_id, {"true": 0, "false": 0, "unknown": 0})
            for answer, number in of_rule.items():
                total[answer] += number
    missing: dict[str, Any] = {"true": 0, "false": 0, "unknown": 0}
    made = []
    for rule_id in sorted(totals.keys() | in_silver.keys()):
        total, slipped = totals.get(rule_id, missing), in_silver.get(rule_id, 0)
        failure = _failure(severities.get(rule_id), slipped, total["false"])
        made.append(Evidence(
            run, "refine", subject, rule_id, "rule_counts", sum(total.values()), total["false"], not failure, "count",
            unknown=total["unknown"], contract_hash=contract_hash, detail=failure,
        ))  # fmt: skip
    return made


def _failure(severity: Severity | None, slipped: int, broken: int) -> str:
    if severity is None and slipped:
        return "明细层记录提到了合同没有的规则；核对合同版本"
    if severity == "error" and slipped:
        return f"{slipped} 条记录违反必改规则却进入了明细层；应进入待处理数据"
    return f"明细层有 {slipped} 条、判定只有 {broken} 条；核对装载" if slipped > broken else ""
