"""Submissions and batches inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.ledger.entries import add_entries
from catalog.ledger.machine import STANDING
from catalog.ledger.models import Batch, Entry, Event, Submission
from catalog.ledger.settle import receipt
from catalog.ledger.values import Arrival, BatchRecord, Claim, Judging, Received, Rejection
from catalog.ledger.writer import Writer


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


def judged(session: Session, filters: Mapping[str, str]) -> list[tuple[Received, str]]:
    """Judged submissions of which an entry stands or was returned, with their form, in order of number."""
    wanted = {"form": Entry.form, "unit": Entry.unit_id, "period": Entry.period}
    own = select(Entry.submission).where(Entry.state.in_((*STANDING, "returned")), *(wanted[k] == v for k, v in filters.items() if v))
    rows = session.execute(
        select(Submission, Event.data).join(Event, Event.subject_id == Submission.id)
        .where(Submission.state == "judged", Event.subject == "submission", Event.to_state == "received", Submission.id.in_(own))
        .order_by(Submission.id)
    )  # fmt: skip
    return [
        (Received(s.id, s.receipt, s.sha256, s.name, data["manifest_entry"], data["path_hints"]), s.form) for s, data in rows
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
    return judged_so(writer.session, judging.submission, judging.contract_hash, judging.judge)


def judged_so(session: Session, submission: int, contract_hash: str, judge: str) -> int | None:
    """The batch of this very judging, if it is recorded."""
    return session.scalars(select(Batch.id).where(
        Batch.submission == submission, Batch.contract_hash == contract_hash, Batch.judge == judge,
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
    # The words are the receipt's and may quote a name of the file; the reason in the journal is the rule.
    writer.event("submission", own.id, own.state, "rejected", no.rule_id,
                 data={"form": no.form, "period": no.period, "rejection": told})  # fmt: skip
    own.state, own.verdict, own.rejection, own.form, own.period = "rejected", "rejected", told, no.form, no.period
