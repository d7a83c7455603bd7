"""Gold without what a purged submission left in it: no row, no file, no earlier version, nothing recomputed beside it.

What is written starts from what readers see, and is theirs with the next release; the next build computes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, write_deltalake

from catalog.content import of_rows
from catalog.declarations import declared_then
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.released import Less, built
from catalog.settings import Settings
from catalog.tables import table
from catalog.vestige import Vestige
from schemas.load import mart

_SHOWN = ("version", "rows", "content_hash", "seq", "as_of", "declared")


def without(settings: Settings, ledger: Ledger, of: Vestige, notes: Mapping[str, str], fence: int) -> tuple[str, ...]:
    """Writes marts that have something of it anew; returns those of which an earlier version may have, to be `cut` after a release.

    `notes` become the commits' metadata.
    """
    last, touched = ledger.release(), []
    shown = {} if last is None else last.marts
    for name, made in ledger.marts().items():
        seen = replace(made, **{k: shown[name][k] for k in _SHOWN}, state="audited") if name in shown else made
        with declared_then(seen.declared, ledger.kept_set):
            if of.touches(name):
                touched.append(name)
                _written(settings, ledger, seen, of.less(name, seen.seq) or _same, {**notes, "fence": str(fence)}, fence)
    return tuple(touched)


def cut(settings: Settings, ledger: Ledger, marts: Iterable[str]) -> None:
    """Deletes every file but those of the last version, and all that was recomputed beside gold, which can be again."""
    for name in marts:
        place = table(settings, "gold", name)
        _alone(DeltaTable(place.uri, storage_options=place.options))
    for note in ledger.scratches():
        for name in note.marts:
            place = table(replace(settings, scratch=note.name), "gold", name)
            handle = DeltaTable(place.uri, storage_options=place.options)
            write_deltalake(handle, pa.RecordBatchReader.from_batches(handle.to_pyarrow_dataset().schema, ()), mode="overwrite")
            _alone(handle)
        ledger.keep_scratch(replace(note, marts={}))


def _alone(handle: DeltaTable) -> None:
    handle.update_incremental()
    handle.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)


def _written(settings: Settings, ledger: Ledger, seen: MartVersion, less: Less, notes: Mapping[str, str], fence: int) -> None:
    """Nothing is written where the table's last version is what is seen, and that is without it."""
    stored, place = built(settings, seen.mart, seen.version), table(settings, "gold", seen.mart)
    columns = [c for c in mart(seen.mart).content_columns if c in stored.schema.names]
    now = of_rows(pa.RecordBatchReader.from_batches(stored.schema, _left(stored, less)), columns)
    handle = DeltaTable(place.uri, storage_options=place.options)
    then = DeltaTable(place.uri, version=seen.version, storage_options=place.options)
    if (now.rows, now.sha256) == (seen.rows, seen.content_hash) and set(handle.file_uris()) == set(then.file_uris()):
        return
    ledger.check_lease(fence)
    once = CommitProperties(custom_metadata=dict(notes), max_commit_retries=0)
    stream = pa.RecordBatchReader.from_batches(stored.schema, _left(stored, less))
    write_deltalake(handle, stream, mode="overwrite", schema_mode="merge", commit_properties=once)
    handle.update_incremental()
    ledger.set_mart(replace(
        seen, fingerprint="", version=handle.version(), rows=now.rows, content_hash=now.sha256, fence=fence,
    ))  # fmt: skip


def _left(stored: ds.Dataset, less: Less) -> Iterator[pa.RecordBatch]:
    return (left for batch in stored.to_batches() if (left := less(batch)).num_rows)


def _same(rows: pa.RecordBatch) -> pa.RecordBatch:
    return rows
