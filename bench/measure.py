"""A command run cold, watched from outside: wall time, peak resident memory of its Python and of its Java processes."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

_EVERY = 0.1


@dataclass(frozen=True)
class Measured:
    """`said` is the JSON on the last line of the command's output; memory is the peak of the sum over its processes (MB), `cpu`
    their seconds of processor time: where others load the machine, what was waited says little.
    """

    seconds: float
    cpu: float
    python_mb: int
    jvm_mb: int
    said: dict[str, Any]


def measured(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Raises RuntimeError with the end of its output when the command fails."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env={**os.environ, **environment})  # fmt: skip
    peaks = {"python": 0, "java": 0}
    spent: dict[int, float] = {}
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, spent), daemon=True)
    watcher.start()
    output, _ = process.communicate()
    seconds = round(time.monotonic() - started, 2)
    watcher.join()
    if process.returncode:
        raise RuntimeError("\n".join(["测速的命令失败：", *output.splitlines()[-25:]]))
    return Measured(
        seconds,
        round(sum(spent.values()), 1),
        peaks["python"] >> 20,
        peaks["java"] >> 20,
        json.loads(output.splitlines()[-1]),
    )


def _watch(pid: int, peaks: dict[str, int], spent: dict[int, float]) -> None:
    try:
        root = psutil.Process(pid)
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            family = [root, *root.children(recursive=True)]
            for kind, resident in _resident(family, spent).items():
                peaks[kind] = max(peaks[kind], resident)
            time.sleep(_EVERY)
    except psutil.NoSuchProcess:
        return


def _resident(processes: Sequence[psutil.Process], spent: dict[int, float]) -> dict[str, int]:
    """Proportional set size where the system tells it: pages that forked children share count once."""
    total = {"python": 0, "java": 0}
    for process in processes:
        try:
            kind = "java" if process.name().startswith("java") else "python"
            total[kind] += process.memory_full_info().pss
            used = process.cpu_times()
            spent[process.pid] = used.user + used.system
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
