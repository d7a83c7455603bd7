"""Backup and restore of ledger and lake together: what is restored is a state in which a night could have been killed.

The ledger is copied first, the lake after it; when the ledger moved meanwhile, the copy is taken again (what was copied stays).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from catalog.archive import Damaged
from catalog.lakes import Files, whole
from catalog.ledger.copies import put_back, refuse_filled
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused
from catalog.progress import Progress, silent
from catalog.settings import Settings
from catalog.tables import FOLDERS, LAYERS
from catalog.whole import Held, Manifest, Vault
from jobs.lease import Busy, lease

_ATTEMPTS = 3
_LEDGER = "台账副本"


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
    """Raises Busy while a build writes gold or the ledger does not stand still, Damaged where an object is not what was stored."""
    lake, vault = whole(settings), Vault(target)
    if lake.holds(target):
        raise Refused(f"备份目录 {target} 在湖里面；请放到另一块磁盘上")
    target.mkdir(parents=True, exist_ok=True)
    ledger = Ledger.open(settings)
    try:
        with lease(settings, ledger):
            for _ in range(_ATTEMPTS):
                made = _attempt(settings, ledger, vault, lake, progress)
                if made.seq == ledger.seq():
                    return made
    finally:
        ledger.close()
    raise Busy("备份期间台账一直有新的记录，没有得到一致的备份；请等登记和装载结束后再运行 guozi backup")


def restore(settings: Settings, source: Path, number: int | None = None, progress: Progress = silent) -> Manifest:
    """Into an empty home only; every file is compared with its hash before anything takes its place. Raises Refused, Damaged.

    Killed, the next call begins anew: the ledger comes last.
    """
    lake, vault = whole(settings), Vault(source)
    manifest = vault.manifest(number)
    if any(".." in Path(name).parts or Path(name).parts[0] not in (*LAYERS, *FOLDERS) for name in manifest.files):
        raise Damaged(f"备份 {source} 的清单里有不属于湖的文件名；请换一份备份")
    lake.refuse_filled(manifest)
    refuse_filled(settings.ledger)
    ledger = vault.take(manifest.ledger, _LEDGER)
    lake.fill(manifest, vault, progress)
    with TemporaryDirectory(prefix="guozi-restore-") as folder:
        put_back(Path(shutil.copyfile(ledger, Path(folder) / "ledger.db")), settings.ledger)
    return manifest


def _attempt(settings: Settings, ledger: Ledger, vault: Vault, lake: Files, progress: Progress) -> BackupReport:
    with TemporaryDirectory(prefix="guozi-backup-") as folder:
        copy = Path(folder) / "ledger.db"
        seq = ledger.copy_to(copy)
        kept, _ = vault.keep(copy)
    files: dict[str, Held] = {}
    copied = copied_bytes = 0
    names = lake.names()
    for done, name in enumerate(names, 1):
        files[name], new = lake.keep(name, vault)
        copied, copied_bytes = copied + new, copied_bytes + new * files[name].size
        progress("备份文件", done, len(names))
    number = max(vault.numbers(), default=0) + 1
    report = BackupReport(number, seq, len(files), sum(h.size for h in files.values()), copied, copied_bytes)
    if ledger.seq() == seq:
        vault.write(Manifest(number, seq, settings.today.isoformat(), kept.sha256, files))
    return report
