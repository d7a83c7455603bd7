"""Warnings: every kind fires on its line and not beside it."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.inputs import Parameters
from jobs.marts.warning import warning
from schemas.contract import Line, Warning
from schemas.load import indicators
from tests.jobs.marts.small import gold, parameters, shown

_P = {"unit_id": "A", "period": "2024-03", "scope": "single"}
AS_OF = date(2024, 6, 1)


def _rule(kind: str, given: dict[str, Any], *lines: Line, message: str = "{unit_name}") -> Warning:
    return Warning(
        "W", "试", "财务", kind, message, "处", ("small",), {"scopes": ["single"], **given}, lines
    )


def _warned(spark: SparkSession, rule: Warning, **frames: list[dict[str, Any]]) -> DataFrame:
    given: Parameters = parameters(
        "2023-12", "2024-02", "2024-03", "2024-04", rules=("T-YTD",), warnings=(rule,)
    )
    tree = frames.get(
        "enterprise_tree",
        [{"unit_id": "A", "supervisor": "sasac", "function_class": "公益类", "industry": "0610"}],
    )
    placed = [
        {"ancestor_id": t["unit_id"], "depth": 0, "period": p, "unit_name": "样例", **t}
        for t in tree
        for p in given.periods["small"]
    ]
    return warning(
        *(gold(spark, name, frames.get(name, [])) for name in ("statement", "indicator_value", "submission_coverage", "relation_finding")),
        gold(spark, "enterprise_tree", placed), given, AS_OF,
    )  # fmt: skip


def _ratio(value: str, period: str = "2024-03", indicator: str = "debt_ratio") -> dict[str, Any]:
    return {**_P, "period": period, "indicator_id": indicator, "value": value}


def _lines(*found: tuple[str, str], **scope: str) -> tuple[Line, ...]:
    return tuple(Line(level, {"line": line}, **scope) for level, line in found)


@pytest.mark.parametrize(
    ("value", "level"), [("0.6999", None), ("0.70", "黄"), ("0.75", "红"), ("2", "红")]
)
def test_the_gravest_line_reached_is_the_level(
    spark: SparkSession, value: str, level: str | None
) -> None:
    rule = _rule(
        "line",
        {"indicator": "debt_ratio", "direction": "at_least"},
        *_lines(("黄", "0.70"), ("红", "0.75")),
    )
    made = _warned(spark, rule, indicator_value=[_ratio(value)])
    assert shown(made, "level") == ({(level,)} if level else set())


def test_the_most_specific_line_of_a_level_judges(spark: SparkSession) -> None:
    lines = (
        *_lines(("黄", "0.70")),
        *_lines(("黄", "0.90"), function_class="公益类"),
        *_lines(("黄", "0.60"), industry="06-46"),
    )
    rule = _rule("line", {"indicator": "debt_ratio", "direction": "at_least"}, *lines)
    assert _warned(spark, rule, indicator_value=[_ratio("0.8")]).count() == 0
    by_industry = [
        {"unit_id": "A", "supervisor": "sasac", "function_class": "商业一类", "industry": "4610"}
    ]
    assert shown(
        _warned(spark, rule, indicator_value=[_ratio("0.65")], enterprise_tree=by_industry), "line"
    ) == {(0.6,)}


def test_a_line_judges_the_periods_that_end_within_its_dates(spark: SparkSession) -> None:
    line = Line("红", {"line": "0.5"}, valid_from=date(2024, 3, 1), valid_to=date(2024, 4, 30))
    rule = _rule("line", {"indicator": "debt_ratio", "direction": "above"}, line)
    values = [_ratio("0.8", period) for period in ("2024-02", "2024-03", "2024-04")]
    assert shown(_warned(spark, rule, indicator_value=values), "period") == {("2024-03",)}


def test_a_formula_is_held_against_its_line_and_names_its_figures(spark: SparkSession) -> None:
    given = {
        "formula": "liabilities_closing - assets_closing",
        "shown": "liabilities_closing / assets_closing",
        "direction": "above",
    }
    rule = _rule(
        "line", given, *_lines(("红", "0")), message="{unit_name} {period} 资产负债率 {shown}"
    )
    figures = [
        {**_P, "form": "small", "item": i, "measure": "closing", "value": v}
        for i, v in (("assets", 200), ("liabilities", 261))
    ]
    (row,) = _warned(spark, rule, statement=figures).collect()
    assert row.message == "样例 2024-03 资产负债率 130.50%" and row.line == 0
    assert (
        '"item":"assets"' in row.evidence
        and '"item":"liabilities"' in row.evidence
        and '"mart":"statement"' in row.evidence
    )
    assert _warned(spark, rule, statement=[{**f, "value": 200} for f in figures]).count() == 0


def test_losses_in_a_row_are_counted_on_the_forms_own_calendar(spark: SparkSession) -> None:
    rule = _rule(
        "streak",
        {"indicator": "total_profit", "below": "0"},
        Line("黄", {"periods": 2}),
        Line("红", {"periods": 3}),
    )
    lost = [_ratio("-1", p, "total_profit") for p in ("2023-12", "2024-02", "2024-03")]
    assert shown(_warned(spark, rule, indicator_value=lost), "period", "level", "value") == {
        ("2024-02", "黄", -1.0),
        ("2024-03", "红", -1.0),
    }
    gap = [
        _ratio("-1", "2023-12", "total_profit"),
        _ratio("3", "2024-02", "total_profit"),
        _ratio("-1", "2024-03", "total_profit"),
    ]
    assert _warned(spark, rule, indicator_value=gap).count() == 0


def test_a_loss_after_a_year_of_loss_is_graver(spark: SparkSession) -> None:
    rule = _rule(
        "streak",
        {"indicator": "total_profit", "below": "0"},
        Line("红", {"periods": 9, "year_before": True}),
    )
    lost = [_ratio("-1", p, "total_profit") for p in ("2023-12", "2024-04")]
    assert shown(_warned(spark, rule, indicator_value=lost), "period") == {("2024-04",)}


@pytest.mark.parametrize(("now", "base", "level"), [
    (71, 100, None), (70, 100, "黄"), (50, 100, "红"), (-1, 100, "红"), (10, 99, None), (10, -100, None),
])  # fmt: skip
def test_a_fall_is_held_against_a_base_worth_judging(
    spark: SparkSession, now: int, base: int, level: str | None
) -> None:
    given = {"now": "total_profit_ytd", "base": "total_profit_ly_ytd", "base_at_least": "100"}
    rule = _rule(
        "change",
        given,
        Line("黄", {"fall": "0.30"}),
        Line("红", {"fall": "0.50", "turns_negative": True}),
    )
    figures = [
        {**_P, "form": "small", "item": "total_profit", "measure": m, "value": v}
        for m, v in (("ytd", now), ("ly_ytd", base))
    ]
    assert shown(_warned(spark, rule, statement=figures), "level") == (
        {(level,)} if level else set()
    )


@pytest.mark.parametrize(("row", "level"), [
    ({"late": True, "received": True, "received_on": date(2024, 4, 9)}, "蓝"), ({"missing": True}, "红"),
    ({"missing": True, "due_on": date(2024, 5, 30)}, "黄"), ({"missing": False}, None), ({"missing": True, "expected": False}, None),
])  # fmt: skip
def test_a_report_that_is_late_or_missing_is_told_and_nothing_else(
    spark: SparkSession, row: dict[str, Any], level: str | None
) -> None:
    lines = (
        Line("蓝", {"state": "late", "days": 1}),
        Line("黄", {"state": "missing", "days": 1}),
        Line("红", {"state": "missing", "days": 30}),
    )
    told = {
        "expected": True,
        "received": False,
        "late": False,
        "due_on": date(2024, 4, 8),
        **_P,
        "form": "small",
        **row,
    }
    rule = _rule("missing", {}, *lines, message="{form}{state}{days}")
    made = _warned(spark, rule, submission_coverage=[told])
    assert shown(made, "level") == ({(level,)} if level else set())


def test_findings_are_counted_once_a_unit(spark: SparkSession) -> None:
    rule = _rule("finding", {"rules": ["T-YTD"]}, Line("蓝", {}), message="{count}处，如“{label}”")
    found = [
        {**_P, "form": "small", "rule_id": "T-YTD", "column": c}
        for c in ("total_profit_ytd", "revenue_total_ytd")
    ]
    found += [{**_P, "form": "small", "rule_id": "T-OPEN", "column": "assets_opening"}]
    assert shown(_warned(spark, rule, relation_finding=found), "level", "message") == {
        ("蓝", "2处，如“营业总收入·本年累计”")
    }


def test_every_declared_warning_has_units_for_what_it_shows() -> None:
    from schemas.load import warnings

    known = {i.id for i in indicators()}
    assert {w.parameters["indicator"] for w in warnings() if "indicator" in w.parameters} <= known
