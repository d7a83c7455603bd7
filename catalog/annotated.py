"""The sender's own workbook with every finding at its cell, and a list of all of them: what he corrects from.

A CSV comes back as a workbook with the same rows and columns. Files that have no cells to mark (JSON, Parquet, bundles)
get the list alone.
Only files that were judged are opened: one that a guard refused stays closed.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.workbook import Workbook

from catalog.inert import inert
from schemas.words import SEVERITIES

LIST = "审核问题"
LARGEST = 20 << 20  # bytes of a workbook that is marked; openpyxl takes fifty times that in memory
_FILLS = {"error": "FFC7CE", "query": "FFEB9C", "notice": "DDEBF7"}
_GRAVEST = ("error", "query", "notice")
_CELL = re.compile(r"(?P<sheet>.*)!(?P<cell>[A-Z]{1,3}[1-9][0-9]*)")
_LINE = re.compile(r":(?P<line>[0-9]+):(?P<column>[0-9]+)")
_HEAD = ("级别", "规则", "单位", "报告期", "口径", "位置", "填报值", "应为", "说明")
_SHOWN = ("rule_id", "unit_id", "period", "scope", "address", "seen", "expected", "message")
# What a formula of a sender may call and stay one: nothing that reads another file or asks the network.
_CALLS = frozenset([
    "ABS", "AND", "AVERAGE", "COUNT", "COUNTA", "COUNTIF", "IF", "IFERROR", "INT", "MAX", "MIN", "NOT", "OR", "ROUND", "SUBTOTAL", "SUM",
    "SUMIF", "SUMIFS", "SUMPRODUCT",
])  # fmt: skip
_CALLED = re.compile(r"([\w.]+)\s*\(")

Finding = Mapping[str, Any]


def annotate(original: Path, name: str, findings: Iterable[Finding], out: Path) -> int:
    """Writes `out` (xlsx); returns how many findings could be marked at their cell. `name`: the file as sent."""
    found = sorted(findings, key=lambda f: (_GRAVEST.index(f["severity"]), str(f["unit_id"]), str(f["address"])))
    book = _opened(original)
    marked = sum(_mark(book, name, here) for here in _by_cell(found)) if book is not None else 0
    book = book or Workbook(write_only=False)
    _list(book, found, first=marked == 0 and len(book.sheetnames) == 1 and book.worksheets[0].max_row == 1)
    book.save(out)
    return marked


def _opened(original: Path) -> Workbook | None:
    """The file as a workbook, or None where it has no cells."""
    with original.open("rb") as file:
        start = file.read(4)
    if original.stat().st_size > LARGEST:
        return None
    if start == b"PK\x03\x04":
        try:
            book = openpyxl.load_workbook(io.BytesIO(original.read_bytes()))
        except (KeyError, ValueError):
            return None
        _still(book)
        return book
    return None if start[:1] in (b"{", b"[") or start == b"PAR1" else _from_text(original.read_bytes())


def _still(book: Workbook) -> None:
    """Formulas that do more than add up become the text they are; the office that opens the workbook did not write them."""
    for cell in (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
        formula = str(getattr(cell.value, "text", cell.value))
        if "|" in formula or not {name.upper() for name in _CALLED.findall(formula)} <= _CALLS:
            cell.value = inert(formula)


def _from_text(content: bytes) -> Workbook | None:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return None
    if text.lstrip()[:1] in ("{", "["):
        return None
    book = Workbook()
    sheet, reader, line = book.worksheets[0], csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), 1
    for record in reader:
        for column, value in enumerate(record, 1):
            sheet.cell(line, column, inert(value))
        line = reader.line_num + 1
    return book


def _delimiter(text: str) -> str:
    first = "".join(text.splitlines()[:5])
    return max(",\t;", key=first.count)


def _by_cell(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings of one address together, gravest first."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding["address"]:
            found.setdefault(finding["address"], []).append(finding)
    return list(found.values())


def _mark(book: Workbook, name: str, here: list[Finding]) -> int:
    """Colours the cell and says at it what is wrong; how many findings that were."""
    rest = str(here[0]["address"]).removeprefix(name)
    if (cell := _CELL.fullmatch(rest)) and (title := cell["sheet"].removeprefix("!")) in book.sheetnames:
        row, column = coordinate_to_tuple(cell["cell"])
        target = book[title].cell(row, column)
    elif line := _LINE.fullmatch(rest):
        target = book.worksheets[0].cell(int(line["line"]), int(line["column"]))
    else:
        return 0
    if isinstance(target, openpyxl.cell.cell.MergedCell):
        return 0
    target.fill = PatternFill("solid", start_color=_FILLS[here[0]["severity"]])
    target.comment = Comment("\n".join(f"[{SEVERITIES[f['severity']]}] {f['rule_id']} {f['message']}" for f in here), "审核", 160, 320)
    return len(here)


def _list(book: Workbook, findings: Iterable[Finding], first: bool) -> None:
    title = LIST
    while title in book.sheetnames:
        title += "_"
    sheet = book.worksheets[0] if first else book.create_sheet(title)
    sheet.title = title
    sheet.append(_HEAD)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for finding in findings:
        row = (SEVERITIES[finding["severity"]], *(finding[name] for name in _SHOWN))
        sheet.append([inert(value) if isinstance(value, str) else value for value in row])
    for column, width in enumerate((8, 16, 22, 12, 14, 36, 20, 20, 80), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
