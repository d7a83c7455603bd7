"""Text of a cell → the figure it states, and rounding; a second hand beside intake's, on Python's own Decimal.

Grammar: full-width digits and signs, thousands separators, `-` for nothing, (123) for a negative figure, a % sign.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Context, Decimal

from schemas.codes import code_list, spellings
from schemas.column import SQL_TYPES, Column

_NOTHING = {"", "-", "--", "—", "——", "–", "－"}
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


class NotANumber(ValueError):
    """The text at the address does not state a figure."""


def number(text: str | None) -> Decimal | None:
    """The figure a text states, None for nothing. A % is a hundredth. Raises NotANumber."""
    clean = "".join(unicodedata.normalize("NFKC", text or "").split()).replace("−", "-")
    if clean in _NOTHING:
        return None
    sign = Decimal(1)
    if clean.startswith("(") and clean.endswith(")"):
        clean, sign = clean[1:-1], Decimal(-1)
    if clean.endswith("%"):
        clean, sign = clean[:-1], sign / 100
    if not _NUMBER.fullmatch(clean):
        raise NotANumber("单元格里的文字不是一个数")
    return _WIDE.multiply(Decimal(clean.replace(",", "")), sign)


def filed(text: str | None, column: Column, declared_unit: str) -> Decimal | None:
    """What a filed text means in the contract's terms: amounts in yuan by the declared unit, percentages as fractions.

    Rounded as stored (half away from zero). Raises NotANumber.
    """
    value = number(text)
    if value is None:
        return None
    if column.type == "amount":
        value = _WIDE.multiply(value, yuan_per(declared_unit or column.unit or "元"))
    elif column.percent and "%" not in unicodedata.normalize("NFKC", text or ""):
        value = value / 100
    return rounded(value, scale(column.type))


def yuan_per(unit: str) -> Decimal:
    """Yuan in one declared unit. Raises NotANumber for a unit that is on no list."""
    code = spellings("declared_unit").get(unit)
    factors = {c.code: Decimal(c.extra["factor"]) for c in code_list("declared_unit")}
    if code is None:
        raise NotANumber(f"金额单位只能是 {'、'.join(factors)}")
    return factors[code]


def scale(kind: str) -> int:
    """Decimal places that a contract type keeps; 0 for whole numbers."""
    found = re.search(r",([0-9]+)\)", SQL_TYPES[kind])
    return int(found[1]) if found else 0


def rounded(value: Decimal, places: int) -> Decimal:
    """四舍五入: half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), context=_WIDE)
