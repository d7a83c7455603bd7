"""Warnings: every kind fires on its line and not beside it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.inputs import Parameters
from jobs.marts.warning import warning
from jobs.telling import figure_sql
from schemas.delivered import Line, Warning
from schemas.load import form, form_names, indicators
from schemas.words import figure
from tests.jobs.marts.small import gold, parameters, records, shown

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
        **{name: records(spark, form(name) if name in form_names() else given.forms[name], rows)
           for name, rows in frames.items() if name == "small" or name in form_names()},
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
        *_lines(("黄", "0.50"), industry="06-46"),
        *_lines(("黄", "0.60"), industry="46"),
        *_lines(("黄", "0.40"), industry="45-46"),
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


def test_a_streak_of_a_condition_is_counted_on_its_own_months(spark: SparkSession) -> None:
    """Quarter by quarter: what lies between does not matter, a quarter's end that does not hold ends it."""
    given = {"holds": "total_profit_ytd > 0 AND assets_closing < 0", "value": "assets_closing", "months": [3, 12]}
    rule = _rule("streak", given, Line("黄", {"periods": 2}), message="{value}{periods}")

    def filed(*found: tuple[str, int, int]) -> list[dict[str, Any]]:
        figures = [(p, *f) for p, profit, assets in found for f in (("total_profit", "ytd", profit), ("assets", "closing", assets))]
        return [{**_P, "period": p, "form": "small", "item": i, "measure": m, "value": v} for p, i, m, v in figures]

    dry = filed(("2023-12", 1, -5), ("2024-02", -1, 7), ("2024-03", 2, -6), ("2024-04", 2, -6))
    made = _warned(spark, rule, statement=dry)
    assert shown(made, "period", "message") == {("2024-03", "-62")}
    assert made.first().evidence.count('"mart":"statement"') == 2
    for other in (("2023-12", 0, -5), ("2023-12", 1, 0)):
        assert _warned(spark, rule, statement=filed(other, ("2024-03", 2, -6))).count() == 0


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


def _row(when: str, *lines: Line, message: str = "{unit_name}", reads: str = "small", **given: Any) -> Warning:
    known = [replace(line, when=line.when or when) for line in lines]
    return replace(_rule("row", {}, *known, message=message), parameters={"reads": reads, **given})


def test_every_row_for_which_a_condition_is_true_is_a_warning_of_its_own(spark: SparkSession) -> None:
    loan = {**_P, "kind": "银行贷款", "rate": "0.05", "due_on": date(2024, 8, 1)}
    rule = _row(
        "overdue AND overdue_days >= days AND days_between(as_of, due_on) < 90", Line("黄", {"days": 1}), Line("红", {"days": 90}),
        reads="financing", value="overdue_amount", message="{unit_name} {financing_no}（{kind}）逾期 {value}，{overdue_days}，利率 {rate}",
    )  # fmt: skip
    filed = [
        {**loan, "financing_no": "1", "overdue": True, "overdue_days": 90, "overdue_amount": "1234567.8"},
        {**loan, "financing_no": "2", "overdue": True, "overdue_days": 89, "overdue_amount": 1},
        {**loan, "financing_no": "3", "overdue": False, "overdue_days": 99},
        {**loan, "financing_no": "4", "overdue": True, "overdue_days": 99, "due_on": date(2024, 8, 30)},
        {**loan, "financing_no": "5", "overdue": True},
    ]
    made = _warned(spark, rule, financing=filed)
    assert shown(made, "subject", "level", "value", "message") == {
        ("financing_no=1", "红", 1234567.8, "样例 1（银行贷款）逾期 1,234,567.8 元，90 日，利率 5.00%"),
        ("financing_no=2", "黄", 1.0, "样例 2（银行贷款）逾期 1 元，89 日，利率 5.00%"),
    }
    assert '{"mart":"financing","unit_id":"A","period":"2024-03","financing_no":"1"}' in made.where("level = '红'").first().evidence


def test_a_line_may_have_its_own_condition_and_words(spark: SparkSession) -> None:
    """Lines of one level with other conditions are not one line for other units."""
    lines = (
        Line("红", {}, when="overdue", message="逾期{overdue_days}"),
        Line("红", {"days": "30"}, when="extended", message="展期{days}{due_on}"),
        Line("黄", {}, when="balance > 0"), Line("黄", {}, when="overdue", function_class="公益类"),
    )  # fmt: skip
    rule = _row("", *lines, reads="financing", message="余额{balance}")
    loan = {**_P, "balance": 5, "due_on": date(2024, 8, 1)}
    filed = [
        {**loan, "financing_no": "1", "overdue": True, "overdue_days": 3}, {**loan, "financing_no": "2", "extended": True},
        {**loan, "financing_no": "3"}, {**loan, "financing_no": "4", "balance": 0},
    ]  # fmt: skip
    assert shown(_warned(spark, rule, financing=filed), "level", "message") == {
        ("红", "逾期3 日"), ("红", "展期302024-08-01"), ("黄", "余额5 元"),
    }  # fmt: skip


