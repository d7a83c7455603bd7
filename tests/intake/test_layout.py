"""Headers and printed lines are matched to columns; a missing or unknown one is told, never passed over."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from intake.layout import lay_out
from intake.readers import Opened, Rejected
from schemas.address import of_column
from schemas.load import form

Make = Callable[..., Opened]

CARD = [
    ["企业财务快报"],
    ["企业名称：", "甲公司", None, "统一社会信用代码", "91370200000000000X"],
    ["报表口径", "单户", None, "金额单位：万元", None],
    ["报表格式", "一般企业"],
    ["行次", "项目", "本月数", "本年累计", "上年同月", "上年同期累计"],
    ["1", "一、营业总收入", "10", "30", "9", "27"],
    ["2", "　其中：营业收入", "10", "30", "9", "27"],
    [None, "自己加的一行", "1", "1", "1", "1"],
    ["行次", "项目", "年初余额", "期末余额", "上年同期期末"],
    ["34", "货币资金", "5", "6", "4"],
    ["填表人", "张三"],
]


def test_a_card_is_one_record_with_the_place_of_every_figure(opened: Make) -> None:
    laid = lay_out(form("monthly_finance"), opened(CARD))
    record = laid.texts.to_pylist()[0]
    assert (record["text__revenue_total_ytd"], record["text__cash_closing"]) == ("30", "6")
    assert (record["text__unit_name"], record["text__declared_unit"], record["text__preparer"]) == ("甲公司", "万元", "张三")
    places = json.loads(record["_cells"])
    assert of_column(record["_source"], record["_row"], "revenue_total_ytd", places, laid.header) == "表.xlsx!Sheet1!D6"
    assert of_column(record["_source"], record["_row"], "declared_unit", places, laid.header) == "表.xlsx!Sheet1!D3"


def test_a_line_nobody_knows_and_lines_that_are_missing_are_told(opened: Make) -> None:
    problems = lay_out(form("monthly_finance"), opened(CARD)).problems
    assert [(p.rule_id, p.address, p.seen) for p in problems if p.rule_id == "HDR-UNKNOWN"] == [
        ("HDR-UNKNOWN", "表.xlsx!Sheet1!B8", "自己加的一行")
    ]
    missing = {p.column for p in problems if p.rule_id == "HDR-MISSING"}
    assert "inventory_closing" in missing and "cash_closing" not in missing and "period" not in missing
    optional = [p.seen for p in problems if p.rule_id == "HDR-MISSING" and not p.column]
    assert len(optional) == 1 and "商誉·期末余额" in optional[0].split("、")


def test_the_same_line_printed_twice_is_refused(opened: Make) -> None:
    with pytest.raises(Rejected, match="HDR-DUPLICATE"):
        lay_out(form("monthly_finance"), opened([*CARD[:7], CARD[6], *CARD[7:]]))


TABLE = [
    ["说明行"], ["股票代码", "简称", "货币资金(元)", "自选列"], ["600600", "甲", "1", "x"], [None, None, None, None],
    ["600601", "乙", "2", None],
]  # fmt: skip


def test_a_table_is_a_record_a_row_under_the_row_with_the_most_known_headers(opened: Make) -> None:
    laid = lay_out(form("listed_balance_sheet"), opened(TABLE, source="a.csv", kind="lines"))
    records = laid.texts.to_pylist()
    named = [(r["_row"], r["text__unit_id"], r["text__cash"]) for r in records if r["text__unit_id"]]
    assert named == [(3, "600600", "1"), (5, "600601", "2")]
    assert of_column("a.csv", 5, "cash", {}, laid.header) == "a.csv:5:3"
    assert ("HDR-UNKNOWN", "a.csv:2:4") in {(p.rule_id, p.address) for p in laid.problems}


def test_values_a_json_gives_once_hold_for_every_record(opened: Make) -> None:
    rows = [["unit_id", "cash_closing"], ["91370200000000000X", "1"], ["91370200000000001X", "2"]]
    made = opened(rows, source="a.json#/records", kind="json", head={"declared_unit": "元", "scope": "单户"})
    laid = lay_out(form("monthly_finance"), made)
    record = laid.texts.to_pylist()[1]
    assert (record["text__declared_unit"], record["text__scope"]) == ("元", "单户")
    places = json.loads(record["_cells"])
    assert of_column(record["_source"], record["_row"], "declared_unit", places, laid.header) == "a.json#/declared_unit"
    assert of_column(record["_source"], record["_row"], "cash_closing", places, laid.header) == "a.json#/records/1/cash_closing"


def test_a_sheet_without_a_header_and_a_header_that_stands_twice_are_refused(opened: Make) -> None:
    with pytest.raises(Rejected, match="HDR-NONE"):
        lay_out(form("listed_balance_sheet"), opened([["1", "2"], ["3", "4"]]))
    with pytest.raises(Rejected, match="HDR-DUPLICATE"):
        lay_out(form("listed_balance_sheet"), opened([["股票代码", "简称", "货币资金(元)", "货币资金"], ["600600", "甲", "1", "1"]]))
