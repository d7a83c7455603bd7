"""What the readers give of honest files: the same texts from every format, each with its physical place."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter

from intake.guard import LIMITS, Limits
from intake.readers import Opened, Rejected, open_file
from schemas.address import cell
from tests.hostile.forge import CSV, HEADER, ROWS, altered, packed, with_cells, xlsx

TABLE = [["单位", "金额", "说明"], ["甲公司", "1234.5", "一,二"], ["乙公司", None, '他说"好"'], ["丙；公司", "-0.01", "两\n行"]]


def _csv(encoding: str, delimiter: str = ",", rows: list[list[str | None]] | None = None) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows or TABLE)
    return out.getvalue().encode(encoding)


def _xlsx() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("表")
        for number, row in enumerate(TABLE):
            for column, value in enumerate(row):
                try:
                    sheet.write_number(number, column, float(value or "x"))
                except ValueError:
                    sheet.write_string(number, column, value or "")
    return out.getvalue()


def _json() -> bytes:
    records = [dict(zip(TABLE[0], row, strict=True)) for row in TABLE[1:]]
    text = json.dumps(records, ensure_ascii=False).replace('"1234.5"', "1234.5").replace('"-0.01"', "-0.01")
    return text.encode()


def read(tmp_path: Path, name: str, content: bytes, limits: Limits = LIMITS) -> Opened:
    path = tmp_path / name
    path.write_bytes(content)
    return open_file(path, name, limits)


def rows(opened: Opened) -> list[list[Any]]:
    """All rows of all sheets, header included, row numbers left out."""
    found: list[list[Any]] = []
    for sheet in opened.sheets:
        if sheet.header:
            found.append(list(sheet.header))
        for batch in sheet.batches:
            assert batch.schema.field("_row").type == pa.int32()
            found += [list(r.values())[1:] for r in batch.to_pylist()]
    return found


FORMATS: dict[str, Callable[[], bytes]] = {
    "utf-8.csv": lambda: _csv("utf-8"), "bom.csv": lambda: _csv("utf-8-sig"), "gb.csv": lambda: _csv("gb18030"),
    "utf-16.csv": lambda: _csv("utf-16"), "be.csv": lambda: b"\xfe\xff" + _csv("utf-16-be"), "tab.txt": lambda: _csv("utf-8", "\t"),
    "semicolon.csv": lambda: _csv("gb18030", ";"), "table.xlsx": _xlsx, "table.json": _json,
    "bundle.zip": lambda: packed({"内/甲.csv": _csv("gb18030")}), "nested.zip": lambda: packed({"a.zip": packed({"b.xlsx": _xlsx()})}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_table_gives_the_same_texts_in_every_format(name: str, tmp_path: Path) -> None:
    found = rows(read(tmp_path, name, FORMATS[name]()))
    assert [[v and v.replace("\r\n", "\n") for v in row] for row in found] == TABLE


def test_every_cell_of_a_workbook_has_the_address_a_person_sees(tmp_path: Path) -> None:
    def offset(_: Any, sheet: Any) -> None:
        sheet.write("F9", "远处")
        sheet.write("F12", 7)

    (sheet,) = read(tmp_path, "a.xlsx", xlsx(offset)).sheets
    places = {
        value: cell(sheet.source, sheet.kind, row["_row"], int(name[1:]))
        for batch in sheet.batches for row in batch.to_pylist() for name, value in row.items() if name != "_row" and value
    }  # fmt: skip
    assert places["远处"] == "a.xlsx!表!F9"
    assert places["7"] == "a.xlsx!表!F12"
    assert places[ROWS[1][1]] == "a.xlsx!表!B3"


def test_a_sheet_that_begins_far_from_its_corner_keeps_its_places(tmp_path: Path) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("表").write("D7", "唯一")
    (sheet,) = read(tmp_path, "a.xlsx", out.getvalue()).sheets
    (batch,) = sheet.batches
    assert batch.to_pylist() == [{"_row": 7, "c0": None, "c1": None, "c2": None, "c3": "唯一"}]


def test_a_record_over_several_lines_is_known_by_the_line_it_starts_on(tmp_path: Path) -> None:
    text = '甲,乙,丙\r\n1,"二\n三\n四",5\n\n6,7,8\n'
    (sheet,) = read(tmp_path, "a.csv", text.encode()).sheets
    (batch,) = sheet.batches
    assert batch.column("_row").to_pylist() == [1, 2, 6]
    assert sheet.source == "a.csv"


def test_numbers_dates_and_truth_values_of_a_workbook_become_exact_texts(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(5, 0, [0.1 + 0.2, 1234567890123.45, 1e14, -0.0, 1e-7, True])
        sheet.write_datetime(6, 0, datetime(2025, 3, 31), day)
        sheet.write_datetime(6, 1, datetime(2025, 3, 31, 8, 30), day)

    found = rows(read(tmp_path, "a.xlsx", xlsx(fill)))
    assert found[3] == ["0.3", "1234567890123.45", "100000000000000", "0", "0.0000001", "TRUE"]
    assert found[4][:2] == ["2025-03-31", "2025-03-31 08:30:00"]


def test_dates_counted_from_1904_are_the_same_days(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_datetime(5, 0, date(2025, 3, 31), book.add_format({"num_format": "yyyy-mm-dd"}))

    old = read(tmp_path, "a.xlsx", xlsx(fill))
    new = read(tmp_path, "b.xlsx", xlsx(fill, date_1904=True))
    assert rows(old)[3][0] == rows(new)[3][0] == "2025-03-31"


def test_a_calculated_cell_is_read_as_its_result(tmp_path: Path) -> None:
    cells = '<row r="9"><c r="A9"><f>1+1</f><v>2</v></c><c r="B9" t="str"><f>""</f><v></v></c><c r="C9"><v>3</v></c></row>'
    calculated = altered(xlsx(), "xl/workbook.xml", ' fullCalcOnLoad="1"', "")
    assert rows(read(tmp_path, "a.xlsx", with_cells(cells, calculated)))[3][:3] == ["2", None, "3"]


def test_a_merged_title_and_the_templates_own_sheets_are_no_obstacle(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.merge_range("F1:H1", "大标题")
        book.add_worksheet("_codes").write("A1", "代码")
        book.add_worksheet("Sheet2")

    sheets = list(read(tmp_path, "a.xlsx", xlsx(fill)).sheets)
    assert [s.source for s in sheets] == ["a.xlsx!表"]


def test_a_workbook_says_what_it_is_in_its_own_properties(tmp_path: Path) -> None:
    def fill(book: Any, _: Any) -> None:
        book.set_custom_property("guozi_form", "monthly_finance")
        book.set_custom_property("guozi_revision", 2)
        book.set_custom_property("别的", "x")

    assert read(tmp_path, "a.xlsx", xlsx(fill)).hints == {"form": "monthly_finance", "revision": "2"}


def test_a_bundle_says_what_its_members_agree_on_and_leaves_out_the_unit_when_they_are_many(tmp_path: Path) -> None:
    def member(unit: str) -> bytes:
        return json.dumps({"form": "monthly_finance", "period": "2025-03", "unit": unit, "rows": 2, "records": []}).encode()

    bundle = packed({"a.json": member("甲"), "b.json": member("乙"), "manifest.yaml": b"revision: 2\n"})
    assert read(tmp_path, "a.zip", bundle).hints == {"form": "monthly_finance", "period": "2025-03", "rows": "4", "revision": "2"}


def test_members_of_a_bundle_carry_its_name_in_their_addresses(tmp_path: Path) -> None:
    bundle = packed({"内/甲.csv": CSV.encode(), "z.zip": packed({"乙.xlsx": xlsx()})})
    assert [s.source for s in read(tmp_path, "a.zip", bundle).sheets] == ["a.zip!z.zip!乙.xlsx!表", "a.zip!内/甲.csv"]


def test_names_in_a_zip_made_on_chinese_windows_are_read_right(tmp_path: Path) -> None:
    plain = packed({"XXXX.csv": CSV.encode()}).replace(b"XXXX", "快报".encode("gb18030"))
    assert [s.source for s in read(tmp_path, "a.zip", plain).sheets] == ["a.zip!快报.csv"]


def test_a_json_report_gives_its_head_its_hints_and_the_digits_of_its_source(tmp_path: Path) -> None:
    text = '{"form": "f", "rows": 2, "declared_unit": "万元", "records": [{"甲": 1.50, "乙": null}, {"乙": 1e3, "丙": false}]}'
    opened = read(tmp_path, "a.json", text.encode())
    assert opened.hints == {"form": "f", "rows": "2"}
    (sheet,) = opened.sheets
    assert (sheet.source, sheet.header, sheet.head) == ("a.json#/records", ("甲", "乙", "丙"), {"declared_unit": "万元"})
    (batch,) = sheet.batches
    assert [list(r.values()) for r in batch.to_pylist()] == [[0, "1.50", None, None], [1, None, "1000", "FALSE"]]
    assert cell(sheet.source, sheet.kind, 1, "乙") == "a.json#/records/1/乙"


def test_titles_above_the_header_and_blank_lines_are_lawful_in_delimited_text(tmp_path: Path) -> None:
    text = "财务快报\n单位：,万元\n甲,乙,丙,丁,\n1,2,3,4,\n\n,,,,\n5,6,7,8\n"
    assert rows(read(tmp_path, "a.csv", text.encode())) == [
        ["财务快报", None, None, None], ["单位：", "万元", None, None], ["甲", "乙", "丙", "丁"], ["1", "2", "3", "4"], ["5", "6", "7", "8"]
    ]  # fmt: skip


def test_short_runs_of_rare_or_common_characters_in_gb18030_are_not_taken_for_utf8(tmp_path: Path) -> None:
    names = ["镕", "李堃", "朱镕基", "联通", "中国石化青岛炼油化工有限责任公司", "䶮", "鎂鎂", "珺玥"]
    table = [["名", "数", "注"], *([name, "1", "x"] for name in names)]
    assert rows(read(tmp_path, "a.csv", _csv("gb18030", rows=table))) == table


def test_the_delimiter_is_the_one_that_divides_the_header(tmp_path: Path) -> None:
    text = "甲\t乙\t丙\n一\t1,234,567\t2,345,678,901\n"
    assert rows(read(tmp_path, "a.csv", text.encode()))[1] == ["一", "1,234,567", "2,345,678,901"]


@pytest.mark.parametrize("name", ["a\n.csv", "a\u202evsc.csv", "a\udcff.csv"])
def test_a_name_that_hides_something_or_is_no_text_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    with pytest.raises(Rejected, match="GRD-NAME a�") as refusal:
        open_file(tmp_path / "a.csv", name)
    refusal.value.where.encode()


def test_a_large_file_streams_in_batches(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("甲,乙,丙\n" + "".join(f"{i},x,\n" for i in range(999)), encoding="utf-8")
    (sheet,) = open_file(path, "a.csv", Limits(batch_rows=300)).sheets
    assert [b.num_rows for b in sheet.batches] == [300, 300, 300, 100]


@pytest.mark.parametrize(("limits", "name", "content", "rule"), [
    (Limits(file_bytes=10), "a.csv", CSV.encode(), "GRD-SIZE"),
    (Limits(unpacked_bytes=10), "a.zip", packed({"a.csv": CSV.encode()}), "GRD-SIZE"),
    (Limits(json_bytes=10), "a.json", _json(), "GRD-SIZE"),
    (Limits(entries=1), "a.zip", packed({"a.csv": b"", "b.csv": b""}), "GRD-ENTRIES"),
    (Limits(entries=2), "a.zip", packed({"a.zip": packed({"a.csv": b""}), "b.zip": packed({"b.csv": b""})}), "GRD-ENTRIES"),
    (Limits(unpacked_bytes=900), "a.zip", packed({f"{i}.zip": packed({"a.csv": b"1" * 200}) for i in range(4)}), "GRD-SIZE"),
    (Limits(depth=0), "a.zip", packed({"a.csv": CSV.encode()}), "GRD-DEPTH"),
    (Limits(columns=2), "a.csv", CSV.encode(), "GRD-COLUMNS"),
    (Limits(columns=2), "a.json", b'[{"a": 1, "b": 2, "c": 3}]', "GRD-COLUMNS"),
    (Limits(columns=2), "a.xlsx", xlsx(), "GRD-ROW"),
    (Limits(rows=2), "a.xlsx", xlsx(), "GRD-ROW"),
    (Limits(cells=len(HEADER)), "a.xlsx", xlsx(), "GRD-RANGE"),
])  # fmt: skip
def test_each_limit_refuses_what_lies_beyond_it(limits: Limits, name: str, content: bytes, rule: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refusal:
        rows(read(tmp_path, name, content, limits))
    assert refusal.value.rule_id == rule


def test_a_link_is_refused_and_a_missing_file_is_our_own_fault(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(Rejected, match="GRD-SYMLINK"):
        open_file(tmp_path / "b.csv", "b.csv")
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "c.csv", "c.csv")
