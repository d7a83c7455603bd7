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
from pyarrow.dataset import Dataset

from catalog.archive import staged
from catalog.ledger.values import FrozenBatch, FrozenLoad
from catalog.settings import Settings
from expectations.audit import Evidence
from intake.shapes import Shape
from intake.store import existing
from jobs.loads import Pieces
from schemas.contract import Form


class Committed:
    """The rows of one load in bronze, silver and quarantine, as they are in the tables now. None is held."""

    def __init__(self, settings: Settings, form: Form, load: FrozenLoad, duck: duckdb.DuckDBPyConnection) -> None:
        self._settings, self.form, self._load, self._duck = settings, form, load, duck
        self._amounts = [c.name for c in form.columns if c.type == "amount"]
        batches = [b.id for b in load.batches]
        shape = Shape(form)
        self.silver = self._stored("silver", shape.silver, "_batch", batches)
        self._quarantine = self._stored("quarantine", shape.quarantine, "_batch", batches)
        self._bronze = self._stored("bronze", shape.bronze, "_submission", [b.submission for b in load.batches])

    def control_rows(self) -> pa.Table:
        """Columns `expectations.audit.CONTROL_COLUMNS`."""
        silver, quarantine = self._count(self.silver, "_batch"), self._count(self._quarantine, "_batch")
        bronze = self._count(self._bronze, "_submission", "_reader")
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
        for name, rows in (("silver", self.silver), ("quarantine", self._quarantine), ("bronze", self._bronze)):
            self._duck.register(name, rows)
        self._duck.register("batches", _batches(self._load.batches))
        found = self._duck.execute(_UNPAIRED).fetchall()
        subject, sentence = f"control/{self.form.name}", "bronze = silver + quarantine, record for record"
        return [
            Evidence(run, "refine", subject, "CTL-PAIRED", sentence, rows, wrong, wrong == 0, "count", batch)
            for batch, rows, wrong in found
        ]

    def _staged_sums(self) -> dict[int, dict[str, str]]:
        pieces = Pieces(staged(self._settings), self._load.batches, [*self._amounts, "_quarantined"])
        return self._sums(p.filter(pc.invert(p.column("_quarantined"))) for p in pieces)

    def _sums(self, pieces: Iterable[pa.Table | Dataset]) -> dict[int, dict[str, str]]:
        """Batch → amount column → the exact sum as text, columns without a figure left out."""
        totals: dict[int, dict[str, Decimal]] = {}
        for piece in pieces if self._amounts else ():
            known = [name for name in self._amounts if name in piece.schema.names]
            self._duck.register("piece", piece)
            summed = ", ".join(f'sum("{name}")' for name in known)
            for number, *values in self._duck.execute(f"SELECT _batch, {summed} FROM piece GROUP BY _batch").fetchall():
                own = totals.setdefault(number, {})
                for name, value in zip(known, values, strict=True):
                    if value is not None:
                        own[name] = own.get(name, Decimal()) + value
        return {number: {name: str(value) for name, value in own.items()} for number, own in totals.items()}

    def _count(self, rows: pa.Table | Dataset, *by: str) -> Counter[tuple[Any, ...]]:
        self._duck.register("counted", rows)
        found = self._duck.execute(f"SELECT {', '.join(by)}, count(*) FROM counted GROUP BY ALL").fetchall()
        return Counter({tuple(own): number for *own, number in found})

    def _stored(self, layer: str, schema: pa.Schema, column: str, numbers: list[int]) -> pa.Table | Dataset:
        """Not read yet: whoever looks at it gets the columns it asks for, in pieces."""
        handle = existing(self._settings, layer, self.form.name)
        if handle is None:
            return schema.empty_table()
        ranged = (pc.field(column) >= min(numbers)) & (pc.field(column) <= max(numbers))
        return handle.to_pyarrow_dataset().filter(ranged & pc.field(column).isin(pa.array(numbers, pa.int64())))


_CONTROL = pa.schema([
    ("batch", pa.int64()), ("staged_rows", pa.int64()), ("bronze_rows", pa.int64()), ("silver_rows", pa.int64()),
    ("quarantine_rows", pa.int64()), ("balance_rows", pa.int64()), ("sender_rows", pa.int64()),
    ("staged_sums", pa.string()), ("committed_sums", pa.string()),
])  # fmt: skip
_UNPAIRED = """
WITH received AS (
    SELECT b.batch, r._source, r._row, count(*) AS n
    FROM bronze r JOIN batches b ON b.submission = r._submission AND b.reader = r._reader GROUP BY ALL
), kept AS (
    SELECT _batch, _source, _row FROM silver UNION ALL SELECT _batch, _source, _row FROM quarantine
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
