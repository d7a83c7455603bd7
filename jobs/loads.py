"""A load: staged batches of one form → bronze, silver, quarantine, findings, each in one commit, exactly once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from catalog.archive import Files, staged
from catalog.failpoint import reach
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import FrozenBatch, FrozenLoad
from catalog.settings import Settings
from catalog.telemetry import logs
from intake.shapes import OPS, Shape, to_findings
from intake.staged import findings_name, read, records_name
from intake.store import look
from schemas.load import form as load_form

_PIECE = 50_000


@dataclass(frozen=True)
class Pieces:
    """The staged records of a load, again and again, in pieces of bounded size; a small load is read once and kept.

    A file is compared with its hash when it is first read. `columns`: of these alone, and of the batch they are of.
    """

    files: Files
    batches: Sequence[FrozenBatch]
    columns: Sequence[str] = ()
    _compared: set[int] = field(default_factory=set)

    def __iter__(self) -> Iterator[pa.Table]:
        waiting: list[pa.Table] = []
        for batch in self.batches:
            sha256 = "" if batch.id in self._compared else batch.staged_sha256
            path = self.files.local(records_name(batch.id), sha256)
            self._compared.add(batch.id)
            for rows in read(path):
                waiting.append(beside(self._chosen(rows), batch))
                if sum(w.num_rows for w in waiting) >= _PIECE:
                    yield _joined(waiting)
                    waiting = []
        if waiting:
            yield _joined(waiting)

    def _chosen(self, rows: pa.Table) -> pa.Table:
        return rows.select([name for name in self.columns if name in rows.schema.names]) if self.columns else rows

    def kept(self) -> Iterable[pa.Table]:
        return list(self) if sum(b.rows for b in self.batches) <= _PIECE else self


def beside(rows: pa.Table, batch: FrozenBatch) -> pa.Table:
    """Staged rows with the batch they are of."""
    for name, value in (("_batch", batch.id), ("_submission", batch.submission), ("_reader", batch.reader)):
        rows = rows.append_column(name, pa.repeat(pa.scalar(value), rows.num_rows))
    return rows


def commit_loads(settings: Settings, ledger: Ledger, loads: Sequence[FrozenLoad], run: str) -> None:
    """Commits what the loads' tables do not hold yet and closes the loads. Raises `intake.store.Overtaken`.

    A form's loads go one after the other, forms beside each other: delta-rs works outside Python's lock.
    """
    by_form: dict[str, list[FrozenLoad]] = {}
    for load in loads:
        by_form.setdefault(load.form, []).append(load)
    with ThreadPoolExecutor(max_workers=settings.workers) as threads:
        for finished in [threads.submit(_commit_form, settings, own, run) for own in by_form.values()]:
            for load, seconds in finished.result():
                logs.note("load.committed", load=load.id, form=load.form, count=len(load.batches), seconds=seconds)
    _commit_findings(settings, loads, run)
    reach("refine.committed")
    for load in loads:
        ledger.finish_load(load.id)


def _commit_form(settings: Settings, loads: Sequence[FrozenLoad], run: str) -> list[tuple[FrozenLoad, float]]:
    """Each load with the seconds it took."""
    took: list[tuple[FrozenLoad, float]] = []
    for load in loads:
        began = time.monotonic()
        shape = Shape(load_form(load.form))
        pieces = Pieces(staged(settings), load.batches).kept()
        first = pa.array([b.id for b in load.batches if b.bronze], pa.int64())
        _commit(settings, "bronze", load, run, shape.bronze,
                (shape.to_bronze(p.filter(pc.is_in(p.column("_batch"), first))) for p in pieces))  # fmt: skip
        reach("refine.bronze")
        _commit(settings, "silver", load, run, shape.silver, (shape.to_silver(p) for p in pieces))
        _commit(settings, "quarantine", load, run, shape.quarantine, (shape.to_quarantine(p) for p in pieces))
        took.append((load, round(time.monotonic() - began, 3)))
    return took


def _commit(
    settings: Settings, layer: str, load: FrozenLoad, run: str, schema: pa.Schema, rows: Iterator[pa.Table]
) -> None:
    seen = look(settings, layer, load.form, schema, by_part=load_form(load.form).large)
    app_id = f"{layer}/{load.form}"
    if seen.done(app_id) >= load.id:
        return
    filled = (p for p in rows if p.num_rows)
    head = next(filled, None)
    if head is not None:
        stream = pa.RecordBatchReader.from_batches(schema, _chained(head, filled))
        seen.append(stream, {app_id: load.id}, _notes(run, [load]))


def _commit_findings(settings: Settings, loads: Sequence[FrozenLoad], run: str) -> None:
    """One commit for all loads of a run, which marks each of them."""
    seen = look(settings, "ops", "finding", OPS["finding"])
    open_loads = [load for load in loads if seen.done(f"finding/{load.form}") < load.id]
    files = staged(settings)
    tables = [
        to_findings(beside(rows, batch))
        for load in open_loads for batch in load.batches
        for rows in read(files.local(findings_name(batch.id), batch.findings_sha256)) if rows.num_rows
    ]  # fmt: skip
    if tables:
        last = {f"finding/{load.form}": load.id for load in open_loads}
        seen.append(pa.concat_tables(tables), last, _notes(run, open_loads))


def _notes(run: str, loads: Sequence[FrozenLoad]) -> dict[str, str]:
    hashes = sorted({b.contract_hash for load in loads for b in load.batches})
    return {"run": run, "load": ",".join(str(load.id) for load in loads), "contract": ",".join(hashes)}


def _joined(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def _chained(head: pa.Table, rest: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    yield from head.to_batches()
    for piece in rest:
        yield from piece.to_batches()
