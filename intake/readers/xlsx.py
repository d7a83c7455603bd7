"""xlsx through python-calamine, after `intake.readers.workbook` has looked at every part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from intake.guard import LIMITS, Limits, refused
from intake.readers import Opened, Sheet
from intake.readers.batches import batches
from intake.readers.workbook import look
from schemas.address import column_letters

READER = "xlsx-1"
_LOST = Decimal("0.005")
_OWN_SHEETS = "_"
_HEADING = 6
_MERGED_ROWS = 1_000_000
Area = tuple[tuple[int, int], tuple[int, int]]


def open_xlsx(path: Path, name: str, limits: Limits = LIMITS) -> Opened:
    """Every sheet but empty ones, charts, and the template's own (their names begin with `_`)."""
    hints = look(path, name, limits)
    return Opened(READER, hints, _sheets(path, name, limits))


def _sheets(path: Path, name: str, limits: Limits) -> Iterator[Sheet]:
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            wanted = [m.name for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet and not m.name.startswith(_OWN_SHEETS)]
            filled = 0
            for title in wanted:
                sheet = book.get_sheet_by_name(title)
                if sheet.start is not None:
                    filled += 1
                    yield _sheet(sheet, f"{name}!{title}", limits)
            if not filled:
                raise refused("GRD-EMPTY", name, "所有工作表都没有内容")
    except CalamineError as broken:
        raise refused("GRD-TRUNCATED", name, "工作簿的部件缺失或互相矛盾") from broken


def _sheet(sheet: CalamineSheet, source: str, limits: Limits) -> Sheet:
    width = (sheet.end or (0, 0))[1] + 1
    return Sheet(source, "sheet", batches(_rows(sheet, source), width, limits.batch_rows))


def _rows(sheet: CalamineSheet, source: str) -> Iterator[tuple[int, list[str | None]]]:
    """Filled rows with their number. calamine counts rows from the sheet's first, but columns from the first filled one."""
    margin: list[Any] = [""] * (sheet.start or (0, 0))[1]
    merged = _merged(sheet, source)
    for number, filled in enumerate(sheet.iter_rows(), 1):
        values = margin + filled
        for area in merged.get(number - 1, ()):
            _check_merged(area, values, source)
        cells = [_text(value, source, number, i) for i, value in enumerate(values)]
        if any(cell is not None for cell in cells):
            yield number, cells


def _text(value: Any, source: str, row: int, column: int) -> str | None:
    """A cell as text: numbers to 15 significant digits as the program shows them, dates ISO, booleans TRUE / FALSE."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | int):
        return _number(value, source, row, column)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(f"calamine gave a {type(value).__name__}")


def _number(value: float, source: str, row: int, column: int) -> str:
    """Refused when 15 digits do not carry it to half a hundredth: then the program that wrote it has lost digits already."""
    short = format(value, ".15g")
    if short.lstrip("-").isdigit() and abs(value) < 1e15:
        return short if short != "-0" else "0"
    exact = Decimal(short)
    if not exact.is_finite() or abs(Decimal(value) - exact) > _LOST:
        raise refused("GRD-DIGITS", f"{source}!{column_letters(column)}{row}")
    return format(exact, "f")


def _merged(sheet: CalamineSheet, source: str) -> dict[int, list[Area]]:
    """Merged areas by each row (from 0) that they lie over."""
    areas: dict[int, list[Area]] = {}
    last, merged = (sheet.end or (0, 0))[0], sheet.merged_cell_ranges or ()
    if sum(min(bottom, last) - top + 1 for (top, _), (bottom, _) in merged) > _MERGED_ROWS:
        raise refused("GRD-MERGED", source, f"{len(merged)} 处")
    for area in merged:
        for row in range(area[0][0], min(area[1][0], last) + 1):
            areas.setdefault(row, []).append(area)
    return areas


def _check_merged(area: Area, values: list[Any], source: str) -> None:
    """A merged title or heading is harmless; one over a row of figures, or of more cells than a heading has, is refused."""
    (top, left), (bottom, right) = area
    beside = sum(value != "" for i, value in enumerate(values) if not left <= i <= right)
    if beside > _HEADING or any(isinstance(v, float | int) and not isinstance(v, bool) for v in values):
        where = f"{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}"
        raise refused("GRD-MERGED", f"{source}!{where}")
