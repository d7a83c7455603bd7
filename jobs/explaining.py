"""Findings answered: one by one, or by the sheet a sender was given, filled in and returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from catalog import explained
from catalog.inert import inert
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused
from catalog.settings import Settings
from intake.readers import open_file
from jobs import journal
from schemas.codes import code_list
from schemas.contract import Form
from schemas.implied import all_rules
from schemas.load import form

CODES = "explanation_reason"
NUMBER, CODE, TEXT = "问题编号", "原因代码", "说明"
_HEADER = (NUMBER, "报表", "单位", "报告期", "口径", "规则", "规则内容", "位置", "填报值", "应为", "提示", CODE, TEXT)
_WIDTHS = (16, 16, 22, 10, 12, 12, 30, 28, 16, 16, 40, 12, 50)


@dataclass(frozen=True)
class Answered:
    """`recorded`: explanations that were new; `unchanged`: said before; `left`: rows without a code; `entries`: state → how many moved."""

    recorded: int
    unchanged: int
    left: int
    entries: Mapping[str, int]


def sheet(settings: Settings, filters: Mapping[str, str], out: Path) -> int:
    """Writes the open query findings of what stands as a workbook to fill in; returns how many there are."""
    ledger = Ledger.open(settings)
    try:
        rows = [one.row for one in explained.asked(settings, ledger, filters) if not one.answered]
    finally:
        ledger.close()
    _write(list({row["finding"]: row for row in rows}.values()), out)
    return len({row["finding"] for row in rows})


def explain(settings: Settings, said: Mapping[str, tuple[str, str]], by: str, left: int = 0) -> Answered:
    """`said`: finding's number → reason code and text. All of it is recorded, or nothing: raises Refused."""
    if not by.strip():
        raise Refused("请写明由谁说明（--by）")
    ledger = Ledger.open(settings)
    try:
        known = {one.number: one.row for one in explained.asked(settings, ledger)}
        _check(settings, said, known)
        rows = [{**known[n], "code": code, "text": text} for n, (code, text) in said.items()]
        recorded = len(ledger.explain(rows, by))
        moved = explained.settle(settings, ledger)
        journal.export(settings, ledger)
    finally:
        ledger.close()
    return Answered(recorded, len(said) - recorded, left, moved)


def explain_sheet(settings: Settings, path: Path, by: str) -> Answered:
    """A returned workbook; rows without a code are left for later. Raises Refused, intake.readers.Rejected."""
    rows = list(_filled(path))
    said = {row[NUMBER]: (row[CODE], row[TEXT]) for row in rows if row[CODE]}
    return explain(settings, said, by, len(rows) - len(said))


def judge(settings: Settings, number: str, to: str, by: str, reason: str) -> Mapping[str, int]:
    """An office accepts or refuses what was said of a finding; entries move accordingly. Raises Refused."""
    ledger = Ledger.open(settings)
    try:
        ledger.judge_explanation(number, to, by, reason)
        moved = explained.settle(settings, ledger)
        journal.export(settings, ledger)
        return moved
    finally:
        ledger.close()


def _check(settings: Settings, said: Mapping[str, tuple[str, str]], known: Mapping[str, Any]) -> None:
    codes = {c.code for c in code_list(CODES) if c.valid_on(settings.today)}
    for number, (code, text) in said.items():
        if number not in known:
            raise Refused(f"没有编号为 {number} 的核实类问题，或它所在的报送已不生效；guozi findings 列出现有问题")
        if code not in codes:
            raise Refused(f"问题 {number} 的原因代码“{code}”不在代码表 {CODES} 中；可用 {'、'.join(sorted(codes))}")
        if not text.strip():
            raise Refused(f"问题 {number} 没有写说明；请在“{TEXT}”一栏写清原因")


def _write(rows: Iterable[Mapping[str, Any]], out: Path) -> None:
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page, bold, wrap = book.add_worksheet("核实问题"), book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        for column, (title, width) in enumerate(zip(_HEADER, _WIDTHS, strict=True)):
            page.write_string(0, column, title, bold)
            page.set_column(column, column, width)
        for line, row in enumerate(rows, 1):
            for column, text in enumerate(_line(row)):
                page.write_string(line, column, text, wrap)
        page.freeze_panes(1, 0)
        codes = book.add_worksheet("原因代码")
        for line, code in enumerate(code_list(CODES)):
            codes.write_string(line, 0, code.code)
            codes.write_string(line, 1, code.name)
        page.data_validation(1, _HEADER.index(CODE), 10_000, _HEADER.index(CODE), {
            "validate": "list", "source": f"=原因代码!$A$1:$A${len(code_list(CODES))}"})  # fmt: skip


def _line(row: Mapping[str, Any]) -> Iterator[str]:
    made: Form = form(row["form"])
    title = next((rule.title for rule in all_rules(made) if rule.id == row["rule_id"]), "")
    told = (row["finding"], made.title, row["unit_id"], row["period"], row["scope"], row["rule_id"], title, row["address"], row["seen"],
            row["expected"], row["message"])  # fmt: skip
    yield from (inert(str(value or "")) for value in told)


def _filled(path: Path) -> Iterator[dict[str, str]]:
    """Rows of the first sheet under the header the sheet was given with."""
    page = next(iter(open_file(path, path.name).sheets))
    lines = [
        tuple((str(value) if value is not None else "").strip() for name, value in row.items() if name != "_row")
        for batch in page.batches for row in batch.to_pylist()
    ]  # fmt: skip
    if not lines or not {NUMBER, CODE, TEXT} <= set(lines[0]):
        raise Refused(f"{path.name} 不是问题清单：第一行应有“{NUMBER}”“{CODE}”“{TEXT}”；请用 guozi findings --sheet 重新取得")
    for line in lines[1:]:
        row = dict(zip(lines[0], line, strict=False))
        if row.get(NUMBER):
            yield {NUMBER: row[NUMBER], CODE: row.get(CODE, ""), TEXT: row.get(TEXT, "")}
