"""Entries inside a write transaction: settled by the rules of revision, moved by a person's decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import func, insert, select, update

from catalog.ledger.machine import STANDING
from catalog.ledger.models import Batch, Entry, Submission
from catalog.ledger.rulings import closings, extensions
from catalog.ledger.settle import Claim, Outcome, outcome, receipt, takes_over
from catalog.ledger.values import Refused
from catalog.ledger.writer import SYSTEM, Writer
from schemas.calendar import due_day
from schemas.load import form as load_form
from schemas.period import parse_period

Key = tuple[str, str, str, str]


class Book:
    """The entries of the keys at hand, kept up to date while a transaction moves them one after the other."""

    def __init__(self, writer: Writer, rows: Iterable[Entry]) -> None:
        self._writer = writer
        self.rows = {row.id: row for row in rows}
        self._first = _first_batches(writer, {r.submission for r in self.rows.values()})
        self._closed = closings(writer, {(r.form, r.period) for r in self.rows.values()})
        self._extended = extensions(writer, {r.period for r in self.rows.values()})
        self._received = _received(writer, {r.submission for r in self.rows.values()})
        self._named = _named_submissions(writer, {r.submission for r in self.rows.values()})
        self._by_key: dict[Key, dict[int, Claim]] = {}
        for row in self.rows.values():
            self._by_key.setdefault(key(row), {})[row.id] = self._claim(row)
        self._changed: dict[int, dict[str, Any]] = {}
        self.moved: Counter[str] = Counter()

    def settle(self, rows: Sequence[Entry]) -> None:
        """The pending entries of one batch go where the rules of revision say."""
        news = any(self._by_key[key(row)][row.id].differs(self._others(row)) for row in rows)
        for row in rows:
            out = outcome(self._by_key[key(row)][row.id], self._others(row), news)
            self.apply(row, replace(out, reason=out.reason or self._filed_late(row)) if out.state in STANDING else out)

    def _filed_late(self, row: Entry) -> str:
        """Says of the first report of a key that it came after its due day (补报); a correction is not late.

        The day is the calendar's for any superior, or an extension's; coverage judges by the unit's own superior.
        """
        if any(c.stands or c.state == "superseded" for c in self._others(row)):
            return ""
        due = self._extended.get((row.form, row.unit_id, row.period)) or _due(row)
        came = self._received[row.submission]
        return f"补报：应于 {due} 前报送，{came} 收到" if due and came > due else ""

    def _others(self, row: Entry) -> list[Claim]:
        return [c for c in self._by_key[key(row)].values() if c.id != row.id]

    def stand(self, row: Entry, by: str, reason: str) -> None:
        """A person decides that this entry counts; what stood at its key is superseded."""
        claims = self._by_key[key(row)]
        seen = [] if load_form(row.form).accumulation == "append" else list(claims.values())
        self.apply(row, replace(takes_over(claims[row.id], seen), reason=reason), by)

    def apply(self, row: Entry, out: Outcome, by: str = SYSTEM) -> None:
        for replaced in out.replaces:
            self.move(self.rows[replaced], "superseded", f"SUB-NEWER 由 {receipt(row.submission)} 替代", by)
        self.move(row, out.state, out.reason, by)

    def move(self, row: Entry, to: str, reason: str, by: str = SYSTEM) -> None:
        """Raises Refused where it would change what counts in a closed period."""
        claims = self._by_key[key(row)]
        before = claims[row.id].state
        if claims[row.id].closed and (before in STANDING) != (to in STANDING):
            raise Refused(claims[row.id].closed)
        seq = self._writer.event("entry", row.id, before, to, reason, by)
        claims[row.id] = replace(claims[row.id], state=to)
        stored = {"id": row.id, "from_seq": row.from_seq, "to_seq": row.to_seq}
        values = self._changed.setdefault(row.id, stored)
        values |= {"state": to, "reason": reason}
        if to in STANDING and before not in STANDING:
            values["from_seq"] = seq
        elif before in STANDING and to not in STANDING:
            values["to_seq"] = seq
        self.moved[to] += 1

    def review(self, row: Entry, to: str, by: str, reason: str) -> None:
        """The group's or the office's step on an entry that stands. Raises IllegalMove."""
        self._writer.event("review", row.id, row.review, to, reason, by)
        row.review = to
        self.moved[to] += 1

    def again(self, row: Entry, by: str, reason: str) -> None:
        """A revert: a new entry with what `row` says stands from now on."""
        turn = 1 + max(r.turn for r in self.rows.values() if r.batch == row.batch and key(r) == key(row))
        copied = {c: getattr(row, c) for c in _COPIED}
        number = add_entries(self._writer, [copied | {"turn": turn}], by)
        made = self._writer.session.get_one(Entry, number)
        self.rows[number] = made
        self._by_key[key(made)][made.id] = self._claim(made)
        self.stand(made, by, reason)

    def save(self) -> None:
        self._writer.session.flush()
        if self._changed:
            self._writer.session.execute(update(Entry), list(self._changed.values()))
            self._writer.session.expire_all()

    def state(self, row: Entry) -> str:
        return self._by_key[key(row)][row.id].state

    def _claim(self, row: Entry) -> Claim:
        form = load_form(row.form)
        return Claim(
            id=row.id, submission=row.submission, revision=row.revision, rows=row.rows, errors=row.errors,
            queries=row.queries, filed=row.filed, content_hash=row.content_hash, state=row.state,
            supersedes=self._named.get(row.submission, 0), later_judging=row.batch != self._first[row.submission],
            append=form.accumulation == "append", entry_acceptance=form.acceptance == "entry",
            closed=self._closed.get((row.form, row.period), ""),
        )  # fmt: skip


_COPIED = ("batch", "submission", "form", "unit_id", "period", "scope", "revision", "rows", "errors", "queries",
           "content_hash", "filed")  # fmt: skip


def key(row: Entry) -> Key:
    return row.form, row.unit_id, row.period, row.scope


def add_entries(writer: Writer, values: Sequence[dict[str, Any]], by: str = SYSTEM) -> int:
    """New entries in state pending, each with its event, which carries all of the entry's columns. The first's number."""
    first = writer.number("entry", len(values))
    rows = []
    for number, value in enumerate(values, first):
        writer.event("entry", number, "", "pending", by=by, data=value)
        rows.append({"turn": 0, **value, "id": number, "state": "pending", "reason": "", "from_seq": None, "to_seq": None})
    if rows:
        writer.session.execute(insert(Entry), rows)
    return first


def around(writer: Writer, rows: Sequence[Entry]) -> list[Entry]:
    """The rows and all other entries of the same forms and periods: a book that holds every key of `rows`."""
    pairs: dict[str, set[str]] = {}
    for row in rows:
        pairs.setdefault(row.form, set()).add(row.period)
    found: dict[int, Entry] = {}
    for form, periods in pairs.items():
        chosen = select(Entry).where(Entry.form == form, Entry.period.in_(sorted(periods))).order_by(Entry.id)
        found |= {e.id: e for e in writer.session.scalars(chosen)}
    return list(found.values())


def settle_audited(writer: Writer) -> Counter[str]:
    """Every pending entry of an audited batch, in the order the submissions arrived; then the submissions' verdicts."""
    pending = list(writer.session.scalars(
        select(Entry).join(Batch, Batch.id == Entry.batch).where(Entry.state == "pending", Batch.state == "audited")
        .order_by(Entry.submission, Entry.batch, Entry.id)
    ))  # fmt: skip
    if not pending:
        return Counter()
    submissions = sorted({row.submission for row in pending})
    book = Book(writer, around(writer, pending))
    for _, rows in groupby(pending, key=lambda row: (row.submission, row.batch)):
        book.settle(list(rows))
    book.save()
    _downgrade_verdicts(writer, submissions)
    return book.moved


