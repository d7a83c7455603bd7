"""Files judged in child processes with limits: one that crashes, hangs or eats memory costs itself alone.

Children live long (starting one costs half a second) and are the same for `check`, the portal and the night. A fault of
ours is not the file's: it comes back as Failed, and the submission stays received.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from intake.guard import refused
from intake.judgement import EntryVerdict, Identity
from intake.readers import Rejected

_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from intake.worker import main; main(int(sys.argv[2]), *map(int, sys.argv[3:]))"
# Allocators and thread pools that reserve address space ahead of need fail, or hang, under a limit on it.
_ALLOCATION = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
_START_SECONDS = 120
_ATTEMPTS = 2


@dataclass(frozen=True)
class PoolLimits:
    """Of one child (`memory`, bytes of address space) and of one file: seconds of CPU, and of waiting, plus so many a MiB."""

    memory: int = 1_500_000_000
    cpu_seconds: int = 60
    wall_seconds: int = 240
    seconds_per_mib: int = 4


@dataclass(frozen=True)
class Request:
    """`out_stem` None: nothing is written (the tables are lost, the verdict stays)."""

    id: int
    path: Path
    name: str
    manifest_entry: Mapping[str, Any] | None
    path_hints: Mapping[str, str]
    out_stem: Path | None


@dataclass(frozen=True)
class Judged:
    """A Judgement without its tables, which lie in `<out_stem>.arrow` and `<out_stem>.findings.arrow` under these hashes."""

    identity: Identity
    reader: str
    contract_hash: str
    verdict: str
    entries: tuple[EntryVerdict, ...]
    counts: Mapping[str, Mapping[str, int]]
    controls: Mapping[str, str]
    header: Mapping[str, Mapping[str, Any]]
    silver_rows: int
    quarantine_rows: int
    staged_sha256: str = ""
    findings_sha256: str = ""


@dataclass(frozen=True)
class Failed:
    """An error of ours: its kind and where it arose, no message, since a message may quote a row."""

    kind: str
    frames: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}：{' ← '.join(reversed(self.frames))}"


@dataclass(frozen=True)
class Result:
    request: Request
    outcome: Judged | Rejected | Failed
    seconds: float


class Pool:
    """Use as a context manager. Raises RuntimeError when a child cannot even start."""

    def __init__(self, workers: int, limits: PoolLimits | None = None) -> None:
        self._limits = limits or PoolLimits()
        self._workers = [_Worker(self._limits) for _ in range(max(workers, 1))]

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

    def _give(self, todo: Iterator[Request], again: deque[Request]) -> list[_Worker]:
        """Hands a file to every idle worker while there are any; the workers that have one."""
        for index, worker in enumerate(self._workers):
            if worker.request is None and (request := again.popleft() if again else next(todo, None)):
                self._workers[index] = worker if worker.alive else worker.replaced()
                self._workers[index].give(request)
        return [w for w in self._workers if w.request is not None]


class _Worker:
    """One child and the file it has. It is replaced, never repaired."""

    def __init__(self, limits: PoolLimits) -> None:
        self._limits = limits
        self._scratch = tempfile.TemporaryDirectory(prefix="guozi-worker-")
        self._said = Path(self._scratch.name) / "said"
        ours, theirs = socket.socketpair()
        with theirs, self._said.open("wb") as said:
            arguments = [json.dumps(sys.path), str(theirs.fileno()), str(limits.memory), str(limits.cpu_seconds), str(limits.seconds_per_mib)]
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, *arguments], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, start_new_session=True, env={**os.environ, **_ALLOCATION, "TMPDIR": self._scratch.name},
            )  # fmt: skip
        self.connection = Connection(ours.detach())
        self.request: Request | None = None
        self.alive, self._ready = True, False
        self.deadline = time.monotonic() + _START_SECONDS
        self.seconds, self._since = 0.0, 0.0

    def replaced(self) -> _Worker:
        self.stop()
        return _Worker(self._limits)

    def give(self, request: Request) -> None:
        self.request = request
        if self._ready:
            self._start_clock(request)
        else:
            self.deadline = time.monotonic() + _START_SECONDS
        try:
            self.connection.send(request)
        except (BrokenPipeError, ConnectionResetError):
            self.deadline = 0.0

    def _start_clock(self, request: Request) -> None:
        self._since = time.monotonic()
        self.deadline = self._since + self._limits.wall_seconds + self._limits.seconds_per_mib * _mib(request.path)

    def take(self) -> Judged | Rejected | Failed | None:
        """What came of the file, or None while it is still being read."""
        request = self.request
        if request is None:
            return None
        try:
            if self.connection.poll():
                kind, value = self.connection.recv()
                if kind == "ready":
                    self._ready = True
                    self._start_clock(request)
                    return None
                self.alive = kind == "done"
                return self._finished(value)
        except (EOFError, ConnectionResetError):
            return self._finished(self._death())
        if time.monotonic() < self.deadline:
            return None
        self._process.kill()
        self._death()
        return self._finished(refused("GRD-TIME", request.name))

    def _finished(self, outcome: Judged | Rejected | Failed) -> Judged | Rejected | Failed:
        self.request, self.seconds = None, time.monotonic() - self._since
        return outcome

    def _death(self) -> Rejected:
        """Why the child is gone. Raises RuntimeError when it never began: then the fault is not the file's."""
        self.alive = False
        code = self._process.wait()
        said = self._said.read_bytes()
        if not self._ready:
            raise RuntimeError(f"审核子进程无法启动（退出码 {code}）：{said[-2000:].decode('utf-8', 'replace')}")
        name = self.request.name if self.request else ""
        if code == -signal.SIGXCPU:
            return refused("GRD-TIME", name)
        if b"memory allocation" in said or b"bad_alloc" in said:
            return refused("GRD-MEMORY", name)
        return refused("GRD-CRASH", name, _signal_name(code))

    def abandon(self) -> None:
        """Nobody waits for the answer any more: the child with a file ends."""
        if self.request is not None:
            self.request = None
            self.stop()

    def stop(self) -> None:
        self.alive = False
        self.connection.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._scratch.cleanup()


def _mib(path: Path) -> int:
    return path.stat().st_size >> 20 if path.exists() else 0


def _signal_name(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"退出码 {code}"
