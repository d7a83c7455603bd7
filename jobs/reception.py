"""The door: whole files of `incoming/` are archived, numbered and taken away, in order of arrival day, then path."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from catalog.archive import Unsettled, archive
from catalog.failpoint import reach
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Arrival
from catalog.progress import Progress
from catalog.settings import Settings
from intake.arriving import is_report, readable, whole
from intake.identify import from_path, manifest_for
from intake.manifest import MANIFEST
from intake.readers import Rejected

_CHUNK = 200


@dataclass(frozen=True)
class _Found:
    path: Path
    name: str
    day: date
    entry: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    manifest: str = ""
    refusal: tuple[str, str, str, str] | None = None


@dataclass(frozen=True)
class Reception:
    """`numbered` submissions; `unreadable`: names of files that stay in incoming because they may not be read."""

    numbered: int
    unreadable: tuple[str, ...]


def receive(settings: Settings, ledger: Ledger, progress: Progress) -> Reception:
    """Takes in every whole file.

    Killed anywhere, the next call goes on: a file is removed only after its bytes are archived and its receipt is
    written, and one that was left behind in between is not numbered twice.
    """
    manifests = _Manifests(settings)
    looked = sorted((_look(settings, manifests, p) for p in _reports(settings)), key=lambda f: (f.day, f.name))
    found = [f for f in looked if os.access(f.path, os.R_OK)]
    numbered, done = 0, 0
    waiting = iter(found)
    while chunk := list(islice(waiting, _CHUNK)):
        numbered += _take(settings, ledger, chunk)
        done += len(chunk)
        progress("接收文件", done, len(found))
    manifests.clear(ledger)
    return Reception(numbered, tuple(f.name for f in looked if not os.access(f.path, os.R_OK) and f.path.exists()))


def _reports(settings: Settings) -> list[Path]:
    if not settings.incoming.is_dir():
        return []
    return whole(p for p in sorted(settings.incoming.rglob("*")) if is_report(p))


def _look(settings: Settings, manifests: _Manifests, path: Path) -> _Found:
    relative = readable(path.relative_to(settings.incoming))
    found = _Found(path, str(relative), settings.today)
    try:
        entry, sha256 = manifests.entry(path)
        found = replace(found, entry=entry, manifest=sha256)
        arrived = entry.get("arrived") if settings.arrivals == "manifest" else None
        found = replace(found, day=date.fromisoformat(arrived)) if arrived else found
        return replace(found, hints=from_path(relative))
    except Rejected as no:
        return replace(found, refusal=(no.rule_id, no.where, no.why, no.todo))
    except ValueError:
        why = f"{relative.name} 的到达日期不是日期"
        return replace(found, refusal=("IDN-MANIFEST", MANIFEST, why, "应写作 2026-03-31"))


def _take(settings: Settings, ledger: Ledger, chunk: Iterable[_Found]) -> int:
    """Archives, numbers, removes. A file that changes while it is copied stays for the next night."""
    taken = [(found, arrival) for found in chunk if (arrival := _archived(settings, found))]
    archive(settings).sync()
    reach("land.archived")
    made = ledger.receive([arrival for _, arrival in taken])
    reach("land.received")
    for found, arrival in taken:
        if _origin(found.path) == arrival.origin:
            found.path.unlink(missing_ok=True)
    return len(made)


def _archived(settings: Settings, found: _Found) -> Arrival | None:
    try:
        origin = _origin(found.path)
        kept = archive(settings).put(found.path)
    except (Unsettled, FileNotFoundError):
        return None
    return Arrival(
        sha256=kept.sha256, size=kept.size, name=found.name, received_on=found.day.isoformat(), manifest=found.manifest,
        origin=origin, manifest_entry=found.entry, path_hints=found.hints, refusal=found.refusal,
    )  # fmt: skip


def _origin(path: Path) -> str:
    """Names this very file: a copy made later, even of the same bytes and dates, has another change time."""
    try:
        seen = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return ""
    return f"{seen.st_dev}:{seen.st_ino}:{seen.st_ctime_ns}"


class _Manifests:
    """The manifests of the folders at hand: archived when read, removed when every file they name was received."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: dict[Path, tuple[dict[str, dict[str, Any]], str]] = {}

    def entry(self, path: Path) -> tuple[dict[str, Any], str]:
        """What the folder's manifest says of the file, and the manifest's SHA-256; nothing where there is none."""
        folder, name = path.parent, readable(path).name
        if folder not in self._read:
            self._read[folder] = self._open(folder)
        entries, sha256 = self._read[folder]
        return dict(entries.get(name, {})), sha256 if name in entries else ""

    def clear(self, ledger: Ledger) -> None:
        """A manifest that cannot be read stays where it is, for its sender to mend."""
        for folder in self._folders():
            try:
                entries, sha256 = self._read.get(folder) or self._open(folder)
            except Rejected:
                continue
            names = {str(readable((folder / file).relative_to(self._settings.incoming))) for file in entries}
            present = any((folder / file).exists() for file in entries)
            if entries and not present and names <= ledger.received_under(sha256):
                (folder / MANIFEST).unlink()

    def _open(self, folder: Path) -> tuple[dict[str, dict[str, Any]], str]:
        entries = {file: dict(entry) for file, entry in manifest_for(folder).items()}
        return entries, archive(self._settings).put(folder / MANIFEST).sha256 if entries else ""

    def _folders(self) -> Iterator[Path]:
        if self._settings.incoming.is_dir():
            yield from (p.parent for p in sorted(self._settings.incoming.rglob(MANIFEST)))
