"""`check`: the verdict a submission would get now, from the same judge in the same guarded child; nothing is stored.

What the ledger would make of it (a duplicate, a fork, a late revision) is found by doing it in a transaction that is
rolled back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from catalog.archive import hash_of
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Arrival
from catalog.settings import Settings
from intake.identify import from_path
from intake.pool import Failed, Judged, Pool, Request
from intake.readers import Rejected
from intake.receipt import Receipt, receipt_of
from intake.recorded import batch_record, duplicate, judging, rejection
from intake.staged import FINDINGS, RECORDS, read
from schemas.reading import ContractError


class JudgingFailed(RuntimeError):
    """A fault of ours, not of the file."""


@dataclass(frozen=True)
class Checked:
    """`findings`: rows with the columns of `intake.judgement.FINDING_SCHEMA`; none for a file that was refused whole.

    `relations`: the same, of what the file says beside the records in force in `release`; 0 where there is no release yet.
    """

    receipt: Receipt
    findings: tuple[dict[str, Any], ...] = ()
    relations: tuple[dict[str, Any], ...] = ()
    release: int = 0


def check(path: Path, given: Mapping[str, Any], settings: Settings, pool: Pool | None = None) -> Checked:
    """`given` is what `submit` would write into a manifest entry. Raises JudgingFailed, ContractError, FileNotFoundError.

    `pool`: one that is ready already; the caller closes it.
    """
    try:
        hints: Mapping[str, str] = from_path(PurePosixPath(path.name))
    except Rejected as no:
        return Checked(_rehearsed(path, given, {}, no, settings))
    with tempfile.TemporaryDirectory(prefix="guozi-check-") as folder, nullcontext(pool) if pool else Pool(1) as judges:
        stem = Path(folder) / "0"
        outcome = next(iter(judges.run([Request(0, path.absolute(), path.name, given or None, hints, stem)]))).outcome
        if isinstance(outcome, Failed):
            if outcome.contract:
                raise ContractError(str(outcome))
            raise JudgingFailed(f"审核程序出错（{outcome}），不是文件的问题；请把文件和这句话交给系统维护人员")
        receipt = _rehearsed(path, given, hints, outcome, settings)
        if isinstance(outcome, Rejected):
            return Checked(receipt)
        found = tuple(row for piece in read(Path(f"{stem}{FINDINGS}")) for row in piece.to_pylist())
        return Checked(receipt, found, *_beside(outcome, Path(f"{stem}{RECORDS}"), settings))


def _beside(judged: Judged, records: Path, settings: Settings) -> tuple[tuple[dict[str, Any], ...], int]:
    """What relation rules say against the newest release, and its number. Nothing heavy is imported where there is none."""
    ledger = Ledger.existing(settings)
    try:
        if ledger.release() is None:
            return (), 0
        from expectations.contract import runnable
        from intake.beside import findings
        from intake.released import newest

        released = newest(settings, ledger)
    finally:
        ledger.close()
    made = runnable(judged.identity.form)
    return tuple(f for piece in read(records) for f in findings(made, piece, judged.header, released)), released.number


def _rehearsed(path: Path, given: Mapping[str, Any], hints: Mapping[str, str], outcome: Any, settings: Settings) -> Receipt:
    arrival = Arrival(hash_of(path), path.stat().st_size, path.name, settings.today.isoformat(),
                      manifest_entry=dict(given), path_hints=dict(hints))  # fmt: skip
    ledger = Ledger.existing(settings)
    try:
        with ledger.rehearsal(arrival) as rehearsal:
            if isinstance(outcome, Rejected):
                rows = rehearsal.finish(rejection(rehearsal.number, outcome))
            else:
                claim = rehearsal.claim(judging(rehearsal.number, outcome))
                rows = rehearsal.finish(duplicate(claim, path.name) if claim.duplicate_of else batch_record(claim, outcome))
        return receipt_of(rows, stored=False)
    finally:
        ledger.close()
