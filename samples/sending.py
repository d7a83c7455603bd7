"""Which files the senders drop, in which folder, kind and encoding, and on which day they arrive."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from samples import write
from samples.accounts import Accounts, period_end
from samples.city import City, Unit
from samples.filing import FORM, Filed, file_record, period_text
from samples.line import Line

# The 8th of the month after (the finance ministry's calendar), moved to the next workday: read off the official holiday notices.
DUE = {
    "2024-02": "2024-03-08", "2024-03": "2024-04-08", "2024-04": "2024-05-08", "2024-05": "2024-06-11",
    "2024-06": "2024-07-08", "2024-07": "2024-08-08", "2024-08": "2024-09-09", "2024-09": "2024-10-08",
    "2024-10": "2024-11-08", "2024-11": "2024-12-09", "2024-12": "2025-01-08", "2025-02": "2025-03-10",
    "2025-03": "2025-04-08", "2025-04": "2025-05-08", "2025-05": "2025-06-09", "2025-06": "2025-07-08",
    "2025-07": "2025-08-08", "2025-08": "2025-09-08", "2025-09": "2025-10-09", "2025-10": "2025-11-10",
    "2025-11": "2025-12-08", "2025-12": "2026-01-08",
}  # fmt: skip
# Annual accounts: 26 April of the next year, likewise (27 April 2025 was worked for the Labour Day holiday).
DUE_ANNUAL = {"2023": "2024-04-26", "2024": "2025-04-27", "2025": "2026-04-27"}
_GROUPED = "ALMNPQR"
_KINDS = ("csv-utf-8-sig", "csv-gb18030", "xlsx", "json", "zip", "csv-utf-8-sig")


@dataclass
class Sent:
    """One file: `folder` below incoming/, what its manifest line says, and what is in it: `records` of the monthly report or
    `lines` of another form. `kind` picks the writer.

    `without` leaves an item out of the card of a scope. `bytes_of`: the very bytes of another file, under this name.
    """

    folder: str
    name: str
    form: str
    period: str
    kind: str
    arrived: date
    records: list[Filed] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    unit: str = ""
    revision: int = 0
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)
    bytes_of: Sent | None = None
    note: str = ""

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"

    @property
    def count(self) -> int:
        return len(self.lines) or len(self.records)

    def manifest(self) -> dict[str, Any]:
        said: dict[str, Any] = {"file": self.name, "form": self.form}
        said |= {"period": self.period} if self.period else {}
        said |= {"unit": self.unit} if self.unit else {}
        said |= {"revision": self.revision} if self.revision else {}
        return said | {"rows": self.count, "arrived": self.arrived.isoformat()}

    def hints(self) -> dict[str, Any]:
        said = {"form": self.form, "period": self.period, "unit": self.unit, "revision": self.revision or ""}
        return {k: v for k, v in said.items() if v != ""}

    def content(self) -> bytes:
        if self.bytes_of:
            return self.bytes_of.content()
        return _WRITERS[self.kind](self)


def _table(sent: Sent) -> tuple[list[str], list[list[str]]]:
    return write.table(sent.form, [one.cells for one in (sent.lines or sent.records)])


def _csv(encoding: str) -> Callable[[Sent], bytes]:
    return lambda sent: write.as_csv(*_table(sent), encoding)


def _xlsx(sent: Sent) -> bytes:
    return write.as_table_book(sent.form, *_table(sent), sent.hints())


def _json(sent: Sent) -> bytes:
    return write.as_json(sent.form, [one.cells for one in (sent.lines or sent.records)], sent.hints())


def _zip(sent: Sent) -> bytes:
    """The head's own statements as cards, everybody else in one table; lines as a workbook a unit beside a table of the others."""
    if sent.lines:
        own = [one.cells for one in sent.lines if one.key == sent.lines[0].key]
        rest = [one.cells for one in sent.lines if one.key != sent.lines[0].key]
        book = write.as_table_book(sent.form, *write.table(sent.form, own), {})
        members = {f"tables/{sent.lines[0].unit_id.replace(':', '-')}.xlsx": book}
    else:
        cards = [r for r in sent.records if r.key == sent.records[0].key]
        rest = [r.cells for r in sent.records if r.key != sent.records[0].key]
        members = {f"cards/{cards[0].unit_id}.xlsx": write.as_card(cards, {}, sent.without)}
    if rest:
        members["table.csv"] = write.as_csv(*write.table(sent.form, rest), "utf-8-sig")
    return write.as_zip(members)


