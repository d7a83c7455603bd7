"""Which files of a folder are reports, which of them are whole, and how their names read."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath

from intake.manifest import MANIFEST

_TEMPORARY = (".part", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".partial", ".swp")
_LITTER = ("thumbs.db", "desktop.ini")


def readable(path: PurePath) -> PurePosixPath:
    """The path as text. A part that is not UTF-8 is read as GB18030 (archives from Chinese Windows unpack so); one that
    is neither keeps its bytes written out."""
    return PurePosixPath(*(_text(os.fsencode(part)) for part in path.parts))


def _text(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "backslashreplace")


def is_report(path: Path) -> bool:
    """Not a temporary name (being written, an office program's lock), a link, a manifest or a system's litter."""
    name = path.name.lower()
    if name.startswith((".", "~")) or name.endswith(_TEMPORARY) or name in _LITTER or name == MANIFEST:
        return False
    return path.is_file() and not path.is_symlink()


def whole(paths: Iterable[Path], pause: float = 0.2) -> list[Path]:
    """Those of the reports among `paths` that stay as they are for `pause` seconds (size and time of change), in the
    order given; one pause for all. What is still growing is left for the next night."""
    first = {path: _look(path) for path in paths if is_report(path)}
    if first:
        time.sleep(pause)
    return [path for path, seen in first.items() if seen is not None and _look(path) == seen]


def _look(path: Path) -> tuple[int, int] | None:
    try:
        seen = path.stat()
    except FileNotFoundError:
        return None
    return seen.st_size, seen.st_mtime_ns
