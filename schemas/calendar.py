"""A form's own calendar: which periods it expects, when they are due, which one another is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from schemas.contract import Calendar, Due
from schemas.period import Period

FIRST_KNOWN = date(2004, 1, 1)  # from which on holidays are known
_LAST = {"year": 0, "quarter": 4, "month": 12}


@dataclass(frozen=True)
class DueDay:
    """`certain` is False when the holidays of that year are not known and only weekends were skipped."""

    day: date
    certain: bool


def is_expected(calendar: Calendar, period: Period) -> bool:
    """Whether the calendar has this period: of its kind, and not carried by a later one (January by `YYYY-02`)."""
    return period.kind == calendar.kind and period.number not in calendar.combined


def first_of_year(calendar: Calendar, period: Period) -> bool:
    """Whether no period of the same year comes before it on this calendar. False for days."""
    return calendar.kind != "day" and predecessor(calendar, period, in_year=True) is None


def predecessor(calendar: Calendar, period: Period, *, in_year: bool = False) -> Period | None:
    """The previous period on this calendar: for balances the last of the year before counts, for year-to-date flows
    (`in_year`) none does. None for forms of events.
    """
    if calendar.kind == "day":
        return None
    before = period.shift(-1)
    while not is_expected(calendar, before):
        before = before.shift(-1)
    return before if before.year == period.year or not in_year else None


def compared_with(calendar: Calendar, period: Period, compare: str) -> Period | None:
    """The period of the other record of a relation rule (`Rule.compare`), or None where there is none.

    Raises KeyError for a word that no rule can have.
    """
    if calendar.kind == "day":
        return period if compare == "same_period" else None
    return {
        "previous": predecessor(calendar, period),
        "previous_in_year": predecessor(calendar, period, in_year=True),
        "year_end": Period(period.year - 1, _LAST[period.kind], 0, period.kind),
        "year_ago": period.year_ago(),
        "same_period": period,
    }[compare]


def same_end(calendar: Calendar, period: Period) -> Period | None:
    """The period of this calendar that ends on the same day: 2026Q1 → 2026-03 by months. None where none does, and for events."""
    if calendar.kind == "day" or period.kind == "day":
        return None
    end = period.end
    number = {"year": 0, "quarter": end.month // 3, "month": end.month}[calendar.kind]
    found = Period(end.year, number, 0, calendar.kind)
    return found if (end.month % 3 == 0 and found.end == end) or calendar.kind == "month" else None


def beside(own: Calendar, other: Calendar, period: Period, compare: str) -> Period | None:
    """The period of another form that ends with the one `period` is compared with (`same_period`: with itself), or None."""
    at = compared_with(own, period, compare)
    return at if at is None or own.kind == other.kind else same_end(other, at)


def expected_periods(calendar: Calendar, start: date, as_of: date) -> Iterator[Period]:
    """Periods that end in [start, as_of], in order; none for forms of events."""
    if calendar.kind == "day":
        return
    number = {"year": 0, "quarter": (start.month + 2) // 3, "month": start.month}[calendar.kind]
    period = Period(start.year, number, 0, calendar.kind)
    while period.end <= as_of:
        if is_expected(calendar, period):
            yield period
        period = period.shift(1)


def due_day(calendar: Calendar, period: Period, superior: str = "*") -> DueDay | None:
    """When the period is due to a superior (its own row, else that of `*`), moved to the next workday; None: never."""
    due = _due(calendar, period, superior)
    if due is None:
        return None
    month = Period(period.end.year, period.end.month, 0, "month").shift(due.months)
    return _next_workday(min(month.start + timedelta(days=due.day - 1), month.end))


def final_day(calendar: Calendar, period: Period, superior: str = "*") -> date | None:
    """From this day on figures are final (确定); before it provisional (暂定)."""
    due = due_day(calendar, period, superior)
    return due.day + timedelta(days=calendar.provisional_days) if due else None


def _due(calendar: Calendar, period: Period, superior: str) -> Due | None:
    valid = [d for d in calendar.due if d.valid_from <= period.end and (d.valid_to is None or period.end < d.valid_to)]
    return next((d for name in (superior, "*") for d in valid if d.superior == name), None)


def is_workday(day: date) -> bool:
    """By the published holidays, in years not yet published by weekday."""
    return _works(day)[0]


@cache
def moved_days() -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Weekdays on which nobody works and days of weekends on which people do, from `FIRST_KNOWN` to the last year published."""
    import chinese_calendar

    off, on = chinese_calendar.holidays, chinese_calendar.workdays
    return tuple(sorted(d for d in off if d.weekday() < 5)), tuple(sorted(d for d in on if d.weekday() > 4))


@cache
def _works(day: date) -> tuple[bool, bool]:
    """Whether people work on that day, and whether that is certain (chinesecalendar knows the year)."""
    import chinese_calendar

    try:
        return chinese_calendar.is_workday(day), True
    except NotImplementedError:
        return day.weekday() < 5, False


@cache
def _next_workday(day: date) -> DueDay:
    """`day` or the first workday after it; certain when every day looked at was."""
    certain = True
    while True:
        working, known = _works(day)
        certain = certain and known
        if working:
            return DueDay(day, certain)
        day += timedelta(days=1)
