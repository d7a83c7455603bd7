"""All files of a lake by their names below it, as a backup copies them and a restore brings them back: in a folder, on a store."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import methodcaller
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from catalog.archive import Damaged, hash_of
from catalog.ledger.values import Refused
from catalog.objects import SHA256, asked, streamed
from catalog.progress import Progress
from catalog.settings import Settings, Store
from catalog.tables import FOLDERS, LAYERS, bucket_of, folder
from catalog.whole import Held, Manifest, Vault

if TYPE_CHECKING:
    from minio import Minio

_PLACES, _LOG = frozenset((*LAYERS, *FOLDERS)), "_delta_log"
_PART = ".restoring"
_WHAT = "恢复文件"


class Files(Protocol):
    def names(self) -> list[str]:
        """Logs before data: whoever copies in this order has the files of every version it has. What is no table or folder of
        the lake, what is recomputed at will and what is still being written is left out.
        """

    def keep(self, name: str, vault: Vault) -> tuple[Held, bool]:
        """Into the vault; whether its bytes were new. Raises Damaged where they are not what was promised of them."""

    def refuse_filled(self, manifest: Manifest) -> None:
        """Raises Refused where anything is there but what a restore of this very backup brought before it was killed."""

    def fill(self, manifest: Manifest, vault: Vault, progress: Progress) -> None:
        """Every file compared with its hash. Raises Damaged."""

    def holds(self, path: Path) -> bool:
        """Whether a local path lies in the lake."""


def whole(settings: Settings) -> Files:
    return FolderLake(Path(settings.lake)) if settings.store is None else StoreLake(settings, settings.store)


class FolderLake:
    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        return _ordered(p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file())

    def keep(self, name: str, vault: Vault) -> tuple[Held, bool]:
        return vault.keep(self.root / name)

    def refuse_filled(self, manifest: Manifest) -> None:
        if self.root.exists() and any(self.root.iterdir()):
            raise Refused(f"{self.root} 里已有数据，只能恢复到空的位置；请把 GUOZI_HOME 指向一个空目录")

    def fill(self, manifest: Manifest, vault: Vault, progress: Progress) -> None:
        part = self.root.with_name(f"{self.root.name}{_PART}")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for done, (name, held) in enumerate(manifest.files.items(), 1):
            target = part / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(vault.take(held.sha256, name), target)
            target.chmod(held.mode)
            os.utime(target, ns=(held.changed, held.changed))
            progress(_WHAT, done, len(manifest.files))
        if self.root.exists():
            self.root.rmdir()
        part.rename(self.root)

    def holds(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.root.resolve())


class StoreLake:
    """Objects of the lake's places and of the archive's bucket. A restored object carries its SHA-256: by it a restore that was
    killed knows what it brought.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self._store = store
        below = {layer: f"{settings.lake.rstrip('/')}/{layer}" for layer in LAYERS} | {name: folder(settings, name) for name in FOLDERS}
        self._places = {name: bucket_of(place) for name, place in below.items()}

    def names(self) -> list[str]:
        return _ordered(name for place in self._places for name in self._listed(place))

    def keep(self, name: str, vault: Vault) -> tuple[Held, bool]:
        bucket, key = self._object(name)
        with TemporaryDirectory(prefix="guozi-backup-") as made:
            part = Path(made) / "part"
            promised, changed = self._ask(f"读取 {bucket}/{key}", lambda s3: (streamed(s3, bucket, key, part), _changed(s3, bucket, key)))
            if promised not in ("", hash_of(part)):
                raise Damaged(f"文件 {bucket}/{key} 的内容与存入时的 SHA-256 不符，没有备份；请先从上一次备份恢复它")
            held, new = vault.keep(part)
        return replace(held, mode=0o444 if name.split("/")[0] in FOLDERS else 0o644, changed=changed), new

    def refuse_filled(self, manifest: Manifest) -> None:
        for name in self.names():
            bucket, key = self._object(name)
            said = self._ask(f"查看 {bucket}/{key}", methodcaller("stat_object", bucket, key)).metadata or {}
            if name not in manifest.files or said.get(SHA256) != manifest.files[name].sha256:
                raise Refused(f"{bucket}/{key} 已有数据，只能恢复到空的位置；请把 GUOZI_LAKE 指向没有用过的桶或目录")

    def fill(self, manifest: Manifest, vault: Vault, progress: Progress) -> None:
        """Data before logs: a table that is there is whole."""
        there = frozenset(self.names())
        for done, name in enumerate(reversed(list(manifest.files)), 1):
            sha256 = manifest.files[name].sha256
            path = vault.take(sha256, name)
            if name not in there:
                self._put(name, path, sha256)
            progress(_WHAT, done, len(manifest.files))

    def holds(self, path: Path) -> bool:
        return False

    def _put(self, name: str, path: Path, sha256: str) -> None:
        bucket, key = self._object(name)
        told: dict[str, str | list[str] | tuple[str]] = {SHA256: sha256}
        self._ask(f"写入 {bucket}/{key}", lambda s3: s3.fput_object(bucket, key, str(path), metadata=told))

    def _listed(self, place: str) -> Iterator[str]:
        bucket, prefix = self._places[place]
        start = f"{prefix}/" if prefix else ""
        found = self._ask(f"列出 {bucket}/{start}", lambda s3: [o.object_name for o in s3.list_objects(bucket, start, recursive=True)])
        yield from (f"{place}/{str(key).removeprefix(start)}" for key in found if not str(key).endswith("/"))

    def _object(self, name: str) -> tuple[str, str]:
        place, _, rest = name.partition("/")
        bucket, prefix = self._places[place]
        return bucket, f"{prefix}/{rest}" if prefix else rest

    def _ask(self, what: str, call: Any) -> Any:
        return asked(self._store, what, call)


def _changed(s3: Minio, bucket: str, key: str) -> int:
    """Nanoseconds of the epoch."""
    modified = s3.stat_object(bucket, key).last_modified
    return int(modified.timestamp()) * 10**9 if modified else 0


def _ordered(names: Iterable[str]) -> list[str]:
    """See `Files.names`."""
    found = [(PurePosixPath(name).parts, name) for name in names]
    kept = [(parts, name) for parts, name in found if parts[0] in _PLACES and not any(part.startswith(".") for part in parts)]
    return [name for _, name in sorted(kept, key=lambda one: (_LOG not in one[0], one[1]))]
