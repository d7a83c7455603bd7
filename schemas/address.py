"""The one grammar of cell addresses, written and read here.

`file.xlsx!Sheet!B7` · `file.csv:line:col` (both from 1) · `file.json#/records/3/revenue` (and `file.parquet#…`) · `bundle.zip!member…`.
A *source* is the prefix that all cells of one sheet share: `file.xlsx!Sheet`, `file.csv`, `file.json#/records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

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


def of_column(source: str, row: int, column: str, cells: Mapping[str, str], header: Mapping[str, Any]) -> str:
    """Address of the cell a record's column came from, or the record's place when the column is not in the file.

    `cells`: {column: `!B7` below the source, or `#/declared_unit` in place of the source's pointer}.
    `header`: {source: {kind, columns: {column: position}}} of the batch.
    """
    place = cells.get(column)
    if place is not None:
        return source.split("#", 1)[0] + place if place.startswith("#") else source + place
    laid = header.get(source, {"kind": "sheet", "columns": {}})
    position = laid["columns"].get(column)
    if position is not None:
        return cell(source, laid["kind"], row, position)
    return {"sheet": f"{source}!{row}", "lines": f"{source}:{row}", "json": f"{source}/{row}"}[laid["kind"]]
