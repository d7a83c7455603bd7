"""Sessions of processes, each led by one that was started for it; ended with all that came of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil

GRACE = 30  # seconds for the leaders to end by themselves
SAME = 30  # seconds: a clock set right moves a time of birth by less, and no number comes back as soon


def leader(number: int, born: float) -> psutil.Process | None:
    """The process of this number, if it is still the one that was born then (seconds of the epoch)."""
    try:
        process = psutil.Process(number)
        alive = process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - born) < SAME
    except psutil.NoSuchProcess:
        return None
    return process if alive else None


def end(numbers: Sequence[int]) -> None:
    """Asked first, and the leaders before what they leave: a task's command leads a session of its own.

    The number of a session whose leader is gone is nobody else's while one of its processes lives.
    """
    family = list(_family(numbers))
    for number in numbers:
        with suppress(ProcessLookupError):
            os.killpg(number, signal.SIGTERM)
    psutil.wait_procs([process for process in family if process.pid in numbers], timeout=GRACE)
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        for process in family:
            with suppress(psutil.NoSuchProcess):
                ask(process)
        psutil.wait_procs(family, timeout=GRACE / 6)


def _family(numbers: Sequence[int]) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            if os.getsid(process.pid) in numbers:
                yield process
                yield from process.children(recursive=True)
