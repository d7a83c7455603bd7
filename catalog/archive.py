"""Files beside the tables: received (`archive/<sha256>`), judged (`staged/`), published (`released/`).

A file appears whole or not at all, is never changed, and is compared with its SHA-256 when read.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from catalog.settings import Settings
from catalog.tables import folder

_CHUNK = 1 << 20


class Damaged(Exception):
    """A kept file is missing or its bytes are not what was kept; the message names it and says what to do."""


class Unsettled(Exception):
    """The source changed while it was being copied; nothing was kept."""


@dataclass(frozen=True)
class Kept:
    name: str
    sha256: str
    size: int


class Files(Protocol):
    """A place for files of one kind: a folder (`FolderFiles`) or a prefix of a bucket (`catalog.objects.ObjectFiles`)."""

    def put(self, source: Path, name: str = "") -> Kept:
        """Copies a file under `name`, or under its SHA-256. Keeping the same bytes again changes nothing.

        Raises Unsettled when the source changes meanwhile, OSError when it cannot be read or written.
        """

    def move(self, source: Path, name: str) -> None:
        """Moves a finished local file in under `name`."""

    def sync(self) -> None:
        """After this, what was put or moved survives a loss of power; call it before the ledger names the files."""

    def local(self, name: str, sha256: str = "") -> Path:
        """A readable path of the file, compared with `sha256` if given. Raises Damaged."""

    def exists(self, name: str) -> bool: ...

    def remove(self, name: str) -> None:
        """Deletes a file for good, by order of two people alone (`jobs.purge`); one that is gone already is fine."""

    def names(self) -> Iterator[str]:
        """All names, sorted."""


class FolderFiles:
    """Files in a local folder: written beside, synced, renamed, read-only; the folder itself is synced by `sync`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, source: Path, name: str = "") -> Kept:
        self.root.mkdir(parents=True, exist_ok=True)
        temporary = self.root / f".{os.getpid()}.part"
        try:
            sha256, size = copy(source, temporary)
            kept = Kept(name or sha256, sha256, size)
            if not self.exists(kept.name):
                self._finish(temporary, kept.name)
        finally:
            temporary.unlink(missing_ok=True)
        return kept

    def move(self, source: Path, name: str) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            with source.open("rb") as finished:
                os.fsync(finished.fileno())
            self._finish(source, name)
        except OSError as trouble:
            if trouble.errno != errno.EXDEV:
                raise
            self.put(source, name)
            source.unlink()

    def sync(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        directory = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def local(self, name: str, sha256: str = "") -> Path:
        path = self._path(name)
        if not path.is_file():
            raise Damaged(f"找不到文件 {path}；请从备份恢复后重试")
        if sha256 and hash_of(path) != sha256:
            raise Damaged(f"文件 {path} 的内容与台账记录的 SHA-256 不符，已停止使用；请从备份恢复后重试")
        return path

    def exists(self, name: str) -> bool:
        return self._path(name).is_file()

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        if self.root.is_dir():
            yield from sorted(p.name for p in self.root.iterdir() if not p.name.startswith("."))

    def _finish(self, temporary: Path, name: str) -> None:
        temporary.chmod(0o444)
        os.replace(temporary, self._path(name))

    def _path(self, name: str) -> Path:
        return self.root / plain_name(name)


def archive(settings: Settings) -> Files:
    return _files(settings, "archive")


def staged(settings: Settings) -> Files:
    return _files(settings, "staged")


def released(settings: Settings, number: int) -> Files:
    """Of one official release."""
    return _files(settings, "released", str(number))


def plain_name(name: str) -> str:
    """The name itself. Raises ValueError when it could lead elsewhere."""
    if PurePosixPath(name).name != name or name.startswith("."):
        raise ValueError(f"文件名不能含路径：{name!r}")
    return name


def hash_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as readable:
        return hashlib.file_digest(readable, "sha256").hexdigest()


def _files(settings: Settings, kind: str, *below: str) -> Files:
    place = "/".join((folder(settings, kind), *below))
    if settings.store is None:
        return FolderFiles(Path(place))
    from catalog.objects import ObjectFiles

    return ObjectFiles(settings, settings.store, place)


def copy(source: Path, target: Path) -> tuple[str, int]:
    """SHA-256 and size, counted while copying; synced before return. Raises Unsettled when the source changes meanwhile."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as readable, target.open("wb") as writable:
        before = os.fstat(readable.fileno())
        while chunk := readable.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            writable.write(chunk)
        writable.flush()
        os.fsync(writable.fileno())
        after = os.fstat(readable.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Unsettled(f"{source} 在复制时发生变化，留待下次接收")
    return digest.hexdigest(), size
