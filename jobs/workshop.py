"""A process's own folder for files in the making; what a killed process left is cleared by the next on the same host."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.settings import Settings


@contextmanager
def workshop(settings: Settings) -> Iterator[Path]:
    """An empty folder under `work/`, gone afterwards."""
    host = socket.gethostname()
    root = settings.home / "work"
    for left in root.glob(f"{host}-*"):
        number = left.name.removeprefix(f"{host}-")
        if not number.isdigit() or not _alive(int(number)):
            shutil.rmtree(left)
    own = root / f"{host}-{os.getpid()}"
    own.mkdir(parents=True)
    try:
        yield own
    finally:
        shutil.rmtree(own)


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return number != os.getpid()
