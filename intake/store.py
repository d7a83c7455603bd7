"""The only writer of bronze, silver, quarantine and ops: appends, each exactly once. Data files of silver are our own
(`intake.datafiles`), all others those of delta-rs, which commits both.

A commit carries an application transaction and goes to exactly the version that was looked at, without retry, so
that a writer that overslept is refused by the table itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Field, Schema, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from catalog.objects import unanswered
from catalog.settings import Settings
from catalog.tables import Location, table
from intake import datafiles

_KEPT = "interval 30 days"
_CONFIGURATION: Mapping[str, str | None] = {
    "delta.appendOnly": "true", "delta.logRetentionDuration": _KEPT, "delta.deletedFileRetentionDuration": _KEPT,
}  # fmt: skip


class Overtaken(RuntimeError):
    """Another process wrote the table after it was looked at; nothing was written. Run the stage again."""


@dataclass
class Look:
    """A table as it was when looked at. `append` commits on exactly this version, or raises Overtaken. `own`: where its data
    files are our own; `by_part`: those lie by part of the period.
    """

    name: str
    handle: DeltaTable
    own: Location | None = None
    by_part: bool = False

    def done(self, app_id: str) -> int:
        """The last transaction of `app_id` in the table; -1 for none."""
        last = self.handle.transaction_version(app_id)
        return -1 if last is None else int(last)

    def append(
        self, data: pa.Table | pa.RecordBatchReader, applied: Mapping[str, int], notes: Mapping[str, str]
    ) -> None:
        """One commit of `data` that marks the application transactions `applied`; `notes` become its metadata."""
        once = _once(notes, [Transaction(app_id, version) for app_id, version in applied.items()])
        try:
            if self.own is None:
                write_deltalake(self.handle, data, mode="append", commit_properties=once)
            else:
                rows = [data] if isinstance(data, pa.Table) else data
                commit(self.handle, datafiles.write(self.own, rows, data.schema, by_part=self.by_part), once)
        except (CommitFailedError, DeltaError) as refusal:
            raise _told(self.name, refusal) from refusal


def look(settings: Settings, layer: str, name: str, schema: pa.Schema, *, by_part: bool = False) -> Look:
    """The table as it is now; made when there is none, widened by columns the contract has gained.

    Raises Overtaken when another process makes or widens it meanwhile, ValueError when a column changed its type.
    """
    place, full = table(settings, layer, name), f"{layer}.{name}"
    try:
        handle = _open_or_create(place, schema, datafiles.bounded(schema) if layer == "silver" else {})
        _widen(full, handle, schema)
        if layer == "silver":
            _bound(handle, schema)
    except (CommitFailedError, DeltaError) as refusal:
        raise _told(full, refusal) from refusal
    return Look(full, handle, place if layer == "silver" else None, by_part)


def erase(
    settings: Settings, layer: str, name: str, kept: Callable[[pa.RecordBatch], pa.RecordBatch], *, by_part: bool = False
) -> None:  # fmt: skip
    """Every row is written again as `kept` leaves it, by order; no file, no version and no statistics of before stay.

    Application transactions survive: the checkpoint carries them. Killed in between, the next call goes on. The rows are
    written as an append would (delta-rs's own DELETE leaves columns of another text type, which Arrow does not compare).
    """
    handle = existing(settings, layer, name)
    if handle is None:
        return
    handle.alter.set_table_properties({"delta.appendOnly": "false", "delta.logRetentionDuration": "interval 0 days"})
    rows = handle.to_pyarrow_dataset()
    stream = pa.RecordBatchReader.from_batches(rows.schema, (left for piece in rows.to_batches() if (left := kept(piece)).num_rows))
    if layer == "silver":
        _bound(handle, rows.schema)
        before = set(pa.table(handle.get_add_actions())["path"].to_pylist())
        made = datafiles.write(table(settings, layer, name), stream, rows.schema, by_part=by_part)
        commit(handle, [*removed(handle, before, new=True), *made], _once({}, []))
    else:
        write_deltalake(handle, stream, mode="overwrite")
    handle.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
    handle.update_incremental()
    handle.create_checkpoint()
    handle.cleanup_metadata()
    handle.alter.set_table_properties({key: str(_CONFIGURATION[key]) for key in ("delta.appendOnly", "delta.logRetentionDuration")})


def compact(handle: DeltaTable, where: Location, *, by_part: bool) -> None:
    """Silver in few files: small ones of a folder together, and whatever another writer left, or left outside its part."""
    known = pa.table(handle.get_add_actions()).select(["path", "size_bytes"]).to_pylist()
    schema = pa.schema(handle.schema().to_arrow())
    groups = datafiles.to_join({f["path"]: f["size_bytes"] for f in known}, by_part=by_part)
    if groups:
        _bound(handle, schema)
    made = [
        file for group in groups
        for file in datafiles.write(where, datafiles.read(where, group, schema), schema, by_part=by_part, new=False)
    ]  # fmt: skip
    if made:
        gone = {path for group in groups for path in group}
        commit(handle, [*removed(handle, gone, new=False), *made], _once({}, []))


def commit(handle: DeltaTable, actions: Sequence[AddAction | RemoveAction], once: CommitProperties) -> None:
    """Files written and files replaced, on the version the handle shows, which then shows the new one."""
    handle.create_write_transaction(list(actions), "append", handle.schema(), commit_properties=once)
    handle.update_incremental()


def removed(handle: DeltaTable, paths: Collection[str], *, new: bool) -> list[AddAction | RemoveAction]:
    """These data files leave the table. `new`: that changes what it says."""
    now = time.time_ns() // 1_000_000
    known = pa.table(handle.get_add_actions()).select(["path", "size_bytes"]).to_pylist()
    return [RemoveAction(f["path"], new, now, f["size_bytes"]) for f in known if f["path"] in paths]


def existing(settings: Settings, layer: str, name: str) -> DeltaTable | None:
    """The table for reading, or None when nothing was ever written."""
    place = table(settings, layer, name)
    if not DeltaTable.is_deltatable(place.uri, place.options):
        return None
    return DeltaTable(place.uri, storage_options=place.options)


def _bound(handle: DeltaTable, schema: pa.Schema) -> None:
    """A table made before its data files were our own learns what its log says of them."""
    wanted = datafiles.bounded(schema)
    if not wanted.items() <= handle.metadata().configuration.items():
        handle.alter.set_table_properties(wanted)


def _open_or_create(place: Location, schema: pa.Schema, more: Mapping[str, str]) -> DeltaTable:
    if DeltaTable.is_deltatable(place.uri, place.options):
        return DeltaTable(place.uri, storage_options=place.options)
    return DeltaTable.create(
        place.uri, schema, mode="error", configuration={**_CONFIGURATION, **more}, storage_options=place.options,
        commit_properties=_once({}, []),
    )  # fmt: skip


def _widen(name: str, handle: DeltaTable, schema: pa.Schema) -> None:
    declared = {f.name: f for f in Schema.from_arrow(schema).fields}
    stored = {f.name: f for f in handle.schema().fields}
    changed = [n for n, f in declared.items() if n in stored and stored[n].type != f.type]
    if changed:
        raise ValueError(f"表 {name} 的列 {'、'.join(changed)} 改变了类型；新的类型应当是新的列，请改合同")
    added: list[Field] = [f for n, f in declared.items() if n not in stored]
    if added:
        handle.alter.add_columns(added, commit_properties=_once({"columns": "added"}, []))


def _once(notes: Mapping[str, str], transactions: list[Transaction]) -> CommitProperties:
    return CommitProperties(custom_metadata=dict(notes), max_commit_retries=0, app_transactions=transactions or None)


def _told(name: str, refusal: Exception) -> Exception:
    if unanswered(refusal):
        return refusal
    if isinstance(refusal, CommitFailedError) or "commit" in str(refusal).lower():
        why = f"表 {name} 在查看之后被另一个进程写过，本次没有写入"
        return Overtaken(f"{why}；请确认没有两个 guozi 同时运行，然后重新运行本阶段")
    return refusal
