"""What would become of a file, found by doing it: a write transaction that is always rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from catalog.ledger import intake
from catalog.ledger.engine import for_writing
from catalog.ledger.entries import settle_audited
from catalog.ledger.models import Base, Batch, Entry, Submission
from catalog.ledger.values import Arrival, BatchRecord, Claim, Judging, ReceiptRows, Rejection
from catalog.ledger.writer import Writer


class Rehearsal:
    """One arrival on its way through the ledger. `number` is the one it would be given."""

    def __init__(self, writer: Writer, arrival: Arrival) -> None:
        self._writer = writer
        self.number = intake.receive(writer, [arrival])[0].id

    def claim(self, judging: Judging) -> Claim:
        return intake.claim(self._writer, [judging])[0]

    def finish(self, result: BatchRecord | Rejection) -> ReceiptRows:
        """Records the result, passes its audit, settles its entries; returns what its receipt would say."""
        if isinstance(result, Rejection):
            intake.reject(self._writer, result)
        else:
            intake.freeze(self._writer, result)
            self._writer.session.get_one(Batch, result.batch).state = "audited"
            self._writer.session.flush()
            settle_audited(self._writer)
        self._writer.session.flush()
        return receipt_rows(self._writer.session, self._writer.session.get_one(Submission, self.number))


@contextmanager
def rehearsing(engine: Engine, arrival: Arrival) -> Iterator[Rehearsal]:
    with Session(for_writing(engine)) as session:
        try:
            yield Rehearsal(Writer(session), arrival)
        finally:
            session.rollback()


def receipt_rows(session: Session, found: Submission) -> ReceiptRows:
    """The submission, its latest batch and that batch's entries."""
    batch = session.scalars(select(Batch).where(Batch.submission == found.id).order_by(Batch.id.desc())).first()
    entries = session.scalars(select(Entry).where(Entry.batch == batch.id).order_by(Entry.id)) if batch else ()
    return ReceiptRows(_plain(found), _plain(batch) if batch else None, tuple(_plain(e) for e in entries))


def _plain(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
