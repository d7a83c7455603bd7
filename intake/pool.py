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
from intake.work import Failed, Judged, PoolLimits, Request, Result

__all__ = ["Failed", "Judged", "Pool", "PoolLimits", "Request", "Result"]
_ATTEMPTS = 2


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
        """Results as they come. A file on which a child died by a signal is tried once more before it is refused."""
        todo, again, attempts = iter(requests), deque[Request](), Counter[int]()
        try:
            while busy := self._give(todo, again):
                wait([w.connection for w in busy], max(min(w.deadline for w in busy) - time.monotonic(), 0))
                for worker in busy:
                    request, outcome = worker.request, worker.take()
                    if outcome is None or request is None:
                        continue
                    attempts[request.id] += 1
                    if isinstance(outcome, Rejected) and outcome.rule_id == "GRD-CRASH" and attempts[request.id] < _ATTEMPTS:
                        again.append(request)
                    else:
                        yield Result(request, outcome, worker.seconds)
        finally:
            for worker in self._workers:
                worker.abandon()

    def _give(self, todo: Iterator[Request], again: deque[Request]) -> list[Child]:
        """Hands a file to every idle worker while there are any; the workers that have one."""
        for index, worker in enumerate(self._workers):
            if worker.request is None and (request := again.popleft() if again else next(todo, None)):
                self._workers[index] = worker if worker.alive else worker.replaced()
                self._workers[index].give(request)
        return [w for w in self._workers if w.request is not None]
