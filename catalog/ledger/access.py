"""Who read what: one line a reading command of a named office, append-only; never what was asked for, nor what was seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from catalog.ledger import frames
from catalog.ledger.models import Access
from catalog.ledger.store import Store

NOBODY = pa.schema([("id", pa.int64()), *((c.name, pa.string()) for c in Access.__table__.columns if c.name != "id")])
ABOUT = ";"  # between the tables one command named


class Accesses(Store):
    """The part of the ledger that knows its readers."""

    def note_access(self, office: str, account: str, command: str, about: Iterable[str], purpose: str = "") -> int:
        """`about`: names of forms and marts. Returns the line's number."""
        with self._writing() as writer:
            number = writer.number("access")
            named = ABOUT.join(sorted(set(about)))
            writer.session.add(Access(
                id=number, at=writer.at, day=writer.day, office=office, account=account, command=command, about=named, purpose=purpose,
            ))  # fmt: skip
            return number

    def accesses(self, until: date) -> pa.Table:
        """Lines up to a day, in order."""
        return frames.frame(self._engine, frames.whole(Access).where(Access.day <= until.isoformat()))
