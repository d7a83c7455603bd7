"""The sender gets every error at once, in his own workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from catalog.annotated import LIST, annotate
from catalog.inert import inert
from tests.jobs.incoming import LISTED
from tests.prompt import Guozi


def finding(address: str, severity: str = "error", rule: str = "B01-1", **more: Any) -> dict[str, Any]:
    return {"severity": severity, "rule_id": rule, "unit_id": "A", "period": "2025-03", "scope": "single", "address": address,
            "seen": "1", "expected": "2", "message": f"{rule} 的说明", **more}  # fmt: skip


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "报表.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("单户")
        sheet.write_row(0, 0, ("项目", "本年累计"), book.add_format({"bold": True}))
        sheet.write_row(1, 0, ("营业总收入", 12.5))
        sheet.write_formula(2, 1, "=B2*2", None, 25)
    return path


def test_findings_of_a_cell_stand_at_it_gravest_first_and_everything_else_is_as_it_was(original: Path, tmp_path: Path) -> None:
    found = [finding("报表.xlsx!单户!B2", "query", "B09-1"), finding("报表.xlsx!单户!B2"), finding("报表.xlsx!单户", rule="HDR-MISSING")]
    assert annotate(original, "报表.xlsx", found, tmp_path / "out.xlsx") == 2
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    cell = book["单户"]["B2"]
    assert cell.value == 12.5 and cell.fill.start_color.rgb.endswith("FFC7CE")
    assert cell.comment is not None and cell.comment.text.splitlines()[0].startswith("[必改] B01-1")
    assert book["单户"]["A1"].font.bold and book["单户"]["B3"].value == "=B2*2"
    assert [row[1].value for row in book[LIST].iter_rows(min_row=2)] == ["HDR-MISSING", "B01-1", "B09-1"]


def test_a_csv_comes_back_as_a_workbook_marked_at_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "表.csv").write_bytes('单位,金额\n"甲\n乙",1\n丙,"=1+1"\n'.encode("gb18030"))
    assert annotate(tmp_path / "表.csv", "表.csv", [finding("表.csv:4:2")], tmp_path / "out.xlsx") == 1
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert (sheet["A2"].value, sheet["A4"].value, sheet["B4"].value) == ("甲\n乙", "丙", "'=1+1") and sheet["B4"].comment is not None


@pytest.mark.parametrize("content", [b'{"records": []}', b"PAR1xxxx", b"PK\x03\x04xxxx"])
def test_what_has_no_cells_gets_the_list_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    if content.startswith(b"PK"):
        import zipfile

        with zipfile.ZipFile(tmp_path / "x", "w") as bundle:
            bundle.writestr("甲.csv", "a,b\n")
    assert annotate(tmp_path / "x", "x", [finding("x#/records/0/amount")], tmp_path / "out.xlsx") == 0
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == [LIST]


@pytest.mark.parametrize(("text", "shown"), [
    ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-12.5", "-12.5"), ("+86 1", "'+86 1"), ("甲", "甲"),
])  # fmt: skip
def test_no_exported_cell_is_taken_for_a_formula(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_a_sender_gets_his_file_back_with_every_finding(guozi: Guozi, tmp_path: Path) -> None:
    file = tmp_path / "股本.csv"
    file.write_text((LISTED / "share_capital_2012.csv").read_text(encoding="utf-8-sig").replace('"0"', '"约零"', 3), encoding="utf-8")

    said = guozi("submit", str(file), "--form", "listed_share_capital", "--period", "2012", "--json")
    findings = json.loads(said.out)[0]["findings"]
    out = tmp_path / "批注.xlsx"
    guozi("receipt", "R00000001", "--workbook", str(out))
    book = openpyxl.load_workbook(out)
    assert book[LIST].max_row == len(findings) + 1
    marked = {f"股本.csv:{c.row}:{c.column}" for row in book.worksheets[0].iter_rows() for c in row if c.comment}
    assert marked == {f["address"] for f in findings if f["address"].count(":") == 2} and len(marked) >= 3


def test_a_formula_that_calls_out_comes_back_as_text_and_a_sum_as_a_sum(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["A2"], sheet["A3"] = '=WEBSERVICE("http://127.0.0.1/"&B1)', "=SUM(B1:B2)*2", '=HYPERLINK("file:///etc/passwd")'
    book.save(tmp_path / "sent.xlsx")
    annotate(tmp_path / "sent.xlsx", "sent.xlsx", [], tmp_path / "back.xlsx")
    back = openpyxl.load_workbook(tmp_path / "back.xlsx").worksheets[0]
    assert [back[cell].data_type for cell in ("A1", "A2", "A3")] == ["s", "f", "s"]
    assert str(back["A1"].value).startswith("'=WEBSERVICE")
