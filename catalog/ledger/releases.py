"""The part of the ledger that keeps what gold holds, what was released of it, and what was recomputed beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.ledger import gold
from catalog.ledger.store import Store
from catalog.ledger.values import MartVersion, ReleaseNote, ScratchNote, WarnedNow


class Releases(Store):
    """Marts and releases; each writing method is one short transaction."""

    def set_mart(self, mart: MartVersion, reason: str = "") -> None:
        """What gold holds of a mart after a build or its audit (state built, audited, held). Raises Fenced."""
        with self._writing() as writer:
            gold.set_mart(writer, mart, reason)

    def release_mart(self, mart: str, by: str, reason: str) -> None:
        """A person lets a held mart through. Raises Refused."""
        with self._writing() as writer:
            gold.release_mart(writer, mart, by, reason)

    def marts(self) -> dict[str, MartVersion]:
        with self._reading() as session:
            return gold.marts(session)

    def publish(
        self, as_of: str, warned: WarnedNow | None = None, seen: Mapping[str, int] | None = None
    ) -> ReleaseNote | None:
        """One release of every audited mart; a held one keeps its last good version. None when nothing changed.

        `warned`: the rows of the version of `warning` that is released; they open cases in the same transaction.
        `seen`: version of every audited mart that was looked at before; Refused where they are others now.
        """
        with self._writing() as writer:
            return gold.publish(writer, as_of, warned, seen)

    def make_official(self, number: int, by: str, reason: str, kept: Mapping[str, Any]) -> ReleaseNote:
        """A release of which the files `kept` lie in `released/<number>/` is official from now. Raises Refused."""
        with self._writing() as writer:
            return gold.make_official(writer, number, by, reason, kept)

    def amend_official(self, number: int, official: Mapping[str, Any], order: Mapping[str, str]) -> None:
        """What lies in `released/<number>/` is `official` from now, by an order to purge (number, receipt, by, reason)."""
        with self._writing() as writer:
            gold.amend_official(writer, number, official, order)

    def release(self, number: int | None = None) -> ReleaseNote | None:
        """One release, the last if no number is given; None when there is none."""
        with self._reading() as session:
            return gold.release(session, number)

    def release_on(self, day: str) -> ReleaseNote | None:
        """The last release of that day or before it."""
        with self._reading() as session:
            return gold.release_on(session, day)

    def keep_scratch(self, note: ScratchNote) -> None:
        """What was recomputed beside the released gold, in place of what had the same name."""
        with self._writing() as writer:
            gold.keep_scratch(writer, note)

    def scratch(self, name: str) -> ScratchNote | None:
        with self._reading() as session:
            return gold.scratch(session, name)

    def scratches(self) -> list[ScratchNote]:
        with self._reading() as session:
            return gold.scratches(session)

    def releases_after(self, number: int) -> list[ReleaseNote]:
        """Releases after the given one, in order."""
        with self._reading() as session:
            return gold.releases_after(session, number)
