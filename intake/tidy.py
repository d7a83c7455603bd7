"""Upkeep of one Delta table: few files, a checkpoint, and nothing kept longer than the table declares.

Application transactions survive it: a checkpoint carries them, so that a load is refused twice before and after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

_DAY = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Tidied:
    """`files` and `bytes` of what the table says now; `cleared`: files of older versions, or of no version, that were deleted."""

    table: str
    files_before: int
    files: int
    bytes_before: int
    bytes: int
    cleared: int


def tidy(name: str, handle: DeltaTable, keep: Collection[int] = (), *, compact: Callable[[DeltaTable], object] | None) -> Tidied:
    """`keep`: versions that must still be readable afterwards. `compact`: by whoever owns the table's files, if they may be joined.

    Raises what delta-rs raises when another process writes the table in a way that conflicts.
    """
    files_before, bytes_before = _size(handle)
    if compact is not None:
        compact(handle)
    cleared = handle.vacuum(dry_run=False, full=True, keep_versions=sorted(keep) or None)
    handle.update_incremental()
    handle.create_checkpoint()
    if not _oldest_needed(handle, keep):
        handle.cleanup_metadata()
    files, size = _size(handle)
    return Tidied(name, files_before, files, bytes_before, size, len(cleared))


def _oldest_needed(handle: DeltaTable, keep: Collection[int]) -> bool:
    """A version to keep is older than the log is kept: its log entries must stay, or it could not be read."""
    days = handle.metadata().configuration["delta.logRetentionDuration"].split()[1]
    oldest = time.time_ns() // 1_000_000 - int(days) * _DAY
    return any(commit["timestamp"] < oldest for commit in handle.history() if commit["version"] in keep)


def _size(handle: DeltaTable) -> tuple[int, int]:
    stored = pa.table(handle.get_add_actions(flatten=True))
    return stored.num_rows, int(pc.sum(stored["size_bytes"]).as_py() or 0)
