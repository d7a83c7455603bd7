"""Findings that need two records."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.marts.relation_finding import relation_finding
from schemas.identity import finding_number
from schemas.load import form
from tests.jobs.marts.small import batches, parameters, records, shown, small_form

_HEADER = '{"f.csv": {"kind": "lines", "columns": {"unit_id": 0, "total_profit_ytd": 3}}}'


def _found(
    spark: SparkSession, rule: str, rows: list[dict[str, Any]], registry: list[str] | None = None, slip: str = ""
) -> DataFrame:
    """By both engines, which say the same."""
    made = small_form((rule, slip))
    given = parameters(*sorted({r["period"] for r in rows}), rules=(rule, slip))
    small = records(spark, made, [{"unit_id": "A", **r} for r in rows])
    units = [{"unit_id": u, "valid_from": date(2020, 1, 1), "scope": ""} for u in registry or []]
    known = records(spark, form("enterprise_registry"), units)
    told = batches(spark, dict.fromkeys({r.get("_batch", 1) for r in rows}, _HEADER))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.marts.relation_finding.FEW", 0)
        many = relation_finding(told, given, small=small, enterprise_registry=known)
    few = relation_finding(told, given, small=small, enterprise_registry=known)
    assert sorted(map(str, few.collect())) == sorted(map(str, many.collect()))
    return few


def test_a_broken_sum_over_periods_is_told_with_cell_and_both_batches(spark: SparkSession) -> None:
    rows = [{"period": "2024-02", "total_profit_ytd": 1_000_000, "_batch": 4},
            {"period": "2024-03", "total_profit_ytd": 1_900_000, "total_profit_month": 500_000, "_batch": 5, "_submission": 9, "_row": 8,
             "declared_unit": "万元", "_step": 100}]  # fmt: skip
    columns = ("rule_id", "severity", "period", "column", "address", "_batch", "_submission", "_other_batch", "message")
    assert shown(_found(spark, "T-YTD", rows), *columns) == {
        ("T-YTD", "query", "2024-03", "total_profit_ytd", "f.csv:8:4", 5, 9, 4, "“利润总额·本年累计”填报 190，应为 150，上期 100"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"total_profit_ytd": 1_500_050},
        {"restated_reason": "追溯调整"},
        {"total_profit_month": None},
        {"scope": "consolidated"},
        {"unit_id": "B"},
    ],
    ids=["within the tolerance of both", "explained", "unknown", "another scope", "another unit"],
)
def test_a_look_alike_is_not_told(spark: SparkSession, change: dict[str, Any]) -> None:
    rows = [{"period": "2024-02", "total_profit_ytd": 1_000_000},
            {"period": "2024-03", "total_profit_ytd": 1_900_000, "total_profit_month": 500_000, "_step": 100, **change}]  # fmt: skip
    assert _found(spark, "T-YTD", rows).count() == 0


def test_the_first_report_of_a_year_has_no_period_before_it_for_flows(spark: SparkSession) -> None:
    rows = [
        {"period": "2023-12", "total_profit_ytd": 900},
        {"period": "2024-02", "total_profit_ytd": 50, "total_profit_month": 30},
    ]
    assert _found(spark, "T-YTD", rows).count() == 0
    assert shown(_found(spark, "T-FIRST", rows), "period", "column", "message") == {
        ("2024-02", "total_profit_ytd", "利润总额·本年累计50/30")
    }


def test_the_year_opens_as_the_year_before_it_closed(spark: SparkSession) -> None:
    rows = [
        {"period": "2023-12", "assets_closing": 70},
        {"period": "2024-03", "assets_opening": 90},
        {"period": "2024-02", "assets_opening": 70},
    ]
    assert shown(_found(spark, "T-OPEN", rows), "period", "column") == {
        ("2024-03", "assets_opening")
    }


def test_last_years_figure_is_what_was_filed_a_year_ago(spark: SparkSession) -> None:
    rows = [
        {"period": "2023-03", "assets_closing": 70},
        {"period": "2024-03", "assets_ly_closing": 90},
        {"period": "2024-02", "assets_ly_closing": 1},
    ]
    assert shown(_found(spark, "T-LAST", rows), "period") == {("2024-03",)}


def test_an_amount_off_by_a_factor_from_all_it_is_compared_with_is_suspect(
    spark: SparkSession,
) -> None:
    rows = [
        {"period": "2023-03", "assets_closing": 65, "liabilities_closing": 400_000, "_batch": 2},
        {"period": "2024-02", "assets_closing": 70},
        {"period": "2024-03", "assets_closing": 700_000, "liabilities_closing": 410_000, "_batch": 3},
    ]  # fmt: skip
    assert shown(_found(spark, "T-SCALE", rows), "column", "message", "_other_batch") == {
        ("assets_closing", "资产总计·期末余额700,000/70", 1)
    }


def test_an_amount_near_one_of_two_others_is_growth(spark: SparkSession) -> None:
    rows = [
        {"period": "2023-03", "assets_closing": 650_000},
        {"period": "2024-02", "assets_closing": 70},
        {"period": "2024-03", "assets_closing": 700_000},
    ]
    assert shown(_found(spark, "T-SCALE", rows).where("period = '2024-03'"), "column") == set()


@pytest.mark.parametrize(
    ("change", "told"),
    [({}, {("3",)}), ({"assets_closing": 8}, set()), ({"total_profit_month": 0}, set())],
)
def test_a_sheet_sent_again_is_told_when_enough_of_it_is_not_zero(
    spark: SparkSession, change: dict[str, Any], told: set[Any]
) -> None:
    before = {
        "revenue_total_month": 5,
        "assets_closing": 7,
        "liabilities_closing": 6,
        "period": "2024-02",
    }
    rows = [before, {**before, "period": "2024-03", **change}]
    assert shown(_found(spark, "T-COPY", rows), "seen") == told


def test_a_column_of_zeros_is_told_when_it_is_alive_at_that_time_of_another_year(spark: SparkSession) -> None:
    def filed(period: str, *figures: tuple[int | None, int]) -> list[dict[str, Any]]:
        return [
            {"unit_id": u, "period": period, "assets_closing": a, "liabilities_closing": b}
            for u, (a, b) in zip("ABC", figures, strict=False)
        ]

    rows = [
        *(row for month in ("03", "04", "05", "07") for row in filed(f"2023-{month}", (1, 0), (2, 0))),
        *filed("2024-03", (0, 0), (0, 0)),
        *filed("2024-06", (0, 0), (0, 0)),
        *filed("2024-04", (0, 0), (None, 0)),
        *filed("2024-05", (0, 0)),
    ]
    assert shown(_found(spark, "T-ZERO", rows), "period", "unit_id", "column") == {
        ("2024-03", "A", "assets_closing"), ("2024-03", "B", "assets_closing"),
    }  # fmt: skip


def test_a_unit_nobody_registered_is_told_unless_there_is_no_registry(spark: SparkSession) -> None:
    rows = [{"period": "2024-03"}, {"unit_id": "X", "period": "2024-03"}]
    assert shown(_found(spark, "T-REG", rows, ["A"]), "unit_id", "address", "message") == {
        ("X", "f.csv:2:1", "X")
    }
    assert _found(spark, "T-REG", rows, []).count() == 0


def test_public_figures_are_compared_with_other_forms_of_the_same_year(spark: SparkSession) -> None:
    names = (
        "listed_profile",
        "listed_balance_sheet",
        "listed_income_statement",
        "listed_cash_flow",
    )
    given = parameters(listed={name: ["2012"] for name in names})
    key = {"unit_id": "sse:600600", "period": "2012", "scope": "consolidated", "_step": "0.01"}
    rows = {
        "listed_profile": {**key, "assets": 10, "_batch": 4},
        "listed_balance_sheet": {**key, "assets": 11, "_batch": 5},
    }
    forms = {
        name: records(spark, form(name), [rows[name]] if name in rows else []) for name in names
    }
    made = relation_finding(
        batches(spark, {4: "{}", 5: "{}"}), given, **forms
    )
    assert shown(made, "form", "column", "seen", "expected", "_other_batch") == {
        ("listed_profile", "assets", "10", "11", 5)
    }


def test_a_difference_that_is_a_slip_of_the_pen_is_told_beside_it(spark: SparkSession) -> None:
    rows = [{"period": "2023-12", "assets_closing": 1234, "liabilities_closing": 500},
            {"period": "2024-02", "assets_opening": 1243, "liabilities_opening": -500}]  # fmt: skip
    told = shown(_found(spark, "T-OPEN", rows, slip="SLP-SWAP-2"), "rule_id", "severity", "column", "seen", "expected")
    assert ("SLP-SWAP-2", "notice", "assets_opening", "1,243", "1,234") in told
    assert {(rule, column) for rule, _, column, _, _ in told if rule != "T-OPEN"} == {("SLP-SWAP-2", "assets_opening")}


def test_what_was_said_of_a_finding_stands_beside_it(spark: SparkSession) -> None:
    made = small_form(("T-YTD",))
    rows = [{"period": "2024-02", "total_profit_ytd": 1_000_000}, {"period": "2024-03", "total_profit_ytd": 1_900_000,
            "total_profit_month": 500_000, "declared_unit": "万元"}]  # fmt: skip
    told = {"rule_id": "T-YTD", "form": "small", "unit_id": "A", "period": "2024-03", "scope": "single", "column": "total_profit_ytd"}
    said = {finding_number({**told, "seen": "190"}): "E03 追溯重述", finding_number({**told, "seen": "191"}): "别的数"}
    given = parameters("2024-02", "2024-03", rules=("T-YTD",))
    small = records(spark, made, [{"unit_id": "A", **r} for r in rows])
    found = relation_finding(batches(spark, {1: _HEADER}), given, said, small=small)
    assert shown(found, "seen", "record", "explanation") == {("190", "", "E03 追溯重述")}
