"""Golden warnings that look at one monthly statement beside its earlier ones: the lines of FORMS §12 written out once more."""

from __future__ import annotations

from decimal import Decimal

from samples.filing import Filed


def cash_cover(record: Filed) -> str:
    """W11: unrestricted cash over debt due within a year; nothing due, nothing said."""
    cash, restricted, short, current = (
        record.amount(f"{item}_closing") or Decimal(0) for item in ("cash", "restricted_cash", "short_loans", "current_portion")
    )
    due = short + current
    if not due:
        return ""
    cover = (cash - restricted) / due
    return "红" if cover < Decimal("0.5") else "黄" if cover < 1 else ""
