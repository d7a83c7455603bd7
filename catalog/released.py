"""Official releases as files: every mart's rows as Parquet under `released/<n>/`, with hashes of bytes, content and contract.

They outlive gold's own history: what was released once is read again years later, equal to the hash.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from pyarrow.fs import FileType

from catalog.archive import Damaged, Files, hash_of, released
from catalog.content import of_rows
from catalog.declarations import declared_then
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import ReleaseNote, ScratchNote
from catalog.settings import Settings
from catalog.tables import table
from schemas.freeze import digest, plain
from schemas.load import mart

MANIFEST = "manifest.json"
_ROWS = 100_000
Less = Callable[[pa.RecordBatch], pa.RecordBatch]


class Cleared(LookupError):
    """The rows of an old release are no longer in gold and were not kept; the message says what to do."""


def keep(settings: Settings, ledger: Ledger, note: ReleaseNote) -> dict[str, Any]:
    """Writes the files of a release; returns what the ledger says of them: {"marts": {mart: {file, sha256, ...}}}.

    Killed in between, the next call writes them again. Raises Damaged when gold is not what was released.
    """
    files = released(settings, note.id)
    with TemporaryDirectory(prefix="guozi-released-") as folder:
        marts = {}
        for name, state in sorted(note.marts.items()):
            with declared_then(str(state.get("declared", "")), ledger.kept_set):
                path, told = _written(settings, name, state, Path(folder))
            files.move(path, told["file"])
            marts[name] = told
        sha256 = write_manifest(files, note, {"marts": marts}, Path(folder))
    files.sync()
    return {"marts": marts, "manifest": sha256}


def purged(note: ReleaseNote) -> str:
    """What a reader of an official release must know of it; empty where it is as it was released."""
    orders = [] if note.official is None else note.official.get("purged", ())
    told = "；".join(f"第 {o['order']} 号令清除了 {o['receipt']}" for o in orders)
    return f"第 {note.id} 次发布不是发布时的原样：{told}，由它而来的行和单元格已经去掉，其余与发布时相同" if told else ""


def write_manifest(files: Files, note: ReleaseNote, said: Mapping[str, Any], folder: Path) -> str:
    """What is `said` of an official release beside its number, in place of what was; its SHA-256. `folder`: a scratch one."""
    path = folder / MANIFEST
    whole = {"release": note.id, "seq": note.seq, "as_of": note.as_of, **said}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sha256 = hash_of(path)
    files.move(path, MANIFEST)
    return sha256


def _written(settings: Settings, name: str, state: Mapping[str, Any], folder: Path) -> tuple[Path, dict[str, Any]]:
    path, told = keep_rows(name, _gold(settings, name, int(state["version"])), folder)
    if told["content_hash"] != state["content_hash"]:
        raise Damaged(f"主题表 {mart(name).title} 第 {state['version']} 版与发布时的内容哈希不符，没有留存；请先查明 gold 是否被改动")
    return path, {**told, "declared": state.get("declared", "")}


def keep_rows(name: str, rows: ds.Dataset, folder: Path, less: Less = lambda rows: rows) -> tuple[Path, dict[str, Any]]:
    """A mart's rows, as `less` leaves them, as a file in a scratch folder, and what a release says of it."""
    declared, path = mart(name), folder / f"{name}.parquet"
    with pq.ParquetWriter(path, rows.schema, compression="zstd") as writer:
        for batch in rows.to_batches(batch_size=_ROWS):
            writer.write_batch(less(batch))
    content = of_rows(ds.dataset(path), [c for c in declared.content_columns if c in rows.schema.names])
    return path, {
        "file": path.name, "sha256": hash_of(path), "rows": content.rows, "content_hash": content.sha256,
        "contract_hash": digest(plain(declared)),
    }  # fmt: skip


def as_known_name(day: date) -> str:
    """Of the scratch place in which gold is recomputed as it was known on a day."""
    return f"as-known-{day.isoformat()}"


def built(settings: Settings, name: str, version: int) -> ds.Dataset:
    """The rows of a mart as gold holds them at a version, released or not."""
    return _gold(settings, name, version)


def recomputed(settings: Settings, note: ScratchNote, name: str) -> ds.Dataset:
    """The rows of a mart of a scratch place."""
    return _gold(replace(settings, scratch=note.name), name, int(note.marts[name]["version"]))


def dataset(settings: Settings, number: int, name: str, state: Mapping[str, Any], official: Mapping[str, Any] | None) -> ds.Dataset:
    """The rows of a released mart: the kept file, compared with its hash, or gold at the version.

    Raises Damaged, Cleared.
    """
    if official is not None:
        kept = official["marts"][name]
        return ds.dataset(released(settings, number).local(kept["file"], kept["sha256"]))
    try:
        return _gold(settings, name, int(state["version"]))
    except (DeltaError, FileNotFoundError):
        raise Cleared(f"第 {number} 次发布的 {name} 已从 gold 清理，又不是留存的正式发布；可用 guozi build --as-known 日期 重算") from None


def _gold(settings: Settings, name: str, version: int) -> ds.Dataset:
    """Raises DeltaError or FileNotFoundError when the version or one of its files is gone."""
    place = table(settings, "gold", name)
    stored = DeltaTable(place.uri, version=version, storage_options=place.options)
    paths = pa.table(stored.get_add_actions())["path"].to_pylist()
    if gone := [found.path for found in place.files().get_file_info(paths) if found.type == FileType.NotFound]:
        raise FileNotFoundError(gone[0])
    opened: ds.Dataset = stored.to_pyarrow_dataset()
    return opened
