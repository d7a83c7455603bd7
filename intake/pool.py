"""Files judged in child processes with limits: one that crashes, hangs or eats memory costs itself alone.

Children live long (starting one costs half a second) and are the same for `check`, the portal and the night. A fault of
ours is not the file's: it comes back as Failed, and the submission stays received.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import wait
from types import TracebackType

from intake.child import Child
from intake.readers import Rejected
from intake.work import Failed, Judged, Pile, PoolLimits, Request, Result

__all__ = ["Failed", "Judged", "Pool", "PoolLimits", "Request", "Result"]
_ATTEMPTS = 2
# Judging a pile of twelve cards costs a quarter of judging them one by one; more gains little and balances worse.
_PILE, _SMALL = 12, 256 << 10


class Pool:
    """Use as a context manager. Raises RuntimeError when a child cannot even start."""

    def __init__(self, workers: int, limits: PoolLimits | None = None) -> None:
        self._limits = limits or PoolLimits()
        self._workers = [Child(self._limits) for _ in range(max(workers, 1))]

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        for worker in self._workers:
            worker.stop()

    def run(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Results as they come. Small files go to a child in piles; a pile on which it died or hung is taken apart.

        A file on which a child died by a signal is tried once more before it is refused.
        """
        todo, again, attempts = _piles(requests), deque[Pile](), Counter[int]()
        try:
            while busy := self._give(todo, again):
                wait([w.connection for w in busy], max(min(w.deadline for w in busy) - time.monotonic(), 0))
                for worker in busy:
                    pile, outcomes = worker.pile, worker.take()
                    if outcomes is None:
                        continue
                    if len(pile) > 1 and not worker.alive:
                        again.extend((request,) for request in pile)
                        continue
                    for request, outcome in zip(pile, outcomes, strict=True):
                        attempts[request.id] += 1
                        if isinstance(outcome, Rejected) and outcome.rule_id == "GRD-CRASH" and attempts[request.id] < _ATTEMPTS:
                            again.append((request,))
                        else:
                            yield Result(request, outcome)
        finally:
            for worker in self._workers:
                worker.abandon()

    def _give(self, todo: Iterator[Pile], again: deque[Pile]) -> list[Child]:
        """Hands a pile to every idle worker while there are any; the workers that have one."""
        for index, worker in enumerate(self._workers):
            if not worker.pile and (pile := again.popleft() if again else next(todo, None)):
                self._workers[index] = worker if worker.alive else worker.replaced()
                self._workers[index].give(pile)
        return [w for w in self._workers if w.pile]


def _piles(requests: Iterable[Request]) -> Iterator[Pile]:
    """Small files that follow each other, some at a time; a large one alone."""
    pile: list[Request] = []
    for request in requests:
        small = request.path.exists() and request.path.stat().st_size < _SMALL
        if pile and (not small or len(pile) == _PILE):
            yield tuple(pile)
            pile = []
        if small:
            pile.append(request)
        else:
            yield (request,)
    if pile:
        yield tuple(pile)
