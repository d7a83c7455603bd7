"""Loads inside a transaction: batches committed together, then audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.ledger.models import Batch, Load
from catalog.ledger.values import FrozenBatch, FrozenLoad
from catalog.ledger.writer import Writer
from schemas.freeze import digest

# Records of a load where several batches share one: an audit holds a whole load in memory, half a gigabyte of so many.
ROWS = 500_000


def freeze_loads(writer: Writer) -> list[FrozenLoad]:
    staged = select(Batch).where(Batch.state == "staged", Batch.load.is_(None)).order_by(Batch.id)
    by_form: dict[str, list[Batch]] = {}
    for batch in writer.session.scalars(staged):
        by_form.setdefault(batch.form, []).append(batch)
    made = []
    for form, batches in ((name, part) for name in sorted(by_form) for part in _parts(by_form[name])):
        number = writer.number("load")
        sha256 = digest([[b.id, b.staged_sha256, b.findings_sha256] for b in batches])
        for batch in batches:
            batch.load = number
        ids = [b.id for b in batches]
        writer.session.add(Load(id=number, form=form, batches=ids, sha256=sha256, state="open"))
        writer.event("load", number, "", "open", data={"form": form, "batches": ids, "sha256": sha256})
        made.append(FrozenLoad(number, form, sha256, tuple(frozen(writer.session, batches))))
    return made


def _parts(batches: Iterable[Batch]) -> list[list[Batch]]:
    """In order, each of at most ROWS records or of one batch."""
    parts: list[list[Batch]] = []
    rows = 0
    for batch in batches:
        if not parts or rows + batch.rows > ROWS:
            parts.append([])
            rows = 0
        parts[-1].append(batch)
        rows += batch.rows
    return parts


def loads(session: Session, state: str) -> list[FrozenLoad]:
    found = session.scalars(select(Load).where(Load.state == state).order_by(Load.id)).all()
    return [FrozenLoad(f.id, f.form, f.sha256, tuple(_of_load(session, f.id))) for f in found]


def finish_load(writer: Writer, number: int) -> None:
    load = writer.session.get_one(Load, number)
    if load.state == "done":
        return
    for batch in writer.session.scalars(select(Batch).where(Batch.load == number).order_by(Batch.id)):
        writer.event("batch", batch.id, batch.state, "loaded", data={"load": number})
        batch.state = "loaded"
    writer.event("load", number, load.state, "done")
    load.state = "done"


def to_audit(session: Session) -> list[FrozenLoad]:
    numbers = session.scalars(select(Batch.load).where(Batch.state == "loaded").distinct().order_by(Batch.load)).all()
    found = [session.get_one(Load, n) for n in numbers]
    return [
        FrozenLoad(f.id, f.form, f.sha256, tuple(b for b in _of_load(session, f.id) if b.state == "loaded"))
        for f in found
    ]


def mark_audit(writer: Writer, verdicts: Mapping[int, str]) -> None:
    for batch in writer.session.scalars(select(Batch).where(Batch.id.in_(sorted(verdicts))).order_by(Batch.id)):
        reason = verdicts[batch.id]
        after = "held" if reason else "audited"
        writer.event("batch", batch.id, batch.state, after, reason)
        batch.state = after


def rule_counts(session: Session, load: int) -> dict[int, Mapping[str, Mapping[str, int]]]:
    return {int(b): counts for b, counts in session.execute(select(Batch.id, Batch.counts).where(Batch.load == load))}


def frozen(session: Session, batches: Iterable[Batch]) -> list[FrozenBatch]:
    rows = list(batches)
    earliest = select(Batch.submission, Batch.reader, func.min(Batch.id)).group_by(Batch.submission, Batch.reader)
    earliest = earliest.where(Batch.submission.in_(sorted({b.submission for b in rows})))
    first = {(int(s), str(r)): int(b) for s, r, b in session.execute(earliest)}
    return [
        FrozenBatch(
            id=b.id, submission=b.submission, form=b.form, contract_hash=b.contract_hash, reader=b.reader,
            staged_sha256=b.staged_sha256, findings_sha256=b.findings_sha256, rows=b.rows, silver_rows=b.silver_rows,
            quarantine_rows=b.quarantine_rows, sender_rows=b.sender_rows, state=b.state, load=b.load or 0,
            bronze=first[(b.submission, b.reader)] == b.id,
        ) for b in rows
    ]  # fmt: skip


def _of_load(session: Session, number: int) -> list[FrozenBatch]:
    return frozen(session, session.scalars(select(Batch).where(Batch.load == number).order_by(Batch.id)))