def _downgrade_verdicts(writer: Writer, submissions: Sequence[int]) -> None:
    """A submission of which every filed entry was returned is `returned`, of which some were is `partial`."""
    counted = writer.session.execute(
        select(Entry.submission, func.count(), func.count().filter(Entry.state == "returned"))
        .where(Entry.submission.in_(submissions), Entry.filed).group_by(Entry.submission)
    )  # fmt: skip
    for number, filed, returned in counted.all():
        found = writer.session.get_one(Submission, number)
        if returned == filed:
            found.verdict = "returned"
        elif returned and found.verdict == "accepted":
            found.verdict = "partial"


def _due(row: Entry) -> str:
    calendar = load_form(row.form).calendar
    found = due_day(calendar, parse_period(row.period), "*") if calendar.due and calendar.kind != "day" else None
    return found.day.isoformat() if found else ""


def _received(writer: Writer, submissions: set[int]) -> dict[int, str]:
    days = select(Submission.id, Submission.received_on).where(Submission.id.in_(sorted(submissions)))
    return {int(number): str(day) for number, day in writer.session.execute(days)}


def _first_batches(writer: Writer, submissions: set[int]) -> dict[int, int]:
    first = select(Batch.submission, func.min(Batch.id)).where(Batch.submission.in_(sorted(submissions)))
    return {int(s): int(b) for s, b in writer.session.execute(first.group_by(Batch.submission))}


def _named_submissions(writer: Writer, submissions: set[int]) -> dict[int, int]:
    """Submission → the one it names by receipt; -1 for a receipt that is not of the same form."""
    naming = writer.session.execute(
        select(Submission.id, Submission.form, Submission.supersedes)
        .where(Submission.id.in_(sorted(submissions)), Submission.supersedes != "")
    ).all()  # fmt: skip
    if not naming:
        return {}
    named = select(Submission.receipt, Submission.form, Submission.id)
    named = named.where(Submission.receipt.in_(sorted({receipt for _, _, receipt in naming})))
    known = {(r, f): i for r, f, i in writer.session.execute(named)}
    return {i: known.get((r, f), -1) for i, f, r in naming}
