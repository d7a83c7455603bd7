"""What was committed beside what was staged: a row a batch, counted and summed in the tables themselves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from catalog.archive import staged
from catalog.ledger.values import FrozenBatch, FrozenLoad
from catalog.settings import Settings
from expectations.audit import Evidence
from intake.shapes import Shape
from intake.store import existing
from jobs.loads import Pieces
from schemas.contract import Form

_PLACE = ("_submission", "_source", "_row")


class Committed:
    """The rows of one load in bronze, silver and quarantine, as they are in the tables now."""

    def __init__(self, settings: Settings, form: Form, load: FrozenLoad, duck: duckdb.DuckDBPyConnection) -> None:
        self._settings, self.form, self._load, self._duck = settings, form, load, duck
        batches = [b.id for b in load.batches]
        shape = Shape(form)
        self.silver = self._read("silver", shape.silver, "_batch", batches, ())
        self._quarantine = self._read("quarantine", shape.quarantine, "_batch", batches, ("_batch", *_PLACE))
        submissions = [b.submission for b in load.batches]
        self._bronze = self._read("bronze", shape.bronze, "_submission", submissions, ("_reader", *_PLACE))

    def control_rows(self) -> pa.Table:
        """Columns `expectations.audit.CONTROL_COLUMNS`."""
        silver, quarantine = _count(self.silver, ["_batch"]), _count(self._quarantine, ["_batch"])
        bronze = _count(self._bronze, ["_submission", "_reader"])
        sums, committed = self._staged_sums(), self._sums([self.silver])
        rows = [
            _row(b, bronze[(b.submission, b.reader)], silver[(b.id,)], quarantine[(b.id,)]) for b in self._load.batches
        ]
        for row in rows:
            row["staged_sums"] = json.dumps(sums.get(row["batch"], {}), sort_keys=True)
            row["committed_sums"] = json.dumps(committed.get(row["batch"], {}), sort_keys=True)
        return pa.Table.from_pylist(rows, schema=_CONTROL)

    def unpaired(self, run: str) -> list[Evidence]:
        """A batch's records in silver and quarantine are those of its file in bronze, each exactly once."""
        places = [t.select(["_batch", *_PLACE]) for t in (self.silver, self._quarantine)]
        self._duck.register("kept", pa.concat_tables(places))
        self._duck.register("bronze", self._bronze)
        self._duck.register("batches", _batches(self._load.batches))
        found = self._duck.execute(_UNPAIRED).fetchall()
        subject, sentence = f"control/{self.form.name}", "bronze = silver + quarantine, record for record"
        return [
            Evidence(run, "refine", subject, "CTL-PAIRED", sentence, rows, wrong, wrong == 0, "count", batch)
            for batch, rows, wrong in found
        ]

    def _staged_sums(self) -> dict[int, dict[str, str]]:
        pieces = Pieces(staged(self._settings), self._load.batches)
        return self._sums(p.filter(pc.invert(p.column("_quarantined"))) for p in pieces)

    def _sums(self, pieces: Iterable[pa.Table]) -> dict[int, dict[str, str]]:
        """Batch → amount column → the exact sum as text, columns without a figure left out."""
        amounts = [c.name for c in self.form.columns if c.type == "amount"]
        totals: dict[int, dict[str, Decimal]] = {}
        for piece in pieces if amounts else ():
            known = [name for name in amounts if name in piece.schema.names]
            self._duck.register("piece", piece)
            summed = ", ".join(f'sum("{name}")' for name in known)
            for number, *values in self._duck.execute(f"SELECT _batch, {summed} FROM piece GROUP BY _batch").fetchall():
                own = totals.setdefault(number, {})
                for name, value in zip(known, values, strict=True):
                    if value is not None:
                        own[name] = own.get(name, Decimal()) + value
        return {number: {name: str(value) for name, value in own.items()} for number, own in totals.items()}

    def _read(
        self, layer: str, schema: pa.Schema, column: str, numbers: list[int], columns: tuple[str, ...]
    ) -> pa.Table:
        handle = existing(self._settings, layer, self.form.name)
        if handle is None:
            return schema.empty_table()
        ranged = (pc.field(column) >= min(numbers)) & (pc.field(column) <= max(numbers))
        rows = handle.to_pyarrow_dataset().to_table(columns=list(columns) or None, filter=ranged)
        return rows.filter(pc.is_in(rows.column(column), pa.array(numbers, pa.int64())))


_CONTROL = pa.schema([
    ("batch", pa.int64()), ("staged_rows", pa.int64()), ("bronze_rows", pa.int64()), ("silver_rows", pa.int64()),
    ("quarantine_rows", pa.int64()), ("balance_rows", pa.int64()), ("sender_rows", pa.int64()),
    ("staged_sums", pa.string()), ("committed_sums", pa.string()),
])  # fmt: skip
_UNPAIRED = """
WITH received AS (
    SELECT b.batch, r._source, r._row, count(*) AS n
    FROM bronze r JOIN batches b ON b.submission = r._submission AND b.reader = r._reader GROUP BY ALL
), accounted AS (SELECT _batch AS batch, _source, _row, count(*) AS n FROM kept GROUP BY ALL)
SELECT batch, count(*), count(*) FILTER (received.n IS DISTINCT FROM 1 OR accounted.n IS DISTINCT FROM 1)
FROM received FULL JOIN accounted USING (batch, _source, _row) GROUP BY batch ORDER BY batch
"""


def _row(batch: FrozenBatch, bronze: int, silver: int, quarantine: int) -> dict[str, Any]:
    return {
        "batch": batch.id, "staged_rows": batch.rows, "bronze_rows": bronze, "silver_rows": silver,
        "quarantine_rows": quarantine, "balance_rows": silver + quarantine, "sender_rows": batch.sender_rows,
    }  # fmt: skip


def _batches(batches: Iterable[FrozenBatch]) -> pa.Table:
    rows = [{"batch": b.id, "submission": b.submission, "reader": b.reader} for b in batches]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([("batch", pa.int64()), ("submission", pa.int64()), ("reader", pa.string())])
    )


def _count(rows: pa.Table, by: list[str]) -> Counter[tuple[Any, ...]]:
    grouped = rows.group_by(by).aggregate([([], "count_all")]).to_pylist()
    return Counter({tuple(g[c] for c in by): g["count_all"] for g in grouped})
