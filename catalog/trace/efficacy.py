"""功效系数法 once more, in exact fractions: the band that a figure reaches among five standards, and where it stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

BANDS = ("优秀", "良好", "平均", "较低", "较差", "较差以下")
_NAMES = ("excellent", "good", "average", "low", "poor")
_WIDE = Context(prec=60)
_PLACES = 14


@dataclass(frozen=True)
class Standing:
    """`number`: 1 for 优秀 to 6 for below 较差. `own`, `better`: standards of its band and the next better; `position`: 0 to 1."""

    number: int
    own: Fraction | None
    better: Fraction | None
    position: Fraction


def standing(value: Decimal, given: Mapping[str, str]) -> Standing:
    """`given`: a line of the standards, in per cent where its unit says so."""
    share = Fraction(1, 100) if given["unit"] == "%" else Fraction(1)
    lines = [Fraction(given[name]) * share for name in _NAMES]
    falling = lines[0] < lines[-1]
    figure = Fraction(value)
    reached = [n for n, line in enumerate(lines, 1) if (figure <= line if falling else figure >= line)]
    number = reached[0] if reached else 6
    own = lines[number - 1] if number < 6 else None
    better = lines[number - 2] if number > 1 else None
    if number == 1 or own is None or better is None:
        return Standing(number, own, better, Fraction(number == 1))
    efficacy = Fraction(rounded_to((figure - own) / (better - own), _PLACES))
    return Standing(number, own, better, Fraction(6 - number, 5) + efficacy / 5)


def rounded_to(value: Fraction, places: int) -> Decimal:
    """Half away from zero."""
    whole = _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    return whole.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
