"""Which dated line of a warning holds for a unit, and how grave it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from schemas.delivered import Line, Warning

LEVELS = ("蓝", "黄", "红")


@dataclass(frozen=True)
class Subject:
    """What a line is held against. `number`: value or now, `other`: base, `tally`: periods, days or findings,
    `flag`: below at last year's end too, or turned negative; `state`: late or missing; `held`: the lines whose `when`
    is true of a row."""

    number: Decimal | None = None
    other: Decimal | None = None
    shown: Decimal | None = None
    tally: int | None = None
    flag: bool = False
    state: str = ""
    held: tuple[Line, ...] = ()

    @property
    def value(self) -> Decimal | int | None:
        """What the mart shows."""
        return next((v for v in (self.shown, self.number, self.tally) if v is not None), None)


def gravest(warning: Warning, subject: Subject, day: date, unit: Mapping[str, Any]) -> Line | None:
    """The gravest line that holds. Of the lines of one level in force on `day` only the most specific one judges."""
    fired = [line for line in _nearest(warning, day, unit) if _fires(warning, line, subject)]
    return max(fired, key=lambda line: LEVELS.index(line.level), default=None)


def _nearest(warning: Warning, day: date, unit: Mapping[str, Any]) -> Iterator[Line]:
    chosen: dict[tuple[str, str], Line] = {}
    for line in warning.lines:
        key = (line.level, str(line.values.get("state", line.when)))
        if _fits(line, day, unit) and (key not in chosen or _specific(line) > _specific(chosen[key])):
            chosen[key] = line
    yield from chosen.values()


def _fits(line: Line, day: date, unit: Mapping[str, Any]) -> bool:
    low, _, high = line.industry.partition("-")
    industry = str(unit.get("industry") or "")[:2]
    return (
        line.valid_from <= day and (line.valid_to is None or day < line.valid_to)
        and line.supervisor in ("*", unit.get("supervisor"))
        and line.function_class in ("*", unit.get("function_class"))
        and (low == "*" or low <= industry <= (high or low))
    )  # fmt: skip


def _specific(line: Line) -> tuple[bool, bool, bool, int]:
    """More is more specific; of two ranges of industries the narrower."""
    low, _, high = line.industry.partition("-")
    width = int(high) - int(low) if high else 0
    return line.supervisor != "*", line.function_class != "*", line.industry != "*", -width


def _fires(warning: Warning, line: Line, subject: Subject) -> bool:
    given, number, tally = line.values, subject.number, subject.tally or 0
    match warning.kind:
        case "finding":
            return tally > 0
        case "line":
            limit = Decimal(str(given["line"]))
            above = warning.parameters["direction"] == "above"
            return number is not None and (number > limit if above else number >= limit)
        case "streak":
            return tally >= int(given["periods"]) or (bool(given.get("year_before")) and subject.flag)
        case "change" if number is not None and subject.other is not None:
            fell = subject.other - number >= subject.other * Decimal(str(given["fall"]))
            return fell or (bool(given.get("turns_negative")) and subject.flag)
        case "row":
            return line in subject.held
        case "missing":
            return subject.state == given["state"] and tally >= int(given["days"])
    return False
