"""Nine units of the generator's city over a year: who they are, where they stand, and what each has to file, in its own hand."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from samples.accounts import Accounts, period_end
from samples.city import CITY_PERIODS, City, Spell, Unit, build_city
from samples.filing import FORM, Filed, file_record, period_text, typed_as
from samples.line import YUAN, Line, as_filed
from samples.registry import filed, registered
from samples.sending import DUE, Sent
from schemas.load import form

FIRST = date(2024, 6, 1)
PERIODS = tuple(p for p in CITY_PERIODS if (2024, 5) <= p <= (2025, 4))
PAYMENT, DECISION, REGISTRY = "large_payment", "decision", "enterprise_registry"
_KEYS = ("A", "A1", "A2", "A22", "A3", "B", "B1", "B6", "C")
_SAMPLES = Path(__file__).parents[1] / "samples"
_SINCE = date(2020, 1, 1)


class Town:
    """The units of one seed. Two of them move between groups on days of the seed's choice, apart from what the generator's city does."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(f"{seed}/town")
        whole = build_city(seed, "small", ["4813"])
        units = {key: whole.units[key] for key in _KEYS}
        self.moved = ("A1", "B1")
        for key, parent in zip(self.moved, ("B", "A"), strict=True):
            day = date(2024, chance.randint(8, 12), 1)
            spells = (Spell(_SINCE, day, units[key].spells[0].parent), Spell(day, None, parent, "变更", "划入"))
            units[key] = replace(units[key], spells=spells)
        self.city = City(seed, "small", units, CITY_PERIODS, date(2026, 1, 20))
        self.accounts = Accounts(self.city)

    def registry(self) -> list[Sent]:
        """The registry's files in order of arrival; the first are there on the first night."""
        made = [replace(sent, arrived=max(sent.arrived, FIRST)) for sent in registered(self.accounts)]
        for key in self.moved:
            unit = self.city.units[key]
            old, new = unit.spells
            records = [(unit, replace(old, change="变更", reason="划出")), (unit, new)]
            made.append(filed(self.accounts, f"move-{key}", records, date.fromordinal(new.start.toordinal() + 4), "csv-utf-8-sig", 2))
        return sorted(made, key=lambda sent: sent.arrived)

    def monthly(self, unit: Unit, year: int, month: int) -> list[Filed]:
        """A unit's records of a month: all scopes that it files."""
        end = period_end(year, month)
        scopes = ("single", "difference", "consolidated") if self.city.consolidates(unit.key, end) else ("single",)
        return [file_record(self.accounts, unit, scope, year, month) for scope in scopes]

    def reports(self) -> Iterator[tuple[date, Unit, int, int]]:
        """Due day, unit, year and month of every monthly report of the year."""
        for year, month in PERIODS:
            for unit in self.city.alive(period_end(year, month)):
                if unit.files_monthly:
                    yield date.fromisoformat(DUE[period_text(year, month)]), unit, year, month


def payment(unit: Unit, number: int, day: date, fen: int, **cells: str) -> Line:
    """A payment that breaks no rule, unless `cells` do."""
    said = day.isoformat()
    own = {"payment_no": f"ZF{number:06d}", "paid_at": said, "report_date": said, "amount": typed_as(fen, YUAN)}
    return as_filed(PAYMENT, unit, {**_right(PAYMENT, 1), **own, "unit_id": unit.unit_id, "unit_name": unit.name, **cells})


def topic(unit: Unit, number: int, day: date, percent: int, **cells: str) -> Line:
    """A matter decided that day and carried out so far."""
    own = {"topic_id": f"YT-{number:06d}", "decided_on": day.isoformat(), "progress": str(percent), "party_on": day.isoformat()}
    return as_filed(DECISION, unit, {**_right(DECISION, 0), **own, "unit_id": unit.unit_id, "due_on": "2026-12-31", **cells})


def with_heads(records: list[Filed], more: int) -> list[Filed]:
    """The same records with other heads at the end of the period: a figure that no other one depends on."""
    changed = deepcopy(records)
    for record in changed:
        record.cells["headcount_closing"] = str(int(record.amount("headcount_closing") or 0) + more)
    return changed


@cache
def _right(name: str, row: int) -> dict[str, str]:
    """A record of the form's own samples that breaks no rule, by column."""
    by_header = {column.header or column.label: column.name for column in form(name).columns}
    with (_SAMPLES / name / "submission.csv").open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))[row]
    assert not found["expected"]
    return {by_header[header]: text for header, text in found.items() if header in by_header}


def sent_monthly(records: list[Filed], kind: str, name: str, revision: int = 0) -> Sent:
    return Sent("", name, FORM, records[0].period, kind, FIRST, records=records, unit=records[0].unit_id, revision=revision)


def sent_lines(lines: list[Line], kind: str, name: str, revision: int = 0) -> Sent:
    return Sent("", name, lines[0].form, "", kind, FIRST, lines=lines, revision=revision)
