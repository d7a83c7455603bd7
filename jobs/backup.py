"""Backup and restore of ledger and lake together: what is restored is a state in which a night could have been killed.

The ledger is copied first, the lake after it; when the ledger moved meanwhile, the copy is taken again (what was copied stays).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from catalog.archive import Damaged
from catalog.ledger.copies import put_back, refuse_filled
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused
from catalog.progress import Progress, silent
from catalog.settings import Settings
from catalog.whole import Held, Manifest, Vault, lake_files, lake_root
from jobs.lease import Busy, lease

_ATTEMPTS = 3
_LEDGER, _PART = "台账副本", ".restoring"


@dataclass(frozen=True)
class BackupReport:
    """`copied` of `files` were new to the folder; the others lay there with the same hash."""

    number: int
    seq: int
    files: int
    bytes: int
    copied: int
    copied_bytes: int


def backup(settings: Settings, target: Path, progress: Progress = silent) -> BackupReport:
    """Raises Busy while a build writes gold or the ledger does not stand still, Refused for a lake on an object store."""
    root, vault = lake_root(settings), Vault(target)
    if target.resolve().is_relative_to(root.resolve()):
        raise Refused(f"备份目录 {target} 在湖里面；请放到另一块磁盘上")
    target.mkdir(parents=True, exist_ok=True)
    ledger = Ledger.open(settings)
    try:
        with lease(settings, ledger):
            for _ in range(_ATTEMPTS):
                made = _attempt(settings, ledger, vault, root, progress)
                if made.seq == ledger.seq():
                    return made
    finally:
        ledger.close()
    raise Busy("备份期间台账一直有新的记录，没有得到一致的备份；请等登记和装载结束后再运行 guozi backup")


def restore(settings: Settings, source: Path, number: int | None = None, progress: Progress = silent) -> Manifest:
    """Into an empty home only; every file is compared with its hash before anything takes its place. Raises Refused, Damaged.

    Killed, the next call begins anew: the ledger comes last.
    """
    root, vault = lake_root(settings), Vault(source)
    manifest = vault.manifest(number)
    if root.exists() and any(root.iterdir()):
        raise Refused(f"{root} 里已有数据，只能恢复到空的位置；请把 GUOZI_HOME 指向一个空目录")
    refuse_filled(settings.ledger)
    part = root.with_name(f"{root.name}{_PART}")
    shutil.rmtree(part, ignore_errors=True)
    for done, (name, held) in enumerate(manifest.files.items(), 1):
        _put(vault, name, held, part / name)
        progress("恢复文件", done, len(manifest.files))
    ledger = vault.take(manifest.ledger, _LEDGER)
    part.mkdir(parents=True, exist_ok=True)
    if root.exists():
        root.rmdir()
    part.rename(root)
    with TemporaryDirectory(prefix="guozi-restore-") as folder:
        put_back(Path(shutil.copyfile(ledger, Path(folder) / "ledger.db")), settings.ledger)
    return manifest


def _attempt(settings: Settings, ledger: Ledger, vault: Vault, root: Path, progress: Progress) -> BackupReport:
    with TemporaryDirectory(prefix="guozi-backup-") as folder:
        copy = Path(folder) / "ledger.db"
        seq = ledger.copy_to(copy)
        kept, _ = vault.keep(copy)
    files: dict[str, Held] = {}
    copied = copied_bytes = 0
    names = list(lake_files(root))
    for done, name in enumerate(names, 1):
        files[name], new = vault.keep(root / name)
        copied, copied_bytes = copied + new, copied_bytes + new * files[name].size
        progress("备份文件", done, len(names))
    number = max(vault.numbers(), default=0) + 1
    report = BackupReport(number, seq, len(files), sum(h.size for h in files.values()), copied, copied_bytes)
    if ledger.seq() == seq:
        vault.write(Manifest(number, seq, settings.today.isoformat(), kept.sha256, files))
    return report


def _put(vault: Vault, name: str, held: Held, target: Path) -> None:
    if ".." in Path(name).parts or Path(name).is_absolute():
        raise Damaged(f"备份 {vault.root} 的清单里有不属于湖的文件名；请换一份备份")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(vault.take(held.sha256, name), target)
    target.chmod(held.mode)
    os.utime(target, ns=(held.changed, held.changed))
