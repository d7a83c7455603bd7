"""What one city sends, before and after people had their hands in it; and what is true of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta

from samples.accounts import Accounts, period_end
from samples.city import City
from samples.filing import FORM, Filed, file_record, period_text
from samples.line import Line
from samples.registry import registered
from samples.sending import DUE, Sent, file_name
from samples.world import World


@dataclass(frozen=True)
class Fault:
    """One thing a clerk did wrong. `rules`: what it must be found under in its own entry; `columns`: the cells typed wrongly.

    `corrected`: a later revision puts it right. `record`: its own key where an entry has many; `shown`: mart columns or warnings
    that tell of it where no rule can.
    """

    kind: str
    file: str
    form: str
    unit_id: str
    period: str
    scope: str
    columns: tuple[str, ...]
    rules: tuple[str, ...]
    corrected: bool
    record: str = ""
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class LookAlike:
    """Something lawful that looks like the fault of the same kind and must stay without error or query."""

    kind: str
    form: str
    unit_id: str
    period: str
    scope: str
    why: str
    record: str = ""


@dataclass
class Plan:
    city: City
    accounts: Accounts
    world: World
    sent: list[Sent]
    faults: list[Fault] = field(default_factory=list)
    look_alikes: list[LookAlike] = field(default_factory=list)

    @classmethod
    def of(cls, city: City) -> Plan:
        """Nothing sent but the registry, which every domain is read beside."""
        accounts = Accounts(city)
        return cls(city, accounts, World(accounts), [*registered(accounts)])

    def lines(self, name: str) -> Iterator[tuple[Sent, Line]]:
        """Every line of a form as first sent, corrections left out."""
        return ((s, line) for s in self.sent if s.form == name and s.revision < 2 for line in s.lines)

    def find(self, key: str, period: str, scope: str = "single") -> tuple[Sent, Filed]:
        """The first file that carries the record, and the record in it."""
        return next((s, r) for s in self.sent for r in s.records if (r.key, r.period, r.scope) == (key, period, scope))

    def fresh(self, key: str, period: str, scope: str = "single") -> Filed:
        """The record as the books have it."""
        year, month = (int(part) for part in period.split("-"))
        return file_record(self.accounts, self.city.units[key], scope, year, month)

    def resend(
        self, key: str, period: str, revision: int, *, days: int, scopes: Sequence[str] = ("single",), kind: str = "card",
        stem: str = "", change: Callable[[Filed], None] | None = None,
    ) -> Sent:  # fmt: skip
        """Another file of one unit, `days` after the due day (negative: before)."""
        records = [self.fresh(key, period, scope) for scope in scopes]
        for record in records:
            if change:
                change(record)
        unit_id = self.city.units[key].unit_id
        made = Sent(f"{FORM}/{period}", file_name(stem or unit_id.replace(":", "-"), kind, revision), FORM, period, kind,
                    date.fromisoformat(DUE[period]) + timedelta(days), records, unit=unit_id, revision=revision)  # fmt: skip
        self.sent.append(made)
        return made

    def drop(self, key: str, period: str) -> None:
        """The unit's report never comes: out of its group's file, or the whole file."""
        sent, _ = self.find(key, period)
        sent.records = [r for r in sent.records if r.key != key]
        if not sent.records:
            self.sent.remove(sent)

    def in_order(self) -> list[Sent]:
        """By day of arrival, then path: the order in which files are numbered."""
        return sorted(self.sent, key=lambda s: (s.arrived, s.path))

    def periods(self) -> Iterator[tuple[str, date]]:
        return ((period_text(*p), period_end(*p)) for p in self.city.periods)


def copy_of(record: Filed) -> Filed:
    return deepcopy(record)
