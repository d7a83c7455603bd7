"""What the build reads and writes: silver in force, ops, and gold. The only module that writes gold.

Spark computes a mart and writes its Parquet files, delta-rs commits them: an overwrite by Spark's own Delta writer takes
1.4–3.6 s of processor time, this 0.2–0.4, and the commit is fenced on object stores too, where Spark's is not.

A table that is small is handed to Spark as Arrow: its rows then cost no look into Delta's log by Spark (0.1 s against
0.5 s a table, and some 9 s for the first of a process, which loads Delta's planner).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError

from catalog.content import Sums, sums_by
from catalog.settings import Settings
from catalog.tables import Location, table
from intake.released import in_force
from intake.shapes import OPS, arrow_type
from intake.store import Overtaken
from jobs.gold import by_part, files, length, opened, removed, within, written
from jobs.inputs import spark_type
from jobs.parts import REST, Part, Plan, read_back, said, settled
from jobs.session import gathered
from schemas.contract import Form
from schemas.delivered import Mart
from schemas.implied import NIL
from schemas.period import part_of

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame, SparkSession

SMALL = 16 * 2**20  # bytes of Parquet a driver may hold as Arrow: half a million payments, ten times as much in memory
_ENTRY = ("batch", "unit_id", "period", "scope")


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as the fewest ranges, ends included: files are skipped by OR-ed ranges, not by a long IN or a join."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


@dataclass(frozen=True)
class Lake:
    """`standing`: the ledger's entries in force (`Ledger.in_force`), the same for everything this build reads."""

    settings: Settings
    spark: SparkSession
    standing: pa.Table

    def silver(self, form: Form, parts: Collection[str] | None = None) -> DataFrame:
        """The form's records in force, typed, with `scope`; records with nothing but their key are left out.

        `parts`: of these alone, as far as the form has no dates that reach over periods.
        """
        entries = self.standing.filter(pa.compute.equal(self.standing["form"], form.name))
        periods: Collection[str] = ()
        if parts is not None and not form.dated:
            entries = entries.filter(pa.array([part_of(p) in parts for p in entries["period"].to_pylist()], pa.bool_()))
            periods = set(entries["period"].to_pylist())
        place = table(self.settings, "silver", form.name)
        if self._small(place):
            return gathered(self.spark.createDataFrame(in_force(self.settings, form, entries, periods=periods or None)))
        frame = self._stored(place, set(entries["batch"].to_pylist()), periods)
        if form.scope.startswith("=") or not form.scope:
            frame = frame.selectExpr("*", f"'{form.scope.removeprefix('=')}' AS scope")
        keys = self.spark.createDataFrame(entries.select(list(_ENTRY))).withColumnRenamed("batch", "_batch")
        filed = frame.where(f"NOT array_contains(coalesce(broken_rules, array()), '{NIL}')")
        stands: DataFrame = filed.join(keys.hint("broadcast"), ["_batch", *_ENTRY[1:]], "left_semi")
        return stands

    def findings(self) -> DataFrame:
        """Findings of all batches that were loaded."""
        place = table(self.settings, "ops", "finding")
        if not self._small(place):
            return self._stored(place)
        there = DeltaTable.is_deltatable(place.uri, storage_options=place.options)
        told = DeltaTable(place.uri, storage_options=place.options).to_pyarrow_table() if there else OPS["finding"].empty_table()
        return gathered(self.spark.createDataFrame(told))

    def gold(self, mart: Mart, version: int, parts: Collection[str] | None = None) -> DataFrame:
        """A mart as committed at a version: gold has no deletion vectors, so its files are its rows."""
        where = table(self.settings, "gold", mart.name)
        stored = DeltaTable(where.uri, storage_options=where.options, version=version).file_uris()
        chosen = [file for file in stored if within(file, mart, parts)]
        schema = ", ".join(f"`{c.name}` {spark_type(c.type)}" for c in mart.columns)
        return gathered(self.spark.read.schema(schema).parquet(*chosen)) if chosen else self.empty(mart)

    def empty(self, mart: Mart) -> DataFrame:
        """Of Arrow: from a Python list Spark would start a worker for each partition."""
        return self.spark.createDataFrame(pa.schema([(c.name, arrow_type(c.type)) for c in mart.columns]).empty_table())

    def parts(self, mart: Mart, version: int) -> dict[str, Part]:
        """The parts of a mart by period as its commit says them; none when it was not written by part or that is forgotten."""
        where = table(self.settings, "gold", mart.name)
        if not mart.by_period or version < 0:
            return {}
        last = DeltaTable(where.uri, storage_options=where.options)
        commits = last.history(last.version() - version + 1)
        return next((read_back(commit.get("parts", "{}")) for commit in commits if commit.get("version") == version), {})

    def to_build_on(self, mart: Mart, version: int) -> dict[str, Part]:
        """Its parts, if the table's last version has the very files of this one (upkeep adds versions, never files); else
        none: a build that was killed after its commit must not be built on.
        """
        where = table(self.settings, "gold", mart.name)
        if version < 0:
            return {}
        last, then = (DeltaTable(where.uri, storage_options=where.options, version=v) for v in (None, version))
        return self.parts(mart, version) if set(last.file_uris()) == set(then.file_uris()) else {}

    def few(self, mart: Mart, version: int, parts: Collection[str] | None = None) -> pd.DataFrame:
        """A mart for its audit in pandas: keys, codes and required columns; the others, unread, are only there by name."""
        where = table(self.settings, "gold", mart.name)
        stored = DeltaTable(where.uri, storage_options=where.options, version=version).to_pyarrow_dataset()
        chosen = [f for f in stored.get_fragments() if within(f.path, mart, parts)]
        stored = pyarrow.dataset.FileSystemDataset(chosen, stored.schema, stored.format, stored.filesystem)
        wanted = [c.name for c in mart.columns if c.key or c.codes or c.required]
        # Each text once: a statement has millions of keys made of few.
        batches = [_encoded(batch) for batch in stored.to_batches(columns=wanted)]
        read = pa.Table.from_batches(batches).unify_dictionaries() if batches else stored.to_table(columns=wanted)
        frame: pd.DataFrame = read.to_pandas()
        # Of one byte a row: as objects fifty columns of a million rows would take four hundred megabytes.
        unread = pa.DictionaryArray.from_arrays(pa.nulls(len(frame), pa.int8()), pa.array([], pa.string())).to_pandas()
        return frame.assign(**{field.name: unread for field in stored.schema if field.name not in wanted})

    def write(self, mart: Mart, frame: DataFrame, note: Mapping[str, str], plan: Plan | None = None) -> int:
        """Overwrites the mart, or the parts that its plan says, with the frame's declared columns in declared types.

        Returns the committed version. Spark writes the files; the commit goes to exactly the version looked at before, so a
        driver that overslept is refused by the table. Raises Overtaken.
        """
        where = table(self.settings, "gold", mart.name)
        schema = pa.schema([(c.name, arrow_type(c.type)) for c in mart.columns])
        seen = opened(where, schema)
        folder = f"data-{uuid4().hex}"
        columns = [f"CAST(`{c.name}` AS {spark_type(c.type)}) AS `{c.name}`" for c in mart.columns]
        typed = frame.selectExpr(*columns)
        if plan is None:
            typed.write.parquet(f"{where.spark_uri}/{folder}")
        else:
            by_part(mart, typed, plan).write.partitionBy("part").parquet(f"{where.spark_uri}/{folder}")
            parts = self._added_up(mart, plan, where, folder)
            plan, note = settled(plan, parts), {**note, "parts": said(parts)}
        once = CommitProperties(custom_metadata=dict(note), max_commit_retries=0)
        try:
            if plan is None or not plan.before:
                seen.create_write_transaction(files(where, folder), "overwrite", schema, commit_properties=once)
            else:
                replaced = [*removed(seen, plan.changed | plan.gone), *files(where, folder, plan.changed)]
                seen.create_write_transaction(replaced, "append", schema, commit_properties=once)
        except CommitFailedError as refusal:
            raise Overtaken(f"主题表 {mart.title} 在计算期间被另一个进程写过，本次没有写入；请重新运行 guozi build") from refusal
        seen.update_incremental()
        return seen.version()

    def _added_up(self, mart: Mart, plan: Plan, where: Location, folder: str) -> dict[str, Part]:
        """All parts as they will stand: the kept ones as committed, the changed ones as written below `folder`."""
        schema = pa.schema([(c.name, arrow_type(c.type)) for c in mart.columns])
        paths = [file.path for file in written(where, folder)]
        rows = pyarrow.dataset.FileSystemDataset.from_paths(paths, schema, pyarrow.dataset.ParquetFileFormat(), where.files())
        found: dict[str, Sums] = {}
        for begins, added in sums_by(rows, mart.content_columns, mart.part_column, length(mart)).items():
            name = begins if begins in plan.now or plan.free else REST
            found[name] = found.get(name, Sums()) + added
        if plan.free:
            all_of_them = sums_by(rows, schema.names, mart.part_column, length(mart))
            return {name: Part(str(all_of_them[name]), added) for name, added in found.items()}
        return {
            name: Part(made_of, found.get(name, Sums())) if name in plan.changed else plan.before[name]
            for name, made_of in plan.now.items()
        }

    def _stored(self, where: Location, batches: Collection[int] = (), periods: Collection[str] = ()) -> DataFrame:
        """`batches`, `periods`: files that by Delta's log have none of these are not opened; of others all records come."""
        stored = self.spark.read.format("delta").load(where.spark_uri)
        skip = [f"_batch BETWEEN {first} AND {last}" for first, last in ranges(batches)]
        stored = stored.where(" OR ".join(skip)) if skip else stored
        within = [stored["period"].between(part, f"{part}-31") for part in sorted({part_of(p) for p in periods})]
        return stored.where(reduce(or_, within)) if within else stored

    def _small(self, where: Location) -> bool:
        """No larger than a driver may hold, or not there at all."""
        if not DeltaTable.is_deltatable(where.uri, storage_options=where.options):
            return True
        files = pa.table(DeltaTable(where.uri, storage_options=where.options).get_add_actions(flatten=True))
        return bool(sum(files["size_bytes"].to_pylist()) <= SMALL)


def _encoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    arrays = [column.dictionary_encode() if pa.types.is_string(column.type) else column for column in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
