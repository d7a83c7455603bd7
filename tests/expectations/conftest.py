"""A small form for the tests of the language: a column of every type."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.column import Column
from schemas.contract import Form
from schemas.load import form

COLUMNS = (
    Column("unit_id", "单位", "unit", key=True), Column("period", "报告期", "period", key=True),
    Column("scope", "口径", "code", codes="statement_scope", key=True), Column("name", "名称", "text"),
    Column("division", "区划", "code", codes="gbt2260"), Column("report_date", "日期", "date"),
    Column("signed_on", "签订", "date"), Column("listed", "上市", "boolean"), Column("controlled", "控制", "boolean"),
    Column("a", "甲", "amount"), Column("b", "乙", "amount"), Column("c", "丙", "amount"), Column("big", "合计", "sum"),
    Column("share", "比例", "ratio"), Column("people", "人数", "integer"), Column("average", "平均人数", "quantity"),
    Column("ids", "编号", "list"),
)  # fmt: skip


@pytest.fixture(scope="session")
def small() -> Form:
    return replace(form("monthly_finance"), name="small", columns=COLUMNS, items=(), rules=())