_WRITERS: Mapping[str, Callable[[Sent], bytes]] = {
    "csv-utf-8-sig": _csv("utf-8-sig"),
    "csv-gb18030": _csv("gb18030"),
    "xlsx": _xlsx,
    "card": lambda sent: write.as_card(sent.records, sent.hints(), sent.without),
    "json": _json,
    "zip": _zip,
}
_ENDINGS = {"csv-utf-8-sig": "csv", "csv-gb18030": "csv", "xlsx": "xlsx", "card": "xlsx", "json": "json", "zip": "zip"}


def file_name(stem: str, kind: str, revision: int = 0) -> str:
    return f"{stem}{f'_r{revision}' if revision > 1 else ''}.{_ENDINGS[kind]}"


def monthly(city: City, accounts: Accounts) -> Iterator[Sent]:
    """Every unit's monthly reports, on time and right: what the events and the clerks then change."""
    for number, (year, month) in enumerate(city.periods):
        chance = random.Random(f"{city.seed}/arrival/{year}/{month}")
        day = period_end(year, month)
        for sender, units in _senders(city, day):
            records = [r for u in units for r in _records(city, accounts, u, year, month)]
            kind = _kind(city, sender, number)
            due = date.fromisoformat(DUE[period_text(year, month)])
            single = len({r.key for r in records}) == 1
            yield Sent(
                folder=f"{FORM}/{period_text(year, month)}", name=file_name(_stem(sender, single), kind), form=FORM,
                period=period_text(year, month), kind=kind, arrived=due - timedelta(chance.randint(0, 5)), records=records,
                unit=sender.unit_id if single else "",
            )  # fmt: skip


def _stem(sender: Unit, single: bool) -> str:
    return sender.unit_id.replace(":", "-") if single else f"group-{sender.key}"


def _senders(city: City, day: date) -> Iterator[tuple[Unit, Sequence[Unit]]]:
    """Some groups send one file for all; the others leave it to each unit. In a large city most groups do."""
    grouped = _GROUPED + ("BC" if city.size == "city" else "")
    for unit in city.alive(day):
        spell = unit.spell(day)
        head = _head_of(city, unit, day)
        if head.key in grouped:
            if unit is head:
                yield unit, [u for u in city.closure(unit.key, day) if u.files_monthly]
        elif unit.files_monthly and spell:
            yield unit, [unit]


def _head_of(city: City, unit: Unit, day: date) -> Unit:
    spell = unit.spell(day)
    return _head_of(city, city.units[spell.parent], day) if spell and spell.parent else unit


def _records(city: City, accounts: Accounts, unit: Unit, year: int, month: int) -> list[Filed]:
    scopes = ("single", "difference", "consolidated") if city.consolidates(unit.key, period_end(year, month)) else ("single",)
    return [file_record(accounts, unit, scope, year, month) for scope in scopes]


def _kind(city: City, sender: Unit, number: int) -> str:
    if sender.key[0] in _GROUPED:
        return _KINDS[(number + _GROUPED.index(sender.key[0])) % len(_KINDS)]
    if city.size == "city" and sender.key in ("B", "C"):
        return "csv-utf-8-sig"
    if sender.supervisor == "gaoxin":
        return "json"
    if sender.supervisor.isdigit():
        return ("csv-utf-8-sig", "csv-gb18030")[len(sender.key) % 2]
    return "card"
