"""The right to write gold, which one driver has at a time: on this host by a lock, among hosts by a lease of the ledger."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy.exc import OperationalError

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Fenced
from catalog.settings import Settings
from catalog.telemetry import logs

_BEATS = 3  # in the time that a lease lasts


class Busy(RuntimeError):
    """Another build is writing gold."""


@contextmanager
def lease(settings: Settings, ledger: Ledger) -> Iterator[int]:
    """Held while gold is written; gives the fencing number that every write names. Raises Busy.

    The lock ends with the process, killed or not; the lease of a host that is gone after `Settings.lease` seconds.
    """
    with _alone(settings) as place:
        fence = ledger.take_lease(place, settings.lease)
        if fence is None:
            raise Busy(f"另一台主机上的计算任务正在写主题表；请等它结束（它若已断电，{settings.lease} 秒后可接手）再运行 guozi build")
        ended = Event()
        beating = Thread(target=_beat, args=(ledger, fence, settings.lease, ended), name="lease", daemon=True)
        beating.start()
        try:
            yield fence
        finally:
            ended.set()
            beating.join()
            ledger.end_lease(fence)


@contextmanager
def _alone(settings: Settings) -> Iterator[str]:
    """The one process of this host and home; gives what tells the host and the lock from any other."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "gold.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("另一个计算任务正在写主题表；请等它结束后再运行 guozi build") from None
        told = os.fstat(lock.fileno())
        yield f"{socket.gethostname()}:{told.st_dev}:{told.st_ino}"


def _beat(ledger: Ledger, fence: int, seconds: int, ended: Event) -> None:
    """A ledger that does not answer is met by the build itself; a lease that has passed on by its next write."""
    while not ended.wait(seconds / _BEATS):
        try:
            ledger.renew_lease(fence, seconds)
        except (OperationalError, Fenced) as missed:
            logs.note("lease.missed", "warning", error=type(missed).__name__)
