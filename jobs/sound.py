"""What a build rests on and what a release points at is there as it was committed: Delta's log to the last load, every data file,
of silver every byte by the file's name, of gold every page by its checksum. What is not is refused in one sentence before anything
is computed or published.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from pyarrow.fs import FileType

from catalog.archive import Damaged
from catalog.ledger.ledger import Ledger
from catalog.objects import unanswered
from catalog.settings import Settings
from catalog.tables import Location, table
from intake.datafiles import digest_in, digest_of
from schemas.load import form, mart

_THEN = "没有计算、没有发布任何数；请用 guozi restore 从备份恢复后再运行"


def silver(settings: Settings, ledger: Ledger) -> None:
    """Every form of which something was loaded: its log reaches the last load with records, its files have their size, and those
    that are named by their SHA-256 have that, too.

    Raises Damaged.
    """
    batches = ledger.batches("form", "silver_rows", "state", "load")
    there = pc.is_in(batches["state"], pa.array(["loaded", "audited", "held"]))
    loaded = batches.filter(pc.and_(there, pc.greater(batches["silver_rows"], 0)))
    last = loaded.group_by("form").aggregate([("load", "max")]).to_pylist()
    for row in sorted(last, key=lambda r: str(r["form"])):
        name, where = f"明细表 {form(row['form']).title}", table(settings, "silver", row["form"])
        stored = _opened(where, name)
        done = stored.transaction_version(f"silver/{row['form']}")
        if done is None or done < row["load_max"]:
            raise Damaged(f"{name} 的 Delta 日志缺少第 {row['load_max']} 次装载；{_THEN}")
        _bytes(where, _files(where, stored, name), name, settings.workers)


def gold(settings: Settings, ledger: Ledger) -> dict[str, int]:
    """Every audited mart that the last release does not point at yet. Raises Damaged. Returns the version of all that are audited."""
    release = ledger.release()
    before = {} if release is None else release.marts
    audited = {made.mart: made.version for made in ledger.marts().values() if made.state == "audited"}
    for of, version in audited.items():
        if before.get(of, {}).get("version") != version:
            name, where = f"主题表 {mart(of).title}", table(settings, "gold", of)
            stored = _opened(where, name, version)
            _pages(where, _files(where, stored, name), name)
    return audited


def _opened(where: Location, name: str, version: int | None = None) -> DeltaTable:
    try:
        return DeltaTable(where.uri, storage_options=where.options, version=version)
    except (DeltaError, OSError, ValueError) as fault:
        if unanswered(fault):
            raise
        raise Damaged(f"{name} 的 Delta 日志打不开（{type(fault).__name__}）；{_THEN}") from fault


def _files(where: Location, stored: DeltaTable, name: str) -> list[str]:
    """Paths of the table's data files. Raises Damaged for one that is lost or of another size than was committed."""
    added = pa.table(stored.get_add_actions(flatten=True))
    paths = added["path"].to_pylist()
    found = where.files().get_file_info(paths)
    for info, path, size in zip(found, paths, added["size_bytes"].to_pylist(), strict=True):
        if info.type == FileType.NotFound:
            raise Damaged(f"{name} 的数据文件 {path} 丢失；{_THEN}")
        if info.size != size:
            raise Damaged(f"{name} 的数据文件 {path} 应为 {size} 字节，实为 {info.size} 字节；{_THEN}")
    return list(paths)


def _bytes(where: Location, paths: Sequence[str], name: str, workers: int) -> None:
    """A file that another writer named says nothing of its bytes: upkeep writes such files again."""
    named = [path for path in paths if digest_in(path)]
    with ThreadPoolExecutor(workers) as threads:
        for path, found in zip(named, threads.map(partial(digest_of, where), named), strict=True):
            if found != digest_in(path):
                raise Damaged(f"{name} 的数据文件 {path} 内容已损坏；{_THEN}")


def _pages(where: Location, paths: Iterable[str], name: str) -> None:
    """Spark writes a checksum with every page, which tells a flipped bit."""
    storage = where.files()
    for path in paths:
        try:
            with storage.open_input_file(path) as file:
                for _ in pq.ParquetFile(file, page_checksum_verification=True).iter_batches():
                    continue
        except (pa.ArrowException, OSError) as fault:
            if unanswered(fault):
                raise
            raise Damaged(f"{name} 的数据文件 {path} 内容已损坏；{_THEN}") from fault
