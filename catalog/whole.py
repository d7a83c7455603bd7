"""A place that keeps files by their SHA-256, and what it held when: what a backup is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from catalog.archive import Damaged, FolderFiles, hash_of
from catalog.ledger.values import Refused
from schemas.freeze import digest

_OBJECTS = "objects"


@dataclass(frozen=True)
class Held:
    """A file as it was: its bytes by hash, permissions, and the time of its last change (nanoseconds)."""

    sha256: str
    size: int
    mode: int
    changed: int


@dataclass(frozen=True)
class Manifest:
    """One backup: everything up to event `seq`. `ledger` is the SHA-256 of the ledger's copy, `files` by name below the lake, the same
    for a folder and an object store.
    """

    number: int
    seq: int
    day: str
    ledger: str
    files: Mapping[str, Held]


class Vault:
    """A folder of backups: `objects/<sha256>`, each file once, and a manifest a backup."""

    def __init__(self, root: Path) -> None:
        self.root, self._objects = root, FolderFiles(root / _OBJECTS)

    def keep(self, path: Path) -> tuple[Held, bool]:
        """Keeps a file; whether its bytes were new. A kept file is compared with its hash by `take`, not here."""
        said, sha256 = path.stat(), hash_of(path)
        new = not self._objects.exists(sha256)
        if new:
            sha256 = self._objects.put(path).sha256
        return Held(sha256, said.st_size, said.st_mode & 0o777, said.st_mtime_ns), new

    def take(self, sha256: str, name: str) -> Path:
        """Raises Damaged, naming the file that was backed up."""
        try:
            return self._objects.local(sha256, sha256)
        except Damaged as broken:
            raise Damaged(f"备份 {self.root} 里的 {name} 不能用：{broken}；请换一份备份（--number）或另一处备份") from None

    def write(self, manifest: Manifest) -> None:
        self._objects.sync()
        said = asdict(manifest)
        temporary = self.root / f".{manifest.number}.json"
        temporary.write_text(json.dumps({**said, "sha256": digest(said)}, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        FolderFiles(self.root).move(temporary, f"{manifest.number}.json")
        FolderFiles(self.root).sync()

    def forget(self) -> None:
        """Only the last backup stays: earlier ones and whatever only they held are deleted."""
        last = self.manifest()
        needed = {last.ledger, *(held.sha256 for held in last.files.values())}
        for number in self.numbers()[:-1]:
            FolderFiles(self.root).remove(f"{number}.json")
        for sha256 in [name for name in self._objects.names() if name not in needed]:
            self._objects.remove(sha256)

    def numbers(self) -> list[int]:
        return sorted(int(p.stem) for p in self.root.glob("*.json") if p.stem.isdigit())

    def manifest(self, number: int | None = None) -> Manifest:
        """That of a number, or the last. Raises Refused, Damaged."""
        known = self.numbers()
        if not known or (number is not None and number not in known):
            asked = "备份" if number is None else f"第 {number} 次备份"
            raise Refused(f"{self.root} 里没有{asked}；现有：{'、'.join(map(str, known)) or '无'}")
        path = self.root / f"{number or known[-1]}.json"
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            told = said.pop("sha256")
        except (ValueError, KeyError, AttributeError):
            said, told = {}, "?"
        if digest(said) != told:
            raise Damaged(f"备份清单 {path} 的内容与它的 SHA-256 不符；请换一份备份（--number）或另一处备份")
        return Manifest(**{**said, "files": {name: Held(**held) for name, held in said["files"].items()}})
