"""A text becomes a value by one grammar, or is told; nothing is guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from intake.layout.laid import text_schema
from intake.typed import Typed, cast
from intake.words import period_of
from schemas.load import form


def texts(name: str, *records: dict[str, str]) -> pa.Table:
    made = form(name)
    rows = [{"_source": "a.csv", "_row": i + 2, **{f"text__{k}": v for k, v in r.items()}} for i, r in enumerate(records)]
    return pa.Table.from_pylist(rows, schema=text_schema(made))


def typed_of(name: str, rows: pa.Table, period: str) -> Typed:
    return cast(form(name), rows, [period] * rows.num_rows, [""] * rows.num_rows)


def finance(**values: str) -> dict[str, str]:
    return {"unit_id": "91370200000000000X", "scope": "单户", "declared_unit": "万元", **values}


@pytest.mark.parametrize(
    ("text", "yuan"),
    [("12.34", "123400"), ("１２．３４", "123400"), ("1,234.5", "12345000"), ("(12)", "-120000"), ("（12）", "-120000"),
     ("-0.00005", "-0.5"), (" 7 ", "70000"), ("+3", "30000"), ("0.000000005", "0.0001"), ("9999999999", "99999999990000")],
)  # fmt: skip
def test_an_amount_in_wan_becomes_yuan_exactly(text: str, yuan: str) -> None:
    typed = typed_of("monthly_finance", texts("monthly_finance", finance(cash_closing=text)), "2025-03")
    assert typed.values["cash_closing"].to_pylist() == [Decimal(yuan)]
    assert not typed.uncast("cash_closing")[0]


@pytest.mark.parametrize("text", ["1e3", "1_000", "5.", "12万", "1,23", "1 2", "٣", "0x10", "--5", "(-5)", "1.2.3", "NaN", "∞"])
def test_a_text_that_is_no_number_does_not_cast(text: str) -> None:
    typed = typed_of("monthly_finance", texts("monthly_finance", finance(cash_closing=text)), "2025-03")
    assert typed.values["cash_closing"].to_pylist() == [None]
    assert typed.uncast("cash_closing")[0]


@pytest.mark.parametrize("text", ["-", "——", "", "  ", "－"])
def test_a_dash_or_blank_is_nothing_and_not_a_fault(text: str) -> None:
    typed = typed_of("monthly_finance", texts("monthly_finance", finance(cash_closing=text)), "2025-03")
    assert typed.blank["cash_closing"][0] and not typed.uncast("cash_closing")[0]


def test_an_amount_beyond_a_hundred_trillion_yuan_is_a_slip() -> None:
    typed = typed_of("monthly_finance", texts("monthly_finance", finance(cash_closing="10000000000")), "2025-03")
    assert typed.uncast("cash_closing")[0]


def test_an_unknown_declared_unit_leaves_amounts_untyped_without_blaming_them() -> None:
    row = {**finance(cash_closing="12"), "declared_unit": "美元"}
    typed = typed_of("monthly_finance", texts("monthly_finance", row), "2025-03")
    assert typed.values["cash_closing"].to_pylist() == [None]
    assert not typed.uncast("cash_closing")[0]
    assert typed.values["declared_unit"].to_pylist() == ["美元"]


def test_the_step_is_what_most_figures_were_rounded_to() -> None:
    cents = {f"{name}_closing": f"{i}.5{i}" for i, name in enumerate(("cash", "inventory", "assets", "liabilities"), start=1)}
    fine = {**cents, "equity_closing": "3.123456"}
    whole = {name: value.split(".")[0] for name, value in cents.items()}
    typed = typed_of("monthly_finance", texts("monthly_finance", finance(**cents), finance(**fine), finance(**whole)), "2025-03")
    assert typed.values["_step"].to_pylist() == [Decimal(100), Decimal(100), Decimal(10_000)]


def test_codes_are_known_by_name_and_an_unknown_one_stays_as_filed() -> None:
    rows = [{**finance(), "scope": "合并"}, {**finance(), "scope": "single"}, {**finance(), "scope": "全部"}]
    typed = typed_of("monthly_finance", texts("monthly_finance", *rows), "2025-03")
    assert typed.values["scope"].to_pylist() == ["consolidated", "single", "全部"]


def test_a_period_of_the_submission_fills_an_empty_one() -> None:
    rows = [finance(), finance(period="2025年2月")]
    typed = typed_of("monthly_finance", texts("monthly_finance", *rows), "2025-03")
    assert typed.values["period"].to_pylist() == ["2025-03", "2025-02"]


@pytest.mark.parametrize(
    "text", ["2025-3-8", "2025/03/08", "2025年3月8日", "20250308", "2025.3.8", "2025-03-08 00:00:00", "２０２５－０３－０８"]
)
def test_a_date_is_read_in_the_ways_people_write_it(text: str) -> None:
    typed = typed_of("monthly_finance", texts("monthly_finance", finance(report_date=text)), "2025-03")
    assert typed.values["report_date"].to_pylist() == [date(2025, 3, 8)]


@pytest.mark.parametrize("text", ["2025-02-30", "03/08/2025", "45000", "2025-13-01", "昨天"])
def test_a_date_that_does_not_exist_or_is_ambiguous_is_refused(text: str) -> None:
    typed = typed_of("monthly_finance", texts("monthly_finance", finance(report_date=text)), "2025-03")
    assert typed.uncast("report_date")[0]


@pytest.mark.parametrize(
    ("text", "period"),
    [("2026年3月", "2026-03"), ("202603", "2026-03"), ("2026Q1", "2026Q1"), ("2026年一季度", "2026Q1"), ("2026年度", "2026"), ("本月", "")],
)
def test_a_period_is_read_in_the_ways_people_write_it(text: str, period: str) -> None:
    assert period_of(text) == period


def test_an_exchange_code_becomes_an_id_and_thousands_are_read() -> None:
    typed = typed_of("listed_balance_sheet", texts("listed_balance_sheet", {"unit_id": "600600", "cash": "1,446,508,293.29"}), "2012")
    assert typed.values["unit_id"].to_pylist() == ["sse:600600"]
    assert typed.values["cash"].to_pylist() == [Decimal("1446508293.29")]
