"""What every part of the ledger stands on: one engine, short writing transactions, reads that never wait for a writer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from catalog.ledger import frames
from catalog.ledger.engine import connect
from catalog.ledger.writer import Writer, writing


class Store:
    """`today`: the operator's day, written beside every event; without one the clock's."""

    def __init__(self, url: str, today: str = "") -> None:
        self._engine, self._today = connect(url), today

    def close(self) -> None:
        self._engine.dispose()

    def _writing(self) -> AbstractContextManager[Writer]:
        return writing(self._engine, self._today)

    def _reading(self) -> Session:
        return Session(self._engine)

    def states(self, subject: str, at_seq: int) -> Mapping[int, str]:
        """State of everything of a kind (`subject` of `machine`) that there was just after event `at_seq`, by number."""
        found = frames.frame(self._engine, frames.states_at(subject, at_seq))
        return dict(zip(found["id"].to_pylist(), found["state"].to_pylist(), strict=True))
