import io
import json
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from catalog.trace.reread import Document, Unreadable

ROWS = [["企业名称", "营业收入", "备注"], ["青岛甲公司", "1,234.50", "第一行\n第二行"], ["青岛乙公司", "-", ""]]


def as_csv(encoding: str, delimiter: str = ",", ending: str = "\r\n") -> bytes:
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in ROWS]
    return (ending.join(lines) + ending).encode(encoding)


def as_xlsx(cells: dict[str, object], epoch_1904: bool = False) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", "date_1904": epoch_1904})
    sheet = book.add_worksheet("财务快报!甲")
    for place, value in cells.items():
        sheet.write(place, value)
    book.close()
    return out.getvalue()


def as_zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_cell_is_found_in_every_encoding(encoding: str) -> None:
    file = Document("a.csv", as_csv(encoding))
    assert file.text("a.csv:2:1") == "青岛甲公司"
    assert file.text("a.csv:2:2") == "1,234.50"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_cell_is_found_whatever_separates_the_columns(delimiter: str) -> None:
    assert Document("a.csv", as_csv("utf-8", delimiter)).text("a.csv:1:2") == "营业收入"


def test_a_title_above_the_table_does_not_hide_what_separates_its_columns() -> None:
    content = "青岛甲公司，2025年3月, 单位：元\n企业名称\t营业收入\t成本\t利润\n甲\t1,234\t1,000\t234\n".encode()
    assert Document("a.csv", content).text("a.csv:3:2") == "1,234"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_record_is_found_by_the_line_it_starts_on_though_a_field_before_it_spans_two(ending: str) -> None:
    file = Document("a.csv", as_csv("utf-8", ending=ending))
    assert file.text("a.csv:4:1") == "青岛乙公司"
    assert file.text("a.csv:4:3") is None
    with pytest.raises(Unreadable, match="没有从第 3 行开始的记录"):
        file.text("a.csv:3:1")


def test_numbers_and_dates_of_a_workbook_come_back_as_typed() -> None:
    cells = {"A1": "单位", "B7": 1234567.89, "C7": 0.1, "D7": date(2026, 3, 31), "E7": True, "F7": 1e-7}
    file = Document("b.xlsx", as_xlsx(cells))
    found = [file.text(f"b.xlsx!财务快报!甲!{place}") for place in ("B7", "C7", "D7", "E7", "F7", "A7", "ZZ99")]
    assert found == ["1234567.89", "0.1", "2026-03-31", "TRUE", "0.0000001", None, None]


def test_dates_of_the_1904_epoch_are_read_right() -> None:
    file = Document("b.xlsx", as_xlsx({"A1": datetime(2026, 3, 31)}, epoch_1904=True))
    assert file.text("b.xlsx!财务快报!甲!A1") == "2026-03-31"


def test_a_json_pointer_gives_the_source_text_of_a_number() -> None:
    content = '{"unit": "万元", "records": [{"a/b": 1.50}, {"a/b": 12345678901234567.25}]}'.encode("utf-8-sig")
    file = Document("c.json", content)
    assert file.text("c.json#/records/1/a~1b") == "12345678901234567.25"
    assert file.text("c.json#/records/0/a~1b") == "1.50"
    assert file.text("c.json#/unit") == "万元"


def test_a_bare_list_is_addressed_from_its_root() -> None:
    assert Document("c.json", json.dumps([{"a": 1}, {"a": "二"}]).encode()).text("c.json#/1/a") == "二"


def test_members_of_nested_bundles_are_reached() -> None:
    inner = as_zip({"一季度/a.csv": as_csv("gb18030"), "一季度/a.csv.json": b'[{"x": 3}]'})
    file = Document("out.zip", as_zip({"in.zip": inner, "b.xlsx": as_xlsx({"B2": 5})}))
    assert file.text("out.zip!in.zip!一季度/a.csv:2:2") == "1,234.50"
    assert file.text("out.zip!in.zip!一季度/a.csv.json#/0/x") == "3"
    assert file.text("out.zip!b.xlsx!财务快报!甲!B2") == "5"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_member_whose_name_is_in_an_unsaid_encoding_is_found(encoding: str) -> None:
    class Unsaid(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:
            return self.filename.encode(encoding), self.flag_bits

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr(Unsaid("市直/青岛甲公司.csv"), b"x,y")
    assert Document("out.zip", out.getvalue()).text("out.zip!市直/青岛甲公司.csv:1:2") == "y"


def test_the_longest_member_name_wins_where_one_begins_another() -> None:
    file = Document("out.zip", as_zip({"a.json": b"[1]", "a.json#1.csv": b"x,y"}))
    assert file.text("out.zip!a.json#1.csv:1:2") == "y"
    assert file.text("out.zip!a.json#/0") == "1"


def test_a_formula_gives_the_value_it_was_saved_with() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("表").write_formula("B2", "=1+2", None, 3.5)
    book.close()
    assert Document("b.xlsx", out.getvalue()).text("b.xlsx!表!B2") == "3.5"


def test_a_sheet_that_claims_to_be_smaller_than_it_is_is_read_whole() -> None:
    with zipfile.ZipFile(io.BytesIO(as_xlsx({"A1": "单位", "C9": 7}))) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace(b'<dimension ref="A1:C9"/>', b'<dimension ref="A1"/>')
    assert b'ref="A1"' in members[sheet]
    assert Document("b.xlsx", as_zip(members)).text("b.xlsx!财务快报!甲!C9") == "7"


def test_what_stands_left_of_a_cell_and_above_it_names_it() -> None:
    cells = {"B1": "项目", "C1": "本年累计", "A2": 1, "B2": "营业总收入", "C2": 5, "D2": "右边", "C3": 6}
    file = Document("b.xlsx", as_xlsx(cells))
    assert file.around("b.xlsx!财务快报!甲!C2") == (["营业总收入"], ["本年累计"])
    assert file.around("b.xlsx!财务快报!甲!D2") == (["营业总收入"], ["右边"])
    assert Document("a.csv", as_csv("utf-8")).around("a.csv:2:2") == ([], ["营业收入"])
    assert Document("c.json", b'[{"a/b": 1}]').around("c.json#/0/a~1b") == (["a/b"], ["a/b"])


def test_a_type_is_known_by_content_and_not_by_name() -> None:
    assert Document("wrong.csv", as_xlsx({"B2": 5})).text("wrong.csv!财务快报!甲!B2") == "5"


@pytest.mark.parametrize(
    ("name", "content", "address", "reason"),
    [
        ("a.csv", as_csv("utf-8"), "b.csv:1:1", "不在文件"),
        ("a.csv", as_csv("utf-8"), "a.csv:2:9", "没有第 9 列"),
        ("a.csv", as_csv("utf-8"), "a.csv!B7", "不是“文件:行:列”"),
        ("a.csv", b"\xff\xfa\x81\x30", "a.csv:1:1", "既不是"),
        ("b.xlsx", as_xlsx({"A1": 1}), "b.xlsx!没有!A1", "没有工作表"),
        ("b.xlsx", as_xlsx({"A1": 1}), "b.xlsx!财务快报!甲!1A", "不是“文件!表!单元格”"),
        ("c.json", b'[{"a": 1}]', "c.json#/4/a", "断开"),
        ("d.zip", as_zip({"a.csv": b"1"}), "d.zip!b.csv:1:1", "没有“b.csv:1:1”所指的文件"),
    ],
)
def test_an_address_that_leads_nowhere_says_why(name: str, content: bytes, address: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        Document(name, content).text(address)
