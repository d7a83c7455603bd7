"""Who may write gold: one driver at a time on all hosts, known by a fencing number that grows with every holder.

Whether a lease has run out is decided by the ledger's own clock, whether a write still counts by the number alone.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog.ledger.models import Lease
from catalog.ledger.store import Store
from catalog.ledger.values import Fenced
from catalog.ledger.writer import Writer

_GOLD = "gold"
_CLOCK = {
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400",
    "postgresql": "SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
}


def check(session: Session, fence: int) -> None:
    """Raises Fenced when somebody took the lease after the holder of this number."""
    last = session.get(Lease, _GOLD)
    if last is not None and fence != last.fence:
        why = f"计算任务停顿太久，写主题表的租约（第 {fence} 号）已由另一台主机接手（第 {last.fence} 号）"
        raise Fenced(f"{why}；本次结果不算数，由对方做完，不必再做什么")


def _now(session: Session) -> float:
    return float(session.execute(text(_CLOCK[session.get_bind().dialect.name])).scalar_one())


def _take(writer: Writer, place: str, seconds: int) -> int | None:
    last, now = writer.session.get(Lease, _GOLD), _now(writer.session)
    if last is not None and last.until > now and last.place != place:
        return None
    fence = writer.number("fence")
    writer.session.merge(Lease(name=_GOLD, place=place, fence=fence, until=now + seconds))
    return fence


class Leases(Store):
    """The part of the ledger that says who writes gold; each method is one short transaction."""

    def take_lease(self, place: str, seconds: int) -> int | None:
        """The fencing number of a new lease; None while another place holds one that has not run out.

        A place that asks again has made sure that its former holder is gone.
        """
        with self._writing() as writer:
            return _take(writer, place, seconds)

    def renew_lease(self, fence: int, seconds: int) -> None:
        """The holder still lives. Raises Fenced."""
        with self._writing() as writer:
            check(writer.session, fence)
            writer.session.get_one(Lease, _GOLD).until = _now(writer.session) + seconds

    def check_lease(self, fence: int) -> None:
        """Raises Fenced when the lease has passed on."""
        with self._reading() as session:
            check(session, fence)

    def end_lease(self, fence: int) -> None:
        """The holder is done; one whose lease has passed on ends nothing."""
        with self._writing() as writer:
            last = writer.session.get_one(Lease, _GOLD)
            last.until = 0 if last.fence == fence else last.until
