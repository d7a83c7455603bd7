"""Golden warnings that hold one monthly statement against its earlier ones: the lines of FORMS §12 written out once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from samples.filing import Filed
from samples.truth import previous

Place = tuple[str, str, str]
_SURGING = ("accounts_receivable", "inventory", "other_receivables")


def watched(standing: Mapping[Place, Filed], place: Place) -> Iterator[tuple[str, str]]:
    """(warning, level) of one place; the level is empty where the warning does not fire."""
    yield "W05", "黄" if _dry_twice(standing, place) else ""
    yield "W06", "黄" if _funds_outgrow_sales(standing[place]) else ""
    yield from (("W07", "蓝") for item in _SURGING if _surged(standing, place, f"{item}_closing"))
    yield "W11", _cash_cover(standing[place])


def _figure(record: Filed | None, column: str) -> Decimal:
    """A figure; nothing filed is nothing."""
    return Decimal(0) if record is None else record.amount(column) or Decimal(0)


def _dry_twice(standing: Mapping[Place, Filed], place: Place) -> bool:
    """W05: at the ends of two quarters in a row a profit so far, and no cash from operations."""
    unit, period, scope = place
    year, month = int(period[:4]), int(period[5:])
    before = f"{year}-{month - 3:02d}" if month > 3 else f"{year - 1}-12"
    records = [standing.get((unit, at, scope)) for at in (period, before)]
    return month % 3 == 0 and all(_figure(r, "total_profit_ytd") > 0 > _figure(r, "cfo_ytd") for r in records)


def _funds_outgrow_sales(record: Filed) -> bool:
    """W06: receivables and inventory grow ten points faster than sales, and are half of the current assets."""
    funds, base = (
        sum((_figure(record, f"{item}_{measure}") for item in ("accounts_receivable", "inventory")), Decimal(0))
        for measure in ("closing", "ly_closing")
    )
    sales, before, current = (_figure(record, c) for c in ("revenue_total_ytd", "revenue_total_ly_ytd", "current_assets_closing"))
    if before <= 0 or not base or not current:
        return False
    return funds / base - sales / before > Decimal("0.1") and funds / current >= Decimal("0.5")


def _surged(standing: Mapping[Place, Filed], place: Place, column: str) -> bool:
    """W07: half as much again as at the report before, and ten million more."""
    unit, period, scope = place
    now, before = _figure(standing[place], column), _figure(standing.get((unit, previous(period), scope)), column)
    return before > 0 and now >= before * Decimal("1.5") and now - before >= 10_000_000


def _cash_cover(record: Filed) -> str:
    """W11: unrestricted cash over debt due within a year; nothing due, nothing said."""
    due = _figure(record, "short_loans_closing") + _figure(record, "current_portion_closing")
    if not due:
        return ""
    cover = (_figure(record, "cash_closing") - _figure(record, "restricted_cash_closing")) / due
    return "红" if cover < Decimal("0.5") else "黄" if cover < 1 else ""
