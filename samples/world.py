"""What all domains share: the city's units and accounts, the periods each kind of form is sent for, and who sends with whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from chinese_calendar import is_workday

from samples.accounts import Accounts, period_end
from samples.chart import FIRST_YEAR, month_index
from samples.city import City, Unit
from samples.ids import credit_code

WAN = 1_000_000  # fen in ten thousand yuan
Month = tuple[int, int]


def wan(fen: int) -> int:
    """Rounded down to ten thousand yuan."""
    return fen // WAN * WAN


def wan_up(fen: int) -> int:
    return -(-fen // WAN) * WAN


def board_day(latest: date) -> date:
    """The last day on which a board sat, two days before `latest` or earlier: boards sit on the 12th, party committees on the 8th."""
    if latest.day >= 14:
        return latest.replace(day=12)
    return date(latest.year - (latest.month == 1), (latest.month - 2) % 12 + 1, 12)


@dataclass(frozen=True)
class World:
    """`months`, `quarters`, `halves`, `years`: for which the forms of each calendar are sent."""

    accounts: Accounts

    @property
    def city(self) -> City:
        return self.accounts.city

    @property
    def small(self) -> bool:
        return self.city.size == "small"

    @cached_property
    def months(self) -> tuple[Month, ...]:
        return ((2025, 3), (2025, 4)) if self.small else tuple((y, m) for y in (2024, 2025) for m in range(1, 13))

    @cached_property
    def quarters(self) -> tuple[tuple[int, int], ...]:
        return ((2024, 4), (2025, 1)) if self.small else tuple((y, q) for y in (2024, 2025) for q in range(1, 5))

    @property
    def halves(self) -> tuple[tuple[int, int], ...]:
        """As quarters: a half-year ends with its second or fourth."""
        return ((2024, 2), (2024, 4)) if self.small else tuple((y, q) for y in (2024, 2025) for q in (2, 4))

    @property
    def years(self) -> tuple[int, ...]:
        return (2024, 2025)

    def reporting(self, day: date) -> Iterator[Unit]:
        return (u for u in self.city.alive(day) if u.files_monthly)

    @cached_property
    def active(self) -> tuple[Unit, ...]:
        """Units that live and trade from the books' first day to their last, in order."""
        ends = (date(FIRST_YEAR, 1, 1), self.city.today)
        living = (u for u in self.city.units.values() if all(u.spell(day) for day in ends))
        return tuple(u for u in living if u.files_monthly and not u.profile.dormant)

    @cached_property
    def leading(self) -> tuple[Unit, ...]:
        """Heads and their daughters that build, pay and decide for themselves."""
        return tuple(u for u in self.active if len(u.key) <= 2 and ":" not in u.unit_id and u.statement_type == "一般企业")

    def outside(self, key: str, number: int) -> str:
        """The code of a company outside the city's registry that has to do with the unit: its `number`-th of ten."""
        return credit_code(70_000 + list(self.city.units).index(key) * 10 + number)

    def stock(self, key: str, item: str, month: Month) -> int:
        return self.accounts.own[key].stocks[month_index(*month) + 1][item]

    def flow(self, key: str, item: str, first: Month, last: Month) -> int:
        flows = self.accounts.own[key].flows[month_index(*first) : month_index(*last) + 1]
        return sum(month[item] for month in flows)

    def style(self, unit: Unit, year: int) -> tuple[str, int]:
        """As on the monthly report, but never coarser than a hundred yuan."""
        declared, decimals = unit.later_style if unit.later_style and year >= 2025 else unit.style
        return declared, max(decimals, 2)

    def bundle(self, unit: Unit, day: date) -> str:
        """Who sends for the unit: its group, or for the others the office of the districts and zones."""
        spell = unit.spell(day)
        head = unit.key if not spell else self.city.units[unit.key].key
        while (s := self.city.units[head].spell(day)) and s.parent:
            head = s.parent
        return f"group-{head}" if self.city.units[head].supervisor == "sasac" else "districts"


def workday(day: date) -> date:
    """The day, or the first after it on which people work, by the published holidays."""
    while not is_workday(day):
        day += timedelta(1)
    return day


def month_end(month: Month) -> date:
    return period_end(*month)


def months_between(first: Month, last: Month) -> Iterator[Month]:
    year, month = first
    while (year, month) <= last:
        yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def quarter_months(quarter: tuple[int, int]) -> tuple[Month, Month]:
    year, number = quarter
    return (year, number * 3 - 2), (year, number * 3)
