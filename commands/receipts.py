"""`receipt`: a receipt again, and of a submission about several units one for each, with its own findings and nobody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.archive import archive
from catalog.ledger.ledger import Ledger
from commands.console import emit, plain, settings
from commands.failure import Code, Failure
from commands.sending import show_receipt, show_unit
from intake.receipt import Receipt, UnitReceipt, by_unit, receipt_of

_NUMBER = re.compile(r"(R[0-9]{8,})(?:-([0-9]{3,}))?")
Findings = Sequence[Mapping[str, Any]]


def receipt(number: str, unit: str, out: Path | None, workbook: Path | None, *, as_json: bool) -> Code:
    """FINE, or FINDINGS when something has to be sent again. `out`: a folder for one file a unit; `workbook`: the sender's own,
    with every finding at its cell.
    """
    whole, units = _known(number, unit)
    findings = _findings(whole)
    if workbook is not None:
        _annotate(whole, findings, workbook, as_json=as_json)
    told = [{"receipt": one, "findings": _own(findings, one)} for one in units]
    if out is not None:
        _write(out, told)
    if as_json:
        emit({"receipt": whole, "units": told} if not (unit or "-" in number) else told[0])
    elif unit or "-" in number:
        show_unit(units[0], _own(findings, units[0]))
    else:
        show_receipt(whole, findings)
        print(f"    {len(units)} 家单位各有一份回执：guozi receipt {whole.number} --unit 单位代码，或 --out 目录 全部写出")
    if out is not None and not as_json:
        print(f"{len(told)} 份单位回执已写入 {out}")
    return Code.FINE if whole.passes else Code.FINDINGS


def _known(number: str, unit: str) -> tuple[Receipt, tuple[UnitReceipt, ...]]:
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise Failure(Code.USAGE, f"回执号形如 R00000012 或 R00000012-003，现在是“{number}”")
    ledger = Ledger.existing(settings())
    try:
        rows = ledger.receipt(match[1])
    finally:
        ledger.close()
    if rows is None:
        raise Failure(Code.USAGE, f"没有回执 {match[1]}；guozi findings --json 或 ops/event 列出全部回执号")
    whole = receipt_of(rows)
    chosen = tuple(one for one in by_unit(whole) if one.unit_id == (unit or one.unit_id) and (not match[2] or one.number == number))
    if (unit or match[2]) and not chosen:
        raise Failure(Code.USAGE, f"回执 {match[1]} 里没有“{unit or number}”这家单位")
    return whole, chosen


def _findings(whole: Receipt) -> Findings:
    from catalog.findings import find

    if whole.rejection:
        return ()
    answer = find(settings(), {"receipt": whole.number})
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _own(findings: Findings, one: UnitReceipt) -> Findings:
    """What was found in the unit's records, and in the file as a whole."""
    return [f for f in findings if f["unit_id"] in (one.unit_id, None)]


def _annotate(whole: Receipt, findings: Findings, workbook: Path, *, as_json: bool) -> None:
    from catalog.annotated import annotate

    if workbook.suffix != ".xlsx":
        raise Failure(Code.USAGE, f"批注写成 xlsx 文件，{workbook.name} 的扩展名不对")
    if whole.rejection:
        raise Failure(Code.REFUSED, f"{whole.file} 整份拒收，没有逐格的问题：{whole.rejection['message']}。{whole.rejection['todo']}")
    original = archive(settings()).local(whole.sha256, whole.sha256)
    marked = annotate(original, Path(whole.file).name, findings, workbook)
    if not as_json:
        print(f"{len(findings)} 个问题写入 {workbook}，其中 {marked} 个标在原来的单元格上")


def _write(out: Path, told: Sequence[Mapping[str, Any]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for one in told:
        text = json.dumps(plain(one), ensure_ascii=False, indent=2)
        (out / f"{one['receipt'].number}.json").write_text(text + "\n", encoding="utf-8")
