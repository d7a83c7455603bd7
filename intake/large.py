"""A file of very many records judged piece by piece: texts, records and findings of one piece are in memory at a time.

For delimited text of forms that return single rows and whose rules look at single records. What must be known of the whole
file, keys that stand twice, is found while it is read, sixteen bytes a record; its texts wait on disk meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc as ipc

from expectations.contract import runnable
from expectations.predicate import parse
from intake.duck import run
from intake.guard import LIMITS, check_file
from intake.identify import identify
from intake.judge import Entries, Weighed, verdict_of, weigh, without_blank_rows
from intake.judgement import Identity
from intake.layout import lay_out_one
from intake.layout.laid import Laid
from intake.readers import Opened, Rejected
from intake.readers.delimited import open_delimited
from intake.readers.kind import kind_of
from intake.staged import FINDINGS, RECORDS, Writer, read
from intake.typed import cast
from intake.words import Bools
from intake.work import Judged, Request
from schemas.contract import Form
from schemas.freeze import contract_hash

# Smaller files are judged whole, in piles: faster, and within a child's memory with room to spare.
LARGE = 24 << 20
_PIECE = 25_000


def streamable(form: Form) -> bool:
    """No rule looks beyond one record but for the key, and one record's error returns no other."""
    checks = (check for rule in form.row_rules for check in rule.checks)
    return form.acceptance == "row" and not form.items and not any(parse(c.predicate, form).whole_form for c in checks)


def judge_large(request: Request) -> Judged | None:
    """The outcome of a large file, its staged files written; None where it must be judged whole. Raises Rejected."""
    if request.path.stat().st_size < LARGE:
        return None
    check_file(request.path, request.name, LIMITS)
    if kind_of(request.path, request.name, LIMITS) in ("xlsx", "zip", "json"):
        return None
    opened = open_delimited(request.path, request.name, replace(LIMITS, batch_rows=_PIECE))
    identity = identify(request.name, opened.hints, request.manifest_entry, request.path_hints)
    made = runnable(identity.form)
    return _Large(request, made, identity, opened).judged() if streamable(made) else None


@dataclass(frozen=True)
class _Large:
    request: Request
    form: Form
    identity: Identity
    opened: Opened

    def judged(self) -> Judged:
        laid, pieces = self._pieces()
        with TemporaryDirectory(dir=None if self.request.out_stem is None else self.request.out_stem.parent) as folder:
            texts = Path(folder) / "texts.arrow"
            repeated = self._repeated(pieces, texts)
            if not len(repeated):
                raise Rejected("HDR-EMPTY", self.request.name, "只有表头，没有任何记录", "请填写后再报送；确无数据的按零值填报")
            totals = _Totals(Writer(self.request.out_stem, RECORDS), Writer(self.request.out_stem, FINDINGS))
            start = 0
            for piece in read(texts):
                end = start + piece.num_rows
                totals.add(self._weighed(piece, repeated[start:end]), laid, self.identity)
                start = end
                laid.problems.clear()
        return totals.judged(self.identity, self.opened.reader, laid, contract_hash(self.form.name))

    def _weighed(self, texts: pa.Table, repeated: Bools) -> Weighed:
        alone = np.zeros(texts.num_rows, np.int64)
        return weigh(self.form, texts, [self.identity] * texts.num_rows, alone, repeated)

    def _pieces(self) -> tuple[Laid, Iterator[pa.Table]]:
        laid, tables = lay_out_one(self.form, next(iter(self.opened.sheets)))
        cleaned = (without_blank_rows(table).combine_chunks() for table in tables)
        return laid, (table for table in cleaned if table.num_rows)

    def _repeated(self, pieces: Iterator[pa.Table], kept: Path) -> Bools:
        """For each record whether its key stands twice in the file; a key with nothing in a part of it is no key. The pieces are
        `kept` for a second reading.
        """
        found = []
        with ExitStack() as open_file:
            file: ipc.RecordBatchFileWriter | None = None
            for texts in pieces:
                file = file or open_file.enter_context(ipc.new_file(str(kept), texts.schema))
                file.write_table(texts)
                found.append(self._hashes(texts))
        if not found:
            return np.zeros(0, bool)
        hashes = np.concatenate(found)
        _, first, counts = np.unique(hashes, return_inverse=True, return_counts=True)
        twice: Bools = (counts[first] > 1) & (hashes["high"] + hashes["low"] > 0)
        return twice

    @cached_property
    def _keyed(self) -> Form:
        return replace(self.form, columns=tuple(c for c in self.form.columns if c.key or c.name == "declared_unit"))

    def _hashes(self, texts: pa.Table) -> npt.NDArray[Any]:
        rows = texts.num_rows
        values = cast(self._keyed, texts, [self.identity.period] * rows, [self.identity.unit] * rows).values
        key = " || chr(31) || ".join(f'CAST("{name}" AS VARCHAR)' for name in self.form.key)
        sql = (
            f"SELECT COALESCE(md5_number_upper({key}), 0) AS high, COALESCE(md5_number_lower({key}), 0) AS low "
            "FROM (SELECT *, row_number() OVER () AS _n FROM keyed) ORDER BY _n"
        )
        made = run(sql, keyed=values)
        found = np.empty(rows, dtype=[("high", np.uint64), ("low", np.uint64)])
        for name in ("high", "low"):
            found[name] = made.column(name).to_numpy()
        return found


class _Totals:
    """What all pieces add up to; records and findings are written as they come."""

    def __init__(self, records: Writer, findings: Writer) -> None:
        self._records, self._findings = records, findings
        self._entries = Entries()
        self._counts: dict[str, Counter[str]] = {}
        self._sums: dict[str, Decimal] = {}
        self._rows = self._quarantined = 0

    def add(self, weighed: Weighed, laid: Laid, identity: Identity) -> None:
        found = weighed.findings([(laid, identity)])[0]
        self._entries.add(weighed, range(weighed.texts.num_rows), found)
        for rule, counted in weighed.verdicts.counts(weighed.file_of)[0].items():
            self._counts.setdefault(rule, Counter()).update(counted)
        for name, value in weighed.controls()[0].items():
            self._sums[name] = self._sums.get(name, Decimal(0)) + Decimal(value)
        self._rows += weighed.texts.num_rows
        self._quarantined += int(weighed.quarantined.sum())
        self._records.add(weighed.records)
        self._findings.add(found)

    def judged(self, identity: Identity, reader: str, laid: Laid, contract: str) -> Judged:
        bad = np.repeat(np.array([True, False]), [self._quarantined, self._rows - self._quarantined])
        truths = ("true", "false", "unknown")
        counts: Mapping[str, Mapping[str, int]] = {rule: {t: c[t] for t in truths} for rule, c in self._counts.items()}
        return Judged(
            identity=identity, reader=reader, contract_hash=contract, verdict=verdict_of(bad), entries=self._entries.verdicts(),
            counts=counts, controls={name: str(value) for name, value in self._sums.items()}, header=laid.header,
            silver_rows=self._rows - self._quarantined, quarantine_rows=self._quarantined,
            staged_sha256=self._records.close(), findings_sha256=self._findings.close(),
        )  # fmt: skip
