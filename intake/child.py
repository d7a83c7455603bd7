"""The parent's hold on one judging child: starts it, hands it a pile of files, and says what became of each."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from catalog.settings import without_keys
from intake.guard import refused
from intake.readers import Rejected
from intake.work import Outcome, Pile, PoolLimits
from schemas.declared import folder

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from intake.worker import main; main(sys.argv[2], *map(int, sys.argv[3:]))"
)
# Allocators and thread pools that reserve address space ahead of need fail, or hang, under a limit on it.
_ALLOCATION = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
_START_SECONDS = 120


class Child:
    """One child and the pile it has. It is replaced, never repaired."""

    def __init__(self, limits: PoolLimits) -> None:
        self._limits = limits
        self._scratch = tempfile.TemporaryDirectory(prefix="guozi-worker-")
        self._said = Path(self._scratch.name) / "said"
        ours, theirs = socket.socketpair()
        with theirs, self._said.open("wb") as said:
            numbers = (theirs.fileno(), limits.memory, limits.cpu_seconds, limits.seconds_per_mib)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(folder()), *map(str, numbers)], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                env={**without_keys(os.environ), **_ALLOCATION, "TMPDIR": self._scratch.name},
            )  # fmt: skip
        self.connection = Connection(ours.detach())
        self.pile: Pile = ()
        self.alive, self._ready = True, False
        self.deadline = time.monotonic() + _START_SECONDS
        self._since = 0.0

    def replaced(self) -> Child:
        self.stop()
        return Child(self._limits)

    def give(self, pile: Pile) -> None:
        self.pile = pile
        if self._ready:
            self._start_clock()
        else:
            self.deadline = time.monotonic() + _START_SECONDS
        try:
            self.connection.send(pile)
        except (BrokenPipeError, ConnectionResetError):
            self.deadline = 0.0

    def _start_clock(self) -> None:
        """A file that hangs keeps its pile waiting no longer than it would be waited for alone."""
        self._since = time.monotonic()
        self.deadline = self._since + self._limits.wall_seconds + self._limits.seconds_per_mib * sum(_mib(r.path) for r in self.pile)

    def take(self) -> list[Outcome] | None:
        """What came of each file, or None while they are still being read. A child that died gives one reason for all."""
        if not self.pile:
            return None
        try:
            if self.connection.poll():
                kind, value = self.connection.recv()
                if kind == "ready":
                    self._ready = True
                    self._start_clock()
                    return None
                self.alive = kind == "done"
                return self._finished(value)
        except (EOFError, ConnectionResetError):
            return self._finished([self._death()] * len(self.pile))
        if time.monotonic() < self.deadline:
            return None
        self._process.kill()
        self._death()
        return self._finished([refused("GRD-TIME", self.pile[0].name)] * len(self.pile))

    def _finished(self, outcomes: list[Outcome]) -> list[Outcome]:
        self.pile = ()
        return outcomes

    def _death(self) -> Rejected:
        """Why the child is gone. Raises RuntimeError when it never began: then the fault is not the file's."""
        self.alive = False
        code = self._process.wait()
        said = self._said.read_bytes()
        if not self._ready:
            raise RuntimeError(f"审核子进程无法启动（退出码 {code}）：{said[-2000:].decode('utf-8', 'replace')}")
        name = self.pile[0].name if self.pile else ""
        if code == -signal.SIGXCPU:
            return refused("GRD-TIME", name)
        if b"memory allocation" in said or b"bad_alloc" in said:
            return refused("GRD-MEMORY", name)
        return refused("GRD-CRASH", name, _signal_name(code))

    def abandon(self) -> None:
        """Nobody waits for the answer any more: the child with a file ends."""
        if self.pile:
            self.pile = ()
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
