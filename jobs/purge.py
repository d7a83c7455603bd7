"""What must never have come: out of archive, staged files, every table and its history, and the backups that are named.

The ledger decides first; killed in between, the same order given again goes on. Of what was published go the rows that rest on
it and the cells of its units (`catalog.vestige`); sums over several units stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog import unreleased
from catalog.archive import archive, staged
from catalog.ledger.ledger import Ledger
from catalog.ledger.purges import Order, Purged
from catalog.settings import Settings
from catalog.vestige import vestige
from catalog.whole import Vault
from intake.staged import findings_name, records_name
from intake.store import erase
from jobs import journal, ungold
from jobs.backup import backup
from jobs.lease import lease
from jobs.publish import publish
from schemas.load import form

_LAYERS = ("bronze", "silver", "quarantine")


@dataclass(frozen=True)
class PurgeReport:
    """`batches` of the submission; `official`: official releases from which something was taken; `release`: the one published of
    gold without it (0: nothing had changed); `backups`: folders that hold one backup now, made after the purge.
    """

    receipt: str
    sha256: str
    batches: int
    official: tuple[int, ...]
    release: int
    backups: tuple[str, ...]


def purge(settings: Settings, order: Order, backups: Sequence[Path] = ()) -> PurgeReport:
    """Raises Refused, Busy while a build runs. Sums in gold follow with the next build and release."""
    ledger = Ledger.open(settings)
    try:
        with lease(settings, ledger) as fence:
            what = ledger.purge(order)
            left, about = vestige(ledger, what), {"order": order.number, "receipt": order.receipt, "by": "、".join(order.by)}
            _files(settings, what)
            _tables(settings, what)
            official = unreleased.without(settings, ledger, left, about)
            touched = ungold.without(settings, ledger, left, {"stage": "purge", "receipt": order.receipt}, fence)
            made = publish(settings) if touched and ledger.release() is not None else None
            if left.stood:
                ungold.cut(settings, ledger, touched)
            journal.export(settings, ledger)
    finally:
        ledger.close()
    for folder in backups:
        backup(settings, folder)
        Vault(folder).forget()
    return PurgeReport(
        order.receipt, what.sha256, len(what.batches), official, made.id if made else 0, tuple(str(folder) for folder in backups),
    )  # fmt: skip


def _files(settings: Settings, what: Purged) -> None:
    archive(settings).remove(what.sha256)
    kept = staged(settings)
    for batch in what.batches:
        kept.remove(records_name(batch))
        kept.remove(findings_name(batch))


def _tables(settings: Settings, what: Purged) -> None:
    for layer in _LAYERS if what.form and what.batches else ():
        erase(settings, layer, what.form, partial(_others, what.submission), by_part=form(what.form).large)
    if what.batches:
        erase(settings, "ops", "finding", partial(_others, what.submission))
    if what.stubs:
        stubs = {str(seq): data for seq, data in what.stubs.items()}
        erase(settings, "ops", "event", partial(_stubbed, "seq", "data", stubs, lambda _, data: _compact(data)))
        recorded = {f"[{seq}]": data for seq, data in what.stubs.items()}
        erase(settings, "ops", "record", partial(_recorded, {f"[{batch}]" for batch in what.batches}, recorded))


def _others(submission: int, rows: pa.RecordBatch) -> pa.RecordBatch:
    return rows.filter(pc.not_equal(rows["_submission"], submission))


def _recorded(batches: set[str], stubs: Mapping[str, Any], rows: pa.RecordBatch) -> pa.RecordBatch:
    """Without what the batches said (the next export says it anew), and with the stubs of their events."""
    batch = pc.and_(pc.equal(rows["kind"], "batch"), pc.is_in(rows["key"], pa.array(sorted(batches))))
    event = pc.and_(pc.equal(rows["kind"], "event"), pc.is_in(rows["key"], pa.array(sorted(stubs))))
    again = _stubbed("key", "row", stubs, lambda row, data: _compact({**json.loads(row), "data": data}), rows.filter(event))
    others = rows.filter(pc.invert(pc.or_(batch, event)))
    return pa.concat_batches([others, again])


def _stubbed(
    key: str, column: str, stubs: Mapping[str, Any], told: Callable[[str, Any], str], rows: pa.RecordBatch
) -> pa.RecordBatch:  # fmt: skip
    keys = [str(k) for k in rows[key].to_pylist()]
    said = [told(v, stubs[k]) if k in stubs else v for k, v in zip(keys, rows[column].to_pylist(), strict=True)]
    return rows.set_column(rows.schema.get_field_index(column), rows.schema.field(column), pa.array(said, rows.schema.field(column).type))


def _compact(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
