"""A receipt: what was received, how it was judged, by which versions, and what became of it.

Enough for anyone to repeat the check and get the same answer: file hash, contract hash, judge and reader versions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.ledger.machine import state
from catalog.ledger.values import ReceiptRows
from schemas.load import form as load_form


@dataclass(frozen=True)
class EntryNote:
    """`state` as in the ledger, `label` and `advice` as a person reads them."""

    unit_id: str
    period: str
    scope: str
    rows: int
    errors: int
    queries: int
    state: str
    label: str
    reason: str
    advice: str


@dataclass(frozen=True)
class Receipt:
    """`number` is empty for a check, which stores nothing. `rejection`: rule_id, where, message, todo, or None.

    `verdict`: accepted, partial, returned, rejected; empty while the file waits for its judging.
    """

    number: str
    file: str
    sha256: str
    size: int
    received_on: str
    form: str
    title: str
    period: str
    revision: int
    verdict: str
    rejection: dict[str, str] | None
    contract_hash: str = ""
    judge: str = ""
    reader: str = ""
    rows: int = 0
    silver_rows: int = 0
    quarantine_rows: int = 0
    entries: tuple[EntryNote, ...] = field(default=())

    @property
    def passes(self) -> bool:
        """Nothing has to be sent again."""
        return self.verdict == "accepted" and not any(e.state in ("returned", "to review") for e in self.entries)


@dataclass(frozen=True)
class UnitReceipt:
    """What one unit of a submission about several is told: nothing of the others. `number`: `R00000012-003`, the third unit by id.

    `verdict`: accepted, partial, returned; empty while entries wait for the night.
    """

    number: str
    unit_id: str
    file: str
    sha256: str
    received_on: str
    form: str
    title: str
    verdict: str
    contract_hash: str
    judge: str
    reader: str
    entries: tuple[EntryNote, ...]


def by_unit(receipt: Receipt) -> tuple[UnitReceipt, ...]:
    """One receipt a unit, in order of unit id."""
    units = sorted({entry.unit_id for entry in receipt.entries})
    return tuple(_of_unit(receipt, unit, number) for number, unit in enumerate(units, 1))


def _of_unit(receipt: Receipt, unit: str, number: int) -> UnitReceipt:
    entries = tuple(entry for entry in receipt.entries if entry.unit_id == unit)
    return UnitReceipt(
        number=f"{receipt.number}-{number:03d}" if receipt.number else "", unit_id=unit, file=receipt.file, sha256=receipt.sha256,
        received_on=receipt.received_on, form=receipt.form, title=receipt.title, verdict=_verdict(entries),
        contract_hash=receipt.contract_hash, judge=receipt.judge, reader=receipt.reader, entries=entries,
    )  # fmt: skip


def _verdict(entries: tuple[EntryNote, ...]) -> str:
    states = {entry.state for entry in entries}
    if "pending" in states:
        return ""
    if "returned" not in states:
        return "accepted"
    return "returned" if states == {"returned"} else "partial"


def receipt_of(rows: ReceiptRows, *, stored: bool = True) -> Receipt:
    said, batch = rows.submission, rows.batch or {}
    title = load_form(said["form"]).title if said["form"] else ""
    return Receipt(
        number=said["receipt"] if stored else "", file=said["name"], sha256=said["sha256"], size=said["size"],
        received_on=said["received_on"], form=said["form"], title=title, period=said["period"], revision=said["revision"],
        verdict=said["verdict"], rejection=said["rejection"], contract_hash=batch.get("contract_hash", ""),
        judge=batch.get("judge", ""), reader=batch.get("reader", ""), rows=batch.get("rows", 0),
        silver_rows=batch.get("silver_rows", 0), quarantine_rows=batch.get("quarantine_rows", 0),
        entries=tuple(_entry(row) for row in rows.entries),
    )  # fmt: skip


def _entry(row: dict[str, object]) -> EntryNote:
    known = state("entry", str(row["state"]))
    names = ("unit_id", "period", "scope", "rows", "errors", "queries", "state", "reason")
    return EntryNote(**{n: row[n] for n in names}, label=known.label, advice=known.advice)  # type: ignore[arg-type]  # columns of the ledger
