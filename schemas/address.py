"""The one grammar of cell addresses, written and read here.

`file.xlsx!Sheet!B7` · `file.csv:line:col` (both from 1) · `file.json#/records/3/revenue` · `bundle.zip!member…`.
A *source* is the prefix that all cells of one sheet share: `file.xlsx!Sheet`, `file.csv`, `file.json#/records`.
"""

from __future__ import annotations

from typing import Literal

SheetKind = Literal["sheet", "lines", "json"]


def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell(source: str, kind: SheetKind, row: int, position: int | str) -> str:
    """Address of one cell. `row` is the physical row or line (from 1) or the array index (from 0, JSON).

    `position` is the column's index from 0, or for JSON its key.
    """
    match kind:
        case "sheet":
            return f"{source}!{column_letters(int(position))}{row}"
        case "lines":
            return f"{source}:{row}:{int(position) + 1}"
    return f"{source}/{row}/{pointer(str(position))}"


def pointer(key: str) -> str:
    """A key as one JSON pointer token (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
