"""Explanations of query findings, inside a transaction, and what they do to the entries that wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Select, select

from catalog.ledger import frames
from catalog.ledger.entries import Book, around
from catalog.ledger.models import Entry, Explanation
from catalog.ledger.store import Store
from catalog.ledger.values import Refused, named
from catalog.ledger.writer import SYSTEM, Writer

COUNTING = ("given", "accepted")
EXPLAINED = "核实类问题都已说明"
_FINDING = ("form", "unit_id", "period", "scope", "rule_id", "column", "record")


class Explanations(Store):
    """The part of the ledger that keeps what senders say of their findings."""

    def explain(self, findings: Sequence[Mapping[str, Any]], by: str) -> list[int]:
        """`findings`: rows of `catalog.explained` with `code` and `text`. What says the same again is not numbered again."""
        with self._writing() as writer:
            return [number for finding in findings if (number := _explain(writer, finding, by))]

    def judge_explanation(self, finding: str, to: str, by: str, reason: str) -> None:
        """Accepts or refuses the last explanation of a finding. Raises Refused."""
        with self._writing() as writer:
            _judge(writer, finding, to, by, reason)

    def settle_explained(self, explained: Iterable[int], open_again: Iterable[int]) -> Mapping[str, int]:
        """Entries, by number: those of which every question is answered come into force; those with one open again wait."""
        with self._writing() as writer:
            return _settle(writer, set(explained), set(open_again))

    def explanations(self, at_seq: int | None = None) -> pa.Table:
        """The last explanation of each finding, now or just after event `at_seq`, with the state of then."""
        found = frames.frame(self._engine, frames.whole(Explanation))
        return _last(found, None if at_seq is None else self.states("explanation", at_seq))


def _last(found: pa.Table, states: Mapping[int, str] | None) -> pa.Table:
    newest: dict[str, dict[str, Any]] = {}
    for row in found.to_pylist():
        if states is None or row["id"] in states:
            newest[row["finding"]] = row if states is None else {**row, "state": states[row["id"]]}
    return pa.Table.from_pylist(list(newest.values()), schema=found.schema)


def _explain(writer: Writer, finding: Mapping[str, Any], by: str) -> int:
    said = {"code": finding["code"], "text": finding["text"]}
    last = writer.session.scalars(_of(finding["finding"])).first()
    if last is not None and last.state in COUNTING and {"code": last.code, "text": last.text} == said:
        return 0
    number = writer.number("explanation")
    values = {"finding": finding["finding"], **{c: finding[c] or "" for c in _FINDING}, **said, "by": by, "day": writer.day}
    writer.event("explanation", number, "", "given", by=by, data=values)
    writer.session.add(Explanation(id=number, state="given", reason="", **values))
    writer.session.flush()
    return number


def _judge(writer: Writer, finding: str, to: str, by: str, reason: str) -> None:
    named(by, reason)
    last = writer.session.scalars(_of(finding)).first()
    if last is None:
        raise Refused(f"问题 {finding} 还没有说明；guozi findings 列出各问题的编号")
    writer.event("explanation", last.id, last.state, to, reason, by)
    last.state, last.reason = to, reason


def _settle(writer: Writer, explained: set[int], open_again: set[int]) -> Mapping[str, int]:
    chosen = list(writer.session.scalars(select(Entry).where(Entry.id.in_(sorted(explained | open_again))).order_by(Entry.id)))
    book = Book(writer, around(writer, chosen))
    for entry in chosen:
        if entry.id in explained and entry.state == "to explain":
            book.move(entry, "in force", EXPLAINED, SYSTEM)
        elif entry.id in open_again and entry.state == "in force":
            book.move(entry, "to explain", "有说明未被认可，请补充说明或更正", SYSTEM)
    book.save()
    return book.moved


def _of(finding: str) -> Select[Explanation]:
    return select(Explanation).where(Explanation.finding == finding).order_by(Explanation.id.desc())
