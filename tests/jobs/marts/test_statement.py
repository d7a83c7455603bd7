"""Figures in force, one a row."""

from pyspark.sql import SparkSession

from jobs.marts.statement import figures, statement
from schemas.load import form
from tests.jobs.marts.small import parameters, records, shown, small_form


def test_every_filled_figure_is_a_row_and_a_blank_is_none(spark: SparkSession) -> None:
    rows = [
        {
            "unit_id": "A",
            "period": "2024-03",
            "revenue_total_ytd": "1.5",
            "assets_closing": 0,
            "_batch": 7,
            "_row": 3,
        }
    ]
    made = statement(parameters("2024-03"), small=records(spark, small_form(), rows))
    assert shown(made, "form", "item", "measure", "field", "title", "value", "_batch", "_row") == {
        ("small", "revenue_total", "ytd", "revenue_total_ytd", "营业总收入·本年累计", 1.5, 7, 3),
        ("small", "assets", "closing", "assets_closing", "资产总计·期末余额", 0.0, 7, 3),
    }  # fmt: skip


def test_public_figures_carry_their_label_and_the_measure_of_their_line(
    spark: SparkSession,
) -> None:
    rows = [
        {
            "unit_id": "sse:600600",
            "period": "2012",
            "assets": 5,
            "total_profit": 2,
            "scope": "consolidated",
        }
    ]
    given = parameters(listed={"listed_profile": ["2012"]})
    made = statement(given, listed_profile=records(spark, form("listed_profile"), rows))
    assert shown(made, "item", "measure", "value", "label") == {
        ("assets", "closing", 5.0, "公开披露样例"), ("total_profit", "ytd", 2.0, "公开披露样例"),
    }  # fmt: skip


def test_lines_no_grid_knows_are_as_most_of_their_form() -> None:
    kinds = {item.name: item.kind for item in form("monthly_finance").items}
    sheet = {
        column.name: measure for column, _, measure in figures(form("listed_balance_sheet"), kinds)
    }
    flow = {column.name: measure for column, _, measure in figures(form("listed_cash_flow"), kinds)}
    assert set(sheet.values()) == {"closing"} and flow["cfo"] == "ytd"
