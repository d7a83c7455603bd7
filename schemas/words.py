"""Message templates of rules and warnings, filled in one place."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from schemas.column import Column

NOTHING = "（空）"
SEVERITIES = {"error": "必改", "query": "核实", "notice": "提示"}


def say(template: str, **values: object) -> str:
    """`{label}应为 {expected}` with values; a value that is missing reads （空）. Unknown placeholders raise KeyError."""
    shown = {key: NOTHING if value in (None, "") else value for key, value in values.items()}
    return template.format_map({"previous": NOTHING, **shown})


def figure(value: Decimal, unit: str = "") -> str:
    """How a figure is written in every text: thousands separated, no trailing zeros, its unit after it.

    The unit % is of a ratio stored as a fraction: in per cent, to two decimals, half away from zero.
    """
    if unit == "%":
        return f"{(value * 100).quantize(Decimal('0.01'), ROUND_HALF_UP):,f}%"
    return f"{value.normalize():,f}" + (f" {unit}" if unit else "")


def as_filed(column: Column, value: str | None, factor: Decimal) -> str | None:
    """A stored figure as the reporter would type it: an amount in his own unit of `factor` yuan, a percentage without its sign."""
    if value is None or column.type not in ("amount", "quantity", "ratio", "integer"):
        return value
    number = Decimal(value)
    return figure(number / factor if column.type == "amount" else number * 100 if column.percent else number)


# Functions of the predicate language; its other words are written in capitals.
FUNCTIONS = ("within_tolerance", "product_of", "valid_code", "matches", "days_between", "months_after", "workdays", "parameter")
NAME = re.compile(r"'[^']*'|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?")


def mentioned(text: str) -> tuple[str, ...]:
    """Columns that a predicate or formula names, `previous.x` and `<form>.x` included."""
    found = (t for t in NAME.findall(text) if not t.startswith("'") and not t.isupper())
    return tuple(dict.fromkeys(name for name in found if name not in FUNCTIONS))
