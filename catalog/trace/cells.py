"""A column of a silver record → the cell it was filed in, read again from the archive, and what it says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.archive import Damaged
from catalog.trace.node import Node, compared
from catalog.trace.numbers import NotANumber, filed
from catalog.trace.reread import Document, Unreadable
from catalog.trace.source import Row, Sources
from schemas.address import of_column
from schemas.codes import spellings
from schemas.column import Column
from schemas.contract import MEASURES, Form
from schemas.labels import normalise

_NUMBERS = ("amount", "ratio", "quantity", "integer", "sum")
_DATE = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")
_TRUTH = {"是": True, "否": False, "TRUE": True, "FALSE": False, "Y": True, "N": False, "1": True, "0": False}


@dataclass(frozen=True)
class Cell:
    """`address` is empty when the file has no such column. `named`: the labels around the cell name this column."""

    column: Column
    address: str
    text: str | None
    declared_unit: str
    value: Any
    named: bool
    fault: str = ""


def read_cell(sources: Sources, form: Form, record: Row, name: str) -> Cell:
    """What stands in the archived file for column `name` of a silver `record`; faults are told, not raised."""
    column = form.by_name[name]
    address = _address(sources, record, name)
    if not address:
        return Cell(column, "", None, "", None, False)
    unit, text, named = "", None, False
    try:
        document = sources.document(record["_submission"])
        text, named = unlabelled(form, column, document.text(address)), is_named(document, form, column, address)
        unit = _declared_unit(sources, form, record) if column.type == "amount" else ""
        return Cell(column, address, text, unit, understood(text, column, unit), named)
    except (Damaged, Unreadable, NotANumber) as fault:
        return Cell(column, address, text, unit, None, named, str(fault))


def _address(sources: Sources, record: Row, name: str) -> str:
    cells = json.loads(record["_cells"]) if record["_cells"] else {}
    header = sources.batch(record["_batch"]).header
    if name not in cells and name not in header.get(record["_source"], {}).get("columns", {}):
        return ""
    return of_column(record["_source"], record["_row"], name, cells, header)


def _declared_unit(sources: Sources, form: Form, record: Row) -> str:
    if "declared_unit" not in form.by_name:
        return ""
    return str(read_cell(sources, form, record, "declared_unit").text or "")


def unlabelled(form: Form, column: Column, text: str | None) -> str | None:
    """`金额单位：万元` in one cell states 万元."""
    label, colon, inside = (text or "").replace("：", ":").partition(":")
    if colon and form.by_label.get(normalise(label)) is column:
        return inside.strip()
    return text


def is_named(document: Document, form: Form, column: Column, address: str) -> bool:
    """Whether row label and column heading around the cell name this very column."""
    left, above = document.around(address)
    own, _, _ = (document.text(address) or "").replace("：", ":").partition(":")
    if any(form.by_label.get(normalise(text)) is column for text in (*above, *left, own)):
        return True
    kind = next((i.kind for i in form.items if i.name == column.item), "")
    lines = [form.items_by_label[kind].get(normalise(text)) for text in left] if kind else []
    labelled = any(line is not None and line.name == column.item for line in lines)
    return labelled and any(normalise(t) == normalise(MEASURES[kind][column.measure]) for t in above)


def understood(text: str | None, column: Column, declared_unit: str) -> Any:
    """A text in the contract's type. Raises NotANumber where a figure or date is due and none stands there."""
    clean = (text or "").strip()
    if column.type in _NUMBERS:
        return filed(text, column, declared_unit)
    if not clean:
        return None
    match column.type:
        case "date":
            return _day(clean)
        case "boolean":
            return _TRUTH.get(clean.upper())
        case "code":
            return spellings(column.codes).get(clean, clean)
        case "unit":
            return column.prefix + clean if column.prefix or ":" in clean else clean.upper()
    return clean


def _day(text: str) -> date | None:
    if text in ("-", "—", "——"):
        return None
    found = _DATE.match(text)
    if found is None:
        raise NotANumber("单元格里的文字不是日期")
    return date(int(found[1]), int(found[2]), int(found[3]))


def cell_node(cell: Cell, stored: Any) -> Node:
    """The cell beside what silver holds of it."""
    title = f"{cell.column.label}（{cell.address or '文件中没有这一列'}）"
    facts: dict[str, Any] = {"单元格原文": cell.text} if not cell.column.personal else {}
    if cell.declared_unit:
        facts["金额单位"] = cell.declared_unit
    if cell.address and not cell.fault:
        facts["行列标题"] = "与合同中的名称相符" if cell.named else "未找到与合同相符的名称"
    same_kind = int(stored) if isinstance(stored, Decimal) and cell.column.type == "integer" else stored
    return compared("cell", title, same_kind, cell.value, why=cell.fault, facts=facts)
