"""What golden rows of marts are worked out from, and how they are written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from samples.city import City, Unit
from samples.filing import Filed
from samples.golden_domains import Standing
from samples.plan import Plan
from samples.sending import Sent
from samples.verdicts import Outcome
from schemas.codes import code_list

Row = dict[str, Any]
Place = tuple[str, str, str]
Number = int | Decimal | Fraction
Value = str | int | bool | Decimal | Fraction | date | None
# Units that rows are told of, a group among them with its parts at two levels.
UNITS = ("A", "A1", "B1", "C", "D")
MILLIONTH = Decimal("0.000001")  # scores are published with six decimals
SCORED = Decimal("0.0001")  # those of performance are rounded on the way, too
_PLACES = Decimal("0.0000000001")


@dataclass(frozen=True)
class Known:
    """`records`, `sent`: (unit, period, scope) → the monthly report in force, and its file.

    `standing`: lines of the other forms in force; `truth`: the truth file.
    """

    plan: Plan
    outcome: Outcome
    truth: Row
    standing: Standing
    records: Mapping[Place, Filed]
    sent: Mapping[Place, Sent]

    @classmethod
    def of(cls, plan: Plan, outcome: Outcome, truth: Row) -> Known:
        records = {e.key[1:]: e.record for e in outcome.standing.values() if e.record is not None}
        sent = {e.key[1:]: e.sent for e in outcome.standing.values() if e.record is not None}
        return cls(plan, outcome, truth, Standing.of_outcome(outcome), records, sent)

    @property
    def city(self) -> City:
        return self.plan.city

    def units(self) -> list[Unit]:
        return [self.city.units[key] for key in UNITS]


def parameter(name: str, day: date) -> Decimal:
    """A declared number of `mart_parameter`, as it holds on a day."""
    return next(Decimal(c.extra["value"]) for c in code_list("mart_parameter") if c.code == name and c.valid_on(day))


def quotient(top: Number, bottom: Number) -> Fraction | None:
    """To eight places, half away from zero, as rates are published; None where there is nothing to divide by."""
    if not bottom:
        return None
    exact = Fraction(top) / Fraction(bottom)
    size = (abs(exact) * 10**8 * 2 + 1) // 2
    return Fraction(size if exact >= 0 else -size, 10**8)


def told(mart: str, key: Mapping[str, str], values: Mapping[str, Value], within: Mapping[str, Decimal] | None = None) -> Row:
    """A row of a mart: its key, and what stands in its other columns, as text; `within`: column → what a number may be off."""
    return {
        "mart": mart, "key": dict(key), "values": {name: _text(value) for name, value in values.items()},
        "within": {name: f"{off:f}" for name, off in (within or {}).items()},
    }  # fmt: skip


def _text(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return value.isoformat()
    exact = Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(value)
    return f"{exact.quantize(_PLACES).normalize():f}"
