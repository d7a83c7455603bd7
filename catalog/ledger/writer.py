"""One write transaction: numbers from locked counters, moves checked by the machine's table, the journal with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from catalog.ledger import machine
from catalog.ledger.engine import for_writing
from catalog.ledger.models import Counter, Event
from catalog.settings import ZONE

SYSTEM = "系统"
# A writer whose host stops in mid-transaction would hold up all others.
_FROZEN = "60s"


class Writer:
    """Hands out `session` and collects events; every writer holds the event counter's row, so the order is total."""

    def __init__(self, session: Session, day: str = "") -> None:
        self.session = session
        self.at = datetime.now(ZONE).isoformat(timespec="milliseconds")
        self.day = day or self.at[:10]
        self._counters: dict[str, Counter] = {}
        self._events: list[dict[str, Any]] = []
        self._counter("event")

    def number(self, name: str, count: int = 1) -> int:
        """The first of `count` new numbers of a sequence."""
        counter = self._counter(name)
        counter.value += count
        return counter.value - count + 1

    def event(
        self, subject: str, subject_id: int, before: str, after: str, reason: str = "", by: str = SYSTEM,
        data: Mapping[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Journal one change of state; the caller changes the row. Raises IllegalMove. Returns its seq."""
        machine.check(subject, before, after)
        seq = self.number("event")
        self._events.append({
            "seq": seq, "at": self.at, "day": self.day, "subject": subject, "subject_id": subject_id, "from_state": before,
            "to_state": after, "by": by, "reason": reason, "data": dict(data or {}),
        })  # fmt: skip
        return seq

    def flush(self) -> None:
        """Everything collected so far goes to the database, inside the open transaction."""
        if self._events:
            self.session.execute(insert(Event), self._events)
            self._events = []
        self.session.flush()

    def _counter(self, name: str) -> Counter:
        """A migrated ledger has every counter; one in memory makes them as it goes."""
        found = self._counters.get(name)
        if found is None:
            found = self.session.scalars(select(Counter).where(Counter.name == name).with_for_update()).first()
        if found is None:
            found = Counter(name=name, value=0)
            self.session.add(found)
        self._counters[name] = found
        return found


@contextmanager
def writing(engine: Engine, day: str = "") -> Iterator[Writer]:
    """One short transaction; everything or nothing. `day`: the operator's; without one the clock's."""
    with Session(for_writing(engine)) as session, session.begin():
        if engine.dialect.name == "postgresql":
            session.execute(text("SELECT set_config('idle_in_transaction_session_timeout', :longest, true)"), {"longest": _FROZEN})
        writer = Writer(session, day)
        yield writer
        writer.flush()
