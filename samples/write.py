"""Records → files of every kind senders use, the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
import yaml

from samples.filing import FORM, Filed, printed
from schemas.column import Column
from schemas.contract import MEASURES, Form
from schemas.load import form

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CREATED = datetime(2024, 1, 1)
_SCOPES = {"single": "单户", "difference": "差额", "consolidated": "合并"}
_FIGURES = ("amount", "quantity", "ratio", "integer")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Hints = Mapping[str, Any]
Cells = Mapping[str, str]


def header(column: Column) -> str:
    return column.header or column.label


def table(name: str, records: Sequence[Cells]) -> tuple[list[str], list[list[str]]]:
    """Headers and rows of the table layout, every column of the contract in its order."""
    columns = form(name).columns
    return [header(c) for c in columns], [[r.get(c.name, "") for c in columns] for r in records]


def as_csv(head: Sequence[str], rows: Iterable[Sequence[str]], encoding: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_json(name: str, records: Sequence[Cells], hints: Hints) -> bytes:
    """Numbers as their own digits, so that no figure passes through a float."""
    figures = {c.name for c in form(name).columns if c.type in _FIGURES}
    lines = []
    for record in records:
        said = ((k, v) for k, v in record.items() if v != "")
        pairs = (f"{json.dumps(k)}: {v if k in figures and _is_number(v) else json.dumps(v, ensure_ascii=False)}" for k, v in said)
        lines.append("    {" + ", ".join(pairs) + "}")
    head = "".join(f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)},\n" for k, v in hints.items())
    return ("{\n" + head + '  "records": [\n' + ",\n".join(lines) + "\n  ]\n}\n").encode()


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def as_zip(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members.items():
            bundle.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _workbook(made: io.BytesIO, hints: Hints) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"title": "样例报表", "author": "样例", "created": _CREATED})
    for name, value in hints.items():
        book.set_custom_property(f"guozi_{name}", str(value), "text")
    return book


def as_table_book(name: str, head: Sequence[str], rows: Iterable[Sequence[str]], hints: Hints) -> bytes:
    """A table workbook: a title above, the header in row 2; figures are written as numbers where they are, days as days."""
    made, columns = io.BytesIO(), form(name).columns
    book = _workbook(made, hints)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("数据")
    sheet.write_string(0, 0, f"{form(name).title}（汇编）")
    sheet.write_row(1, 0, head)
    for number, row in enumerate(rows, 2):
        for place, (column, text) in enumerate(zip(columns, row, strict=True)):
            if column.type == "date" and _DAY.fullmatch(text):
                sheet.write_datetime(number, place, datetime.fromisoformat(text), day)
            else:
                _put(sheet, number, place, text, column.type in _FIGURES)
    book.close()
    return made.getvalue()


def _put(sheet: Any, row: int, column: int, text: str, number: bool) -> None:
    if text == "":
        return
    if number and _is_number(text):
        sheet.write_number(row, column, float(Decimal(text)))
    else:
        sheet.write_string(row, column, text)


def as_card(records: Sequence[Filed], hints: Hints, without: Mapping[str, frozenset[str]] | None = None) -> bytes:
    """A card workbook, one sheet a record. `without`: items left out of the sheet of a scope (a line the clerk deleted)."""
    made = io.BytesIO()
    book = _workbook(made, hints)
    for record in records:
        name = _SCOPES[record.scope] if len({r.key for r in records}) == 1 else f"{record.key}{_SCOPES[record.scope]}"
        _card(book.add_worksheet(name), record, (without or {}).get(record.scope, frozenset()))
    book.close()
    return made.getvalue()


def _card(sheet: Any, record: Filed, left_out: frozenset[str]) -> None:
    monthly = form(FORM)
    for place, width in enumerate((18, 46, 18, 18, 18, 18)):
        sheet.set_column(place, place, width)
    sheet.write_string(0, 0, "企业财务快报")
    row = _card_head(sheet, monthly, record)
    for kind, named in MEASURES.items():
        for place, text in enumerate(("行次", "项目", *named.values())):
            sheet.write_string(row, place, text)
        row += 1
        for item in (i for i in monthly.items if i.kind == kind and i.name not in left_out):
            sheet.write_string(row, 0, item.number)
            sheet.write_string(row, 1, printed(item.name, item.label))
            for place, measure in enumerate(named, 2):
                _put(sheet, row, place, record.cells.get(f"{item.name}_{measure}", ""), True)
            row += 1
        row += 1


def _card_head(sheet: Any, monthly: Form, record: Filed) -> int:
    """Two label and value pairs a row; returns the row below."""
    for number, column in enumerate(monthly.head):
        row, place = 1 + number // 2, number % 2 * 3
        sheet.write_string(row, place, header(column))
        text = record.cells.get(column.name, "")
        if text:
            sheet.write_string(row, place + 1, _SCOPES[text] if column.name == "scope" else text)
    return 2 + (len(monthly.head) + 1) // 2


def as_manifest(entries: Sequence[Mapping[str, Any]]) -> bytes:
    text: str = yaml.safe_dump({"files": [dict(e) for e in entries]}, allow_unicode=True, sort_keys=False, width=200)
    return text.encode()
