"""`statement`: a figure in force = the text of one cell × its declared unit."""

from __future__ import annotations

from typing import Any

from catalog.trace.cells import Cell, cell_node, read_cell
from catalog.trace.node import Node, compared
from catalog.trace.record import find_record, reasons
from catalog.trace.source import NoSuchThing, Row, Sources
from schemas.contract import Form
from schemas.load import form as load_form


def column_of(form: Form, item: str, measure: str) -> str:
    """The form's column that a long row (item, measure) came from."""
    name = f"{item}_{measure}"
    return name if name in form.by_name else item


def figure(sources: Sources, row: Row) -> Node:
    """Compared three ways: what is published, what silver holds, what the archived cell says."""
    form = load_form(row["form"])
    name = row.get("field") or column_of(form, row["item"], row["measure"])
    title = f"{form.by_name[name].label} {row['unit_id']} {row['period']} {row['scope']}"
    try:
        record = find_record(sources, form.name, row, name)
    except NoSuchThing as fault:
        return compared("figure", title, row["value"], None, why=str(fault))
    cell = read_cell(sources, form, record, name)
    why = cell.fault or ("" if cell.named else f"{cell.address} 的行列标题不是“{cell.column.label}”")
    agrees = row["value"] == cell.value and record["unit_id"] == row["unit_id"] and cell.named
    children = (cell_node(cell, record[name]), *reasons(sources, form, record, "statement"))
    return Node("figure", title, row["value"], cell.value, agrees, "" if agrees else why or _differs(row, cell),
                _facts(cell), children)  # fmt: skip


def _facts(cell: Cell) -> dict[str, Any]:
    unit = f" × {cell.declared_unit}" if cell.declared_unit else ""
    return {"算法": f"单元格原文{unit}，折算为{cell.column.unit or '合同单位'}"}


def _differs(row: Row, cell: Cell) -> str:
    return f"发布的是 {row['value']}，存档文件 {cell.address} 处得 {cell.value}"
