import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from catalog.trace.cells import is_named, understood, unlabelled
from catalog.trace.numbers import NotANumber
from catalog.trace.reread import Document
from schemas.column import Column
from schemas.load import form

MONTHLY = form("monthly_finance")
CARD = [
    ["财务快报", None, None, None], ["金额单位：万元", None, None, None], ["行次", "项目", "本月数", "本年累计"],
    [1, "一、营业总收入", 10, 30], [2, "其中：营业收入", 9, 27], ["行次", "项目", "年初余额", "期末余额"],
    [34, "货币资金", 5, 6],
]  # fmt: skip


@pytest.fixture
def card() -> Document:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("单户")
    for row, cells in enumerate(CARD):
        sheet.write_row(row, 0, cells)
    book.close()
    return Document("card.xlsx", out.getvalue())


@pytest.mark.parametrize(
    ("column", "cell", "named"),
    [
        ("revenue_total_month", "C4", True), ("revenue_total_ytd", "D4", True), ("revenue_ytd", "D5", True),
        ("cash_closing", "D7", True), ("declared_unit", "A2", True),
        ("revenue_total_ytd", "C4", False), ("revenue_total_ytd", "D5", False), ("cash_closing", "C7", False),
    ],
)  # fmt: skip
def test_a_cell_of_a_card_is_named_by_its_row_and_its_column(
    card: Document, column: str, cell: str, named: bool
) -> None:
    assert is_named(card, MONTHLY, MONTHLY.by_name[column], f"card.xlsx!单户!{cell}") is named


def test_a_cell_of_a_table_is_named_by_its_header() -> None:
    table = Document("t.csv", "信用代码,营业总收入·本年累计,货币资金·期末余额\nX,30,6\n".encode())
    assert is_named(table, MONTHLY, MONTHLY.by_name["revenue_total_ytd"], "t.csv:2:2")
    assert not is_named(table, MONTHLY, MONTHLY.by_name["revenue_total_ytd"], "t.csv:2:3")


def test_a_value_that_stands_behind_its_label_is_taken_out(card: Document) -> None:
    column = MONTHLY.by_name["declared_unit"]
    assert unlabelled(MONTHLY, column, card.text("card.xlsx!单户!A2")) == "万元"
    assert unlabelled(MONTHLY, column, "万元") == "万元"
    assert unlabelled(MONTHLY, MONTHLY.by_name["remarks"], "附注：见报告") == "附注：见报告"


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (Column("d", "日期", "date"), "2026年3月1日", date(2026, 3, 1)), (Column("d", "日期", "date"), "20260301", date(2026, 3, 1)),
        (Column("d", "日期", "date"), "-", None), (Column("b", "是否", "boolean"), "是", True),
        (Column("b", "是否", "boolean"), "false", False), (Column("s", "口径", "code", codes="statement_scope"), "合并", "consolidated"),
        (Column("u", "代码", "unit", prefix="sse:"), "600600", "sse:600600"), (Column("u", "代码", "unit"), "91a", "91A"),
        (Column("u", "代码", "unit"), "jw:Hk1", "jw:Hk1"), (Column("n", "人数", "integer"), "1,200", Decimal(1200)),
        (Column("t", "文字", "text"), " 甲 ", "甲"), (Column("t", "文字", "text"), None, None),
    ],
)  # fmt: skip
def test_a_text_is_understood_in_the_type_of_its_column(column: Column, text: str | None, value: Any) -> None:
    assert understood(text, column, "") == value


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(NotANumber):
        understood("下月初", Column("d", "日期", "date"), "")
