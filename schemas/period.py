"""Reporting periods: `2026-03` (month), `2026Q1` (quarter), `2026` (year) or `2026-03-31` (event day).

Periods of one kind sort as text. Nothing here knows a form; which period precedes which on a
form's own calendar (January and February together) is `schemas.calendar`.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

PART_LENGTH = 7  # characters
_GRAMMAR = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?|Q(?P<quarter>[1-4]))?")


@dataclass(frozen=True, order=True)
class Period:
    """`kind` is year, quarter, month or day; `number` is the quarter or month within the year (0 for a year)."""

    year: int
    number: int
    day: int
    kind: str

    def __str__(self) -> str:
        match self.kind:
            case "year":
                return f"{self.year:04d}"
            case "quarter":
                return f"{self.year:04d}Q{self.number}"
            case "month":
                return f"{self.year:04d}-{self.number:02d}"
        return f"{self.year:04d}-{self.number:02d}-{self.day:02d}"

    @property
    def end(self) -> date:
        """Last day of the period: the day at which stocks, the unit trees and code lists are read."""
        if self.kind == "day":
            return date(self.year, self.number, self.day)
        month = {"year": 12, "quarter": self.number * 3, "month": self.number}[self.kind]
        return date(self.year, month, calendar.monthrange(self.year, month)[1])

    @property
    def start(self) -> date:
        if self.kind == "day":
            return self.end
        month = {"year": 1, "quarter": self.number * 3 - 2, "month": self.number}[self.kind]
        return date(self.year, month, 1)

    def shift(self, steps: int) -> Period:
        """The period `steps` periods later (negative: earlier) of the same kind. Raises ValueError for days."""
        size = {"year": 1, "quarter": 4, "month": 12}.get(self.kind)
        if size is None:
            raise ValueError(f"按日期的报告期没有上一期：{self}")
        index = self.year * size + max(self.number - 1, 0) + steps
        year, number = divmod(index, size)
        return Period(year, 0 if self.kind == "year" else number + 1, 0, self.kind)

    def year_ago(self) -> Period:
        return Period(self.year - 1, self.number, self.day, self.kind)


def parse_period(text: str) -> Period:
    """Raises ValueError, in words a sender can act on, for anything that is not exactly a period."""
    found = _GRAMMAR.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}”不是报告期；应写作 2026-03（月）、2026Q1（季）、2026（年）或 2026-03-31（日期）")
    year = int(found["year"])
    if found["quarter"]:
        return Period(year, int(found["quarter"]), 0, "quarter")
    if not found["month"]:
        return Period(year, 0, 0, "year")
    month = int(found["month"])
    try:
        when = date(year, month, int(found["day"] or 1))
    except ValueError:
        raise ValueError(f"“{text}”不是存在的日期或月份") from None
    kind = "day" if found["day"] else "month"
    return Period(when.year, when.month, when.day if kind == "day" else 0, kind)


def part_of(period: str) -> str:
    """The month, quarter, half or year by which rows of a period are kept together: of a day its month."""
    return period[:PART_LENGTH]


def tree_period(text: str) -> str:
    """The period whose unit tree places a record: of an event day its month."""
    return text[:7] if len(text) == len("2026-03-31") else text
