"""How gold lies on its storage: tables of Parquet files, of a mart by period a folder a part (`part=2025-03`)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction
from pyarrow.fs import FileInfo, FileSelector

from catalog.tables import Location
from intake import store
from jobs.parts import REST, Plan
from schemas.delivered import Mart
from schemas.period import PART_LENGTH

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

KEPT_DAYS = 90
# Longer than any name of a part that is not a period.
_NAME = 200
_KEPT = f"interval {KEPT_DAYS} days"
# The log is cleaned by upkeep alone, which knows the versions that releases name.
_CONFIGURATION: Mapping[str, str | None] = {
    "delta.logRetentionDuration": _KEPT, "delta.deletedFileRetentionDuration": _KEPT, "delta.enableExpiredLogCleanup": "false",
}  # fmt: skip


def opened(where: Location, schema: pa.Schema) -> DeltaTable:
    if DeltaTable.is_deltatable(where.uri, where.options):
        return DeltaTable(where.uri, storage_options=where.options)
    return DeltaTable.create(where.uri, schema, mode="ignore", configuration=_CONFIGURATION, storage_options=where.options)


def by_part(mart: Mart, frame: DataFrame, plan: Plan) -> DataFrame:
    from pyspark.sql import functions as F

    begins = F.substring(mart.part_column, 1, length(mart))
    if plan.free:
        return frame.withColumn("part", begins)
    named = F.when(begins.isin([p for p in plan.now if p != REST]), begins).otherwise(REST)
    return frame.withColumn("part", named).where(F.col("part").isin(sorted(plan.changed)))


def within(path: str, mart: Mart, parts: Collection[str] | None) -> bool:
    return parts is None or not mart.by_period or mart.part_column != "period" or part_at(path) in parts


def length(mart: Mart) -> int:
    """So many characters of the part column tell the part."""
    return PART_LENGTH if mart.part_column == "period" else _NAME


def part_at(path: str) -> str:
    return unquote(PurePosixPath(path).parent.name).removeprefix("part=")


def removed(seen: DeltaTable, parts: Collection[str]) -> list[AddAction | RemoveAction]:
    gone = {path for path in pa.table(seen.get_add_actions())["path"].to_pylist() if part_at(path) in parts}
    return store.removed(seen, gone, new=True)


def written(where: Location, folder: str) -> list[FileInfo]:
    """The Parquet files below a folder of the table."""
    found = where.files().get_file_info(FileSelector(folder, recursive=True))
    return [file for file in found if file.base_name.endswith(".parquet")]


def files(where: Location, folder: str, parts: Collection[str] | None = None) -> list[AddAction | RemoveAction]:
    """The Parquet files below a folder of the table, with their row counts, as they enter the log. `parts`: of these alone; the
    others are taken away again.
    """
    storage = where.files()
    made: list[AddAction | RemoveAction] = []
    for file in written(where, folder):
        if parts is not None and part_at(file.path) not in parts:
            storage.delete_file(file.path)
            continue
        rows = pyarrow.parquet.read_metadata(file.path, filesystem=storage).num_rows
        modified = int(file.mtime.timestamp() * 1000)
        made.append(AddAction(file.path, file.size, {}, modified, True, json.dumps({"numRecords": rows})))
    return made