def test_a_rows_figures_count_a_blank_line_of_a_statement_as_nothing(spark: SparkSession) -> None:
    """And a denominator of zero as no figure at all."""
    cover = {"cover": {"formula": "assets_closing / liabilities_closing", "unit": "倍"}}
    lines = (Line("黄", {"line": "1"}), Line("红", {"line": "0.5"}))
    rule = _row("cover < line", *lines, value="cover", figures=cover, message="{value}低于{line}")
    places = [("2023-12", 9, 10), ("2024-02", 5, 10), ("2024-03", 49, 100), ("2024-04", 5, 0)]
    filed = [{**_P, "period": p, "assets_closing": a, "liabilities_closing": b} for p, a, b in places]
    assert shown(_warned(spark, rule, small=filed), "period", "level", "message") == {
        ("2023-12", "黄", "0.9 倍低于1 倍"), ("2024-02", "黄", "0.5 倍低于1 倍"), ("2024-03", "红", "0.49 倍低于0.5 倍"),
    }  # fmt: skip


def test_a_row_is_compared_with_the_one_before_it_on_the_forms_calendar(spark: SparkSession) -> None:
    rule = _row(
        "value >= 1.5 * previous.value AND value - previous.value >= rise", Line("蓝", {"rise": 50}), reads="statement", value="value",
        compare="previous", where="item IN ('assets')", message="{title}由 {previous.value} 升至 {value}，上升不少于 {rise}",
    )  # fmt: skip
    row = {**_P, "form": "small", "item": "assets", "measure": "closing", "title": "资产"}
    filed = [{**row, "period": p, "value": v} for p, v in (("2023-12", 100), ("2024-02", 150), ("2024-03", 190), ("2024-04", 10000))]
    filed += [{**r, "item": "liabilities"} for r in filed]
    assert shown(_warned(spark, rule, statement=filed), "period", "subject", "message") == {
        ("2024-02", "form=small;item=assets;measure=closing", "资产由 100 升至 150，上升不少于 50"),
        ("2024-04", "form=small;item=assets;measure=closing", "资产由 190 升至 10,000，上升不少于 50"),
    }  # fmt: skip


def test_an_event_is_placed_by_the_tree_of_its_month_and_judged_by_the_lines_of_its_day(spark: SparkSession) -> None:
    lines = (Line("红", {}, supervisor="sasac", valid_from=date(2024, 3, 10)), Line("红", {}, supervisor="other"))
    rule = _row("feedback_due < as_of AND handled IS NULL", *lines, reads="network_event", message="{unit_name}{notice_no}")
    event = {"unit_id": "A", "scope": "", "feedback_due": date(2024, 5, 31), "notice_no": "通1"}
    days = [("1", date(2024, 3, 9)), ("2", date(2024, 3, 10))]
    filed = [{**event, "event_no": n, "occurred": d, "period": d.isoformat()} for n, d in days]
    filed += [{**event, "event_no": "3", "occurred": d, "period": d.isoformat(), "feedback_due": AS_OF} for _, d in days]
    assert shown(_warned(spark, rule, network_event=filed), "period", "subject", "message") == {("2024-03-10", "event_no=2", "样例通1")}


@pytest.mark.parametrize(("maturity", "fires"), [("确定", True), ("迟报", True), (None, True), ("未到期", False), ("免报", False)])
def test_no_row_that_is_not_due_or_exempt_fires(spark: SparkSession, maturity: str | None, fires: bool) -> None:
    rule = _row("value > 1", Line("红", {}), reads="indicator_value")
    made = _warned(spark, rule, indicator_value=[{**_ratio("2"), "maturity": maturity}])
    assert made.count() == fires


@pytest.mark.parametrize(("status", "fires"), [("ok", True), ("not_found", True), ("source_down", False)])
def test_no_row_of_a_source_that_was_down_fires(spark: SparkSession, status: str, fires: bool) -> None:
    rule = _row("abnormal IS NULL OR abnormal", Line("红", {}), reads="market_registry")
    assert _warned(spark, rule, market_registry=[{**_P, "status": status, "abnormal": True}]).count() == fires


def test_a_figure_reads_the_same_whoever_writes_it(spark: SparkSession) -> None:
    values = ("0", "1234567.8", "-1234567.89000000", "0.00000001", "-0.125", "0.705555", "99999999999999999999.99999999", "1000")
    given = [(v, u) for v in values for u in ("", "元", "%")]
    frame = spark.createDataFrame(given, "v STRING, u STRING").withColumn("v", F.expr("CAST(v AS DECIMAL(28,8))"))
    written = [row.said for row in frame.selectExpr(f"{figure_sql('v', 'u')} AS said").collect()]
    assert written == [figure(Decimal(v), u) for v, u in given]
    assert figure(Decimal("-1234567.8900"), "元") == "-1,234,567.89 元" and figure(Decimal("0.12345"), "%") == "12.35%"


def test_every_declared_warning_has_units_for_what_it_shows() -> None:
    from schemas.load import warnings

    known = {i.id for i in indicators()}
    assert {w.parameters["indicator"] for w in warnings() if "indicator" in w.parameters} <= known
