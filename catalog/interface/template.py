"""The xlsx template of a form: its headers, code lists to choose from, and in the properties what it is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from schemas.codes import code_list
from schemas.column import Column
from schemas.contract import MEASURES, Form

_CREATED = datetime(2000, 1, 1)  # the same form gives the same bytes
_ROWS = 1000
_WIDTH = 18
_CHOICES = 255  # characters of a list in a cell's validation


def write_template(form: Form, path: Path) -> None:
    """A table with one row a record, and for a form with a grid its card, one sheet a record."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": form.title, "created": _CREATED})
        book.set_custom_property("guozi_form", form.name, "text")
        styles = {"must": book.add_format({"bold": True, "bg_color": "#FDE9D9", "border": 1, "text_wrap": True}),
                  "may": book.add_format({"bg_color": "#EBF1DE", "border": 1, "text_wrap": True})}  # fmt: skip
        if form.items:
            _card(book.add_worksheet(form.title), form, styles)
        else:
            _table(book.add_worksheet("数据"), form, styles)


def _table(sheet: Any, form: Form, styles: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(form.columns):
        sheet.set_column(place, place, _WIDTH)
        sheet.write_string(0, place, column.header or column.label, styles["must" if column.required else "may"])
        sheet.write_comment(0, place, _hint(column))
        _choose(sheet, 1, _ROWS, place, column)


def _card(sheet: Any, form: Form, styles: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 1, 46)
    sheet.set_column(2, 5, _WIDTH)
    sheet.write_string(0, 1, form.title)
    row = 1
    for column in form.head:
        sheet.write_string(row, 1, column.header or column.label, styles["must" if column.required else "may"])
        _choose(sheet, row, row, 2, column)
        row += 1
    for kind, measures in MEASURES.items():
        sheet.write_row(row + 1, 0, ("行次", "项目", *measures.values()))
        row += 2
        for item in (i for i in form.items if i.kind == kind):
            sheet.write_string(row, 0, item.number)
            sheet.write_string(row, 1, item.label, styles["must" if item.required else "may"])
            row += 1


def _hint(column: Column) -> str:
    said = ["必填" if column.required else "可空", column.unit and f"单位：{column.unit}", column.codes and f"取值见代码表 {column.codes}"]
    return "；".join(part for part in said if part)


def _choose(sheet: Any, first: int, last: int, place: int, column: Column) -> None:
    """A list to choose from, where the workbook format can hold it; the reader wants no sheets beside the data."""
    names = [code.name or code.code for code in code_list(column.codes)] if column.codes else []
    offered = list(dict.fromkeys(names)) if column.codes else ["是", "否"] if column.type == "boolean" else []
    if offered and len(",".join(offered)) <= _CHOICES:
        sheet.data_validation(first, place, last, place, {"validate": "list", "source": offered})
