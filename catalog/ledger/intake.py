"""Submissions, batches and loads inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.ledger.entries import add_entries
from catalog.ledger.models import Batch, Event, Load, Submission
from catalog.ledger.settle import receipt
from catalog.ledger.values import Arrival, BatchRecord, Claim, FrozenBatch, FrozenLoad, Judging, Received, Rejection
from catalog.ledger.writer import Writer
from schemas.freeze import digest


def receive(writer: Writer, arrivals: Sequence[Arrival]) -> list[Received]:
    same = select(Submission.name, Submission.sha256, Submission.origin)
    same = same.where(Submission.origin.in_([a.origin for a in arrivals]))
    known = {(name, sha256, origin) for name, sha256, origin in writer.session.execute(same)}
    fresh = [a for a in arrivals if not a.origin or (a.name, a.sha256, a.origin) not in known]
    if not fresh:
        return []
    first, made = writer.number("submission", len(fresh)), []
    for number, arrival in enumerate(fresh, first):
        writer.session.add(Submission(
            id=number, receipt=receipt(number), sha256=arrival.sha256, size=arrival.size, name=arrival.name,
            received_on=arrival.received_on, received_at=writer.at, state="received", manifest=arrival.manifest,
            origin=arrival.origin,
        ))  # fmt: skip
        writer.event("submission", number, "", "received", data={
            "receipt": receipt(number), "sha256": arrival.sha256, "size": arrival.size, "name": arrival.name,
            "received_on": arrival.received_on, "manifest": arrival.manifest, "origin": arrival.origin,
            "manifest_entry": dict(arrival.manifest_entry), "path_hints": dict(arrival.path_hints),
        })  # fmt: skip
        made.append(
            Received(number, receipt(number), arrival.sha256, arrival.name, arrival.manifest_entry, arrival.path_hints)
        )
    writer.session.flush()
    for one, arrival in zip(made, fresh, strict=True):
        if arrival.refusal:
            reject(writer, Rejection(one.id, *arrival.refusal))
    return made


def waiting(session: Session, numbers: set[int] | None) -> list[Received]:
    rows = session.execute(
        select(Submission, Event.data).join(Event, Event.subject_id == Submission.id)
        .where(Submission.state == "received", Event.subject == "submission", Event.to_state == "received")
        .order_by(Submission.id)
    )  # fmt: skip
    return [
        Received(s.id, s.receipt, s.sha256, s.name, data["manifest_entry"], data["path_hints"])
        for s, data in rows if numbers is None or s.id in numbers
    ]  # fmt: skip


def claim(writer: Writer, judgings: Sequence[Judging]) -> list[Claim]:
    answers: list[Claim] = []
    said: dict[tuple[str, str, str], str] = {}
    for judging in judgings:
        own = writer.session.get_one(Submission, judging.submission)
        known = _judged_so(writer, judging)
        content = own.sha256, judging.form, judging.period
        first = said.get(content) or _said_before(writer, own, judging)
        if known is not None:
            answers.append(Claim(judging, known, known=True))
        elif first:
            answers.append(Claim(judging, duplicate_of=first))
        else:
            said[content] = own.receipt
            answers.append(Claim(judging, writer.number("batch")))
    return answers


def _judged_so(writer: Writer, judging: Judging) -> int | None:
    """The batch of this very judging, if it is recorded."""
    return writer.session.scalars(select(Batch.id).where(
        Batch.submission == judging.submission, Batch.contract_hash == judging.contract_hash, Batch.judge == judging.judge,
    )).first()  # fmt: skip


def _said_before(writer: Writer, own: Submission, judging: Judging) -> str:
    return writer.session.scalars(
        select(Submission.receipt).where(
            Submission.sha256 == own.sha256, Submission.form == judging.form, Submission.period == judging.period,
            Submission.state == "judged", Submission.id < own.id,
        ).order_by(Submission.id)
    ).first() or ""  # fmt: skip


def freeze(writer: Writer, made: BatchRecord) -> None:
    """A batch with its entries, and its submission judged; nothing if another process was quicker."""
    judging, own = made.judging, writer.session.get_one(Submission, made.judging.submission)
    if _judged_so(writer, judging) is not None:
        return
    values = {
        "submission": own.id, "form": judging.form, "contract_hash": judging.contract_hash, "judge": judging.judge,
        "reader": made.reader, "staged_sha256": made.staged_sha256, "findings_sha256": made.findings_sha256,
        "rows": made.rows, "silver_rows": made.silver_rows, "quarantine_rows": made.quarantine_rows,
        "sender_rows": made.sender_rows, "header": dict(made.header), "counts": dict(made.counts),
        "controls": dict(made.controls),
    }  # fmt: skip
    writer.session.add(Batch(id=made.batch, state="staged", **values))
    writer.event("batch", made.batch, "", "staged", data=values)
    if own.state == "received":
        said = {"form": judging.form, "period": judging.period, "revision": made.revision,
                "supersedes": made.supersedes, "sender": made.sender, "verdict": made.verdict}  # fmt: skip
        writer.event("submission", own.id, own.state, "judged", data=said)
        for name, value in {**said, "state": "judged"}.items():
            setattr(own, name, value)
    writer.session.flush()
    add_entries(writer, [
        {"batch": made.batch, "submission": own.id, "form": judging.form, "unit_id": e.unit_id, "period": e.period,
         "scope": e.scope, "revision": own.revision, "rows": e.rows, "errors": e.errors, "queries": e.queries,
         "content_hash": e.content_hash, "filed": e.filed}
        for e in made.entries
    ])  # fmt: skip


def reject(writer: Writer, no: Rejection) -> None:
    own = writer.session.get_one(Submission, no.submission)
    if own.state != "received":
        return
    told = {"rule_id": no.rule_id, "where": no.where, "message": no.message, "todo": no.todo}
    writer.event("submission", own.id, own.state, "rejected", f"{no.rule_id} {no.message}",
                 data={"form": no.form, "period": no.period, "rejection": told})  # fmt: skip
    own.state, own.verdict, own.rejection, own.form, own.period = "rejected", "rejected", told, no.form, no.period


def freeze_loads(writer: Writer) -> list[FrozenLoad]:
    staged = select(Batch).where(Batch.state == "staged", Batch.load.is_(None)).order_by(Batch.id)
    by_form: dict[str, list[Batch]] = {}
    for batch in writer.session.scalars(staged):
        by_form.setdefault(batch.form, []).append(batch)
    made = []
    for form in sorted(by_form):
        batches, number = by_form[form], writer.number("load")
        sha256 = digest([[b.id, b.staged_sha256, b.findings_sha256] for b in batches])
        for batch in batches:
            batch.load = number
        ids = [b.id for b in batches]
        writer.session.add(Load(id=number, form=form, batches=ids, sha256=sha256, state="open"))
        writer.event("load", number, "", "open", data={"form": form, "batches": ids, "sha256": sha256})
        made.append(FrozenLoad(number, form, sha256, tuple(frozen(writer.session, batches))))
    return made


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
