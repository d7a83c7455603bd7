"""The predicate language: what it lets through, what it refuses and why, and what its SQL answers in DuckDB."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.contract import check_form, check_warning
from expectations.predicate import PredicateError, broken_sql, entry_columns, parse, parse_value, parse_when
from schemas.codes import windows
from schemas.contract import Form
from schemas.declared import documents, lay_out, reading
from schemas.delivered import Warning
from schemas.load import form, form_names, warnings

TYPES = {
    "unit_id": "VARCHAR", "period": "VARCHAR", "scope": "VARCHAR", "name": "VARCHAR", "division": "VARCHAR",
    "report_date": "DATE", "signed_on": "DATE", "listed": "BOOLEAN", "controlled": "BOOLEAN", "a": "DECIMAL(18,4)",
    "b": "DECIMAL(18,4)", "c": "DECIMAL(18,4)", "big": "DECIMAL(28,4)", "share": "DECIMAL(18,8)", "people": "BIGINT",
    "average": "DECIMAL(18,6)", "_step": "DECIMAL(18,4)", "period_end": "DATE",
}  # fmt: skip
# (text, a word of the reason)
REFUSED = [
    ("a", "条件"), ("a + b", "条件"), ("name", "条件"), ("DATE '2026-01-31'", "条件"),
    ("1 = 1", "没有用到任何列"), ("TRUE", "没有用到任何列"),
    ("a = '1'", "文字与金额"), ("name > 'x'", "没有大小"), ("listed > controlled", "没有大小"), ("unit_id = 1", "不能放在一起"),
    ("report_date > '2026-01-31'", "文字与日期"), ("report_date > DATE '2026-02-30'", "不是存在的日期"),
    ("report_date + 1 > signed_on", "应是数字"), ("report_date > 20260131", "不能放在一起"),
    ("a = share", "比率与金额"), ("a + people > 0", "不能放在一起"), ("share < average", "不能放在一起"),
    ("a * b > 0", "product_of"), ("product_of(a, b, 2) > 0", "比率或有小数"), ("product_of(a, people, 2) > 0", "比率或有小数"),
    ("product_of(a, share) > 0", "参数不对"), ("product_of(a, share, 9) > 0", "最多 8 位"), ("product_of(a, 0.5, 1) > 0", "参数不对"),
    ("2 * product_of(a, share, 4) > 0", "一个乘号"), ("product_of(big, average, 4) > 0", "位数"),
    ("SUM(product_of(a, share, 4)) > 0", "38 位"),
    ("2 * (3 * a) > 0", "一个乘号"), ("1.00001 * a > 0", "四位小数"), ("2 * 3 > a", "不能与数字相乘"),
    ("a / 2 > b", "不能用除法"), ("a % 2 = 0", "没有取余"), ("name ~ 'x'", "matches"), ("name || 'x' = 'y'", "没有拼接"),
    ("a > 1e3", "规则语言"), ("a > 0x10", "规则语言"), ("a == b", "规则语言"), ("a <=> b", "规则语言"), ("a > b -- c", "注释"),
    ("a > b /* c */", "规则语言"), ("a > b; a > c", "一个条件"), ('"a" > 0', "引号"), ("a > $1", "占位符"), ("a > ?", "占位符"),
    ("name = E'x'", "前缀"), ("a ≥ b", ">="), ("a × 2 > b", "乘号写作"), ("a::int > 0", "规则语言"), ("CAST(a AS int) > 0", "没有函数"),
    ("a > (", "语法"), ("a > b c", "规则语言"), ("a >", "语法"), ("", "语法"), ("a BETWEEN 1", "语法"),
    ("nothing > 0", "没有列"), ("A > 0", "没有列"), ("ids IS NULL", "不能用在规则里"), ("x.y.a > 0", "两段"),
    ("previous.a > 0", "关系规则"), ("monthly_finance.cash_closing > 0", "关系规则"),
    ("a = NULL", "规则语言"), ("a IN (1, NULL)", "规则语言"), ("a IN (b)", "写明的值"), ("name IN (SELECT 1)", "规则语言"),
    ("listed IS TRUE", "IS 后面"), ("a IS DISTINCT FROM b", "规则语言"), ("CASE WHEN listed THEN a END > 0", "规则语言"),
    ("scope = '单户'", "代码表"), ("scope IN ('single', '合并')", "代码表"), ("valid_code('nothing', division, period_end)", "没有代码表"),
    ("valid_code('gbt2260', a, period_end)", "参数不对"), ("valid_code('gbt2260', division, name)", "参数不对"),
    ("matches(name, 'x')", "^…$"), ("matches(name, '^\\s$')", "含义不同"), ("matches(name, '^\\p{L}$')", "含义不同"),
    ("matches(name, '^(?=x)$')", "没有可重复"), ("matches(name, '^(x$')", "不成立"), ("matches(name, '^x*+$')", "没有可重复"),
    ("matches(name, '^[[:alpha:]]$')", "含义不同"), ("matches(a, '^1$')", "参数不对"), ("matches(name, name)", "参数不对"),
    ("COALESCE(a) > 0", "两个值"), ("COALESCE(a, 'x') > 0", "不能放在一起"), ("ABS(name) > 0", "应是数字"), ("LENGTH(a) = 1", "文字列"),
    ("days_between(a, report_date) > 1", "参数不对"), ("days_between(report_date) > 1", "参数不对"),
    ("months_after(report_date, people) > signed_on", "参数不对"), ("months_after(report_date, 1.5) > signed_on", "参数不对"),
    ("workdays(a, report_date) > 1", "参数不对"), ("a > parameter('nothing', report_date)", "没有参数"),
    ("a > parameter('loss_major', 5)", "参数不对"), ("a > parameter('loss_major', report_date, a)", "参数不对"),
    ("GREATEST(a, b) > 0", "没有函数"), ("now() > report_date", "没有函数"), ("CURRENT_DATE > report_date", "规则语言"),
    ("COUNT(name) > 1", "COUNT"), ("SUM(SUM(a)) > 1", "再汇总"), ("SUM(name) = 'x'", "不能用于"), ("MAX(name) = 'x'", "不能用于"),
    ("SUM(DISTINCT a) > 1", "规则语言"), ("SUM(a) OVER () > 1", "没有函数“OVER”"), ("SUM(a) FILTER (WHERE listed) > 1", "不在规则语言中"),
    ("within_tolerance(people, 1)", "只用于金额"), ("within_tolerance(a)", "参数不对"), ("within_tolerance(a, name)", "应是数字"),
    ("0.0001 * big + 999999999999 * big > 0", "38 位"), ("NOT a", "条件"), ("listed AND a", "条件"), ("name LIKE 'x'", "规则语言"),
    ("MIN() > 0", "不在规则语言中"), ("LENGTH() = 1", "语法"), ("NOT " * 21 + "listed", "套得太深"),
    ("(" * 30 + "a > 0" + ")" * 30, "套得太深"),
    (" AND ".join(["a > 0"] * 120), "太长"),
]  # fmt: skip


def _answer(made: Form, text: str, **row: Any) -> bool | None:
    """The predicate over one record in DuckDB; columns not given are NULL."""
    return _answers(made, text, [row])[0]


def _answers(made: Form, text: str, rows: list[dict[str, Any]]) -> list[bool | None]:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t (n INTEGER, {', '.join(f'{n} {t}' for n, t in TYPES.items())})")
        for number, row in enumerate(rows):
            given = {"n": number, "_step": Decimal("0.01")} | row
            marks = ", ".join("?" for _ in given)
            connection.execute(f"INSERT INTO t ({', '.join(given)}) VALUES ({marks})", list(given.values()))
        sql = parse(text, made).sql("duckdb", {"": "r"})
        return [found for (found,) in connection.execute(f"SELECT {sql} FROM t AS r ORDER BY n").fetchall()]


@pytest.mark.parametrize("name", form_names())
def test_every_rule_of_every_contract_can_be_run(name: str) -> None:
    check_form(form(name))


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_the_engines_would_read_apart_or_nobody_means_is_refused_with_its_reason(
    small: Form, text: str, reason: str
) -> None:
    with pytest.raises(PredicateError, match=reason.replace("^", r"\^").replace("$", r"\$")) as refused:
        parse(text, small)
    assert f"“{text}”" in str(refused.value) and "；" in str(refused.value)


def test_a_refusal_points_at_the_part_that_does_not_fit(small: Form) -> None:
    with pytest.raises(PredicateError, match="第 11 个字符起“nothing = 1”") as refused:
        parse("a > 0 AND nothing = 1", small)
    assert refused.value.position == 10


@pytest.mark.parametrize(
    ("text", "row", "answer"),
    [
        ("a > 0", {"a": 1}, True),
        ("a > 0", {"a": 0}, False),
        ("a > 0", {}, None),
        ("a > 0 OR b > 0", {"b": 1}, True),
        ("NOT (a > 0 AND b > 0)", {"b": 0}, True),
        ("a NOT IN (1, 2.5)", {"a": Decimal("2.5")}, False),
        ("a NOT BETWEEN 1 AND 2", {"a": 3}, True),
        ("a IS NOT NULL", {}, False),
        ("listed", {"listed": False}, False),
        ("listed = controlled", {"listed": False, "controlled": False}, True),
        ("COALESCE(a, b, 0) = 7", {"b": 7}, True),
        ("ABS(a - b) <= 2", {"a": -1, "b": 1}, True),
        ("0.25 * a = b", {"a": Decimal("0.0002"), "b": Decimal("0.0001")}, False),
        ("LENGTH(name) = 2", {"name": "青岛"}, True),
        ("matches(name, '^甲|乙$')", {"name": "甲丙"}, False),
        ("matches(name, '^甲|乙$')", {"name": "乙"}, True),
        ("matches(name, '^[0-9]{2}$')", {"name": "12\n"}, False),
        ("report_date >= DATE '2024-02-29'", {"report_date": "2024-02-29"}, True),
        ("months_after(signed_on, 1) = report_date", {"signed_on": "2024-01-31", "report_date": "2024-02-29"}, True),
        ("months_after(signed_on, -12) < report_date", {"signed_on": "2024-02-29", "report_date": "2023-02-28"}, False),
        ("days_between(signed_on, report_date) = 2", {"signed_on": "2024-02-28", "report_date": "2024-03-01"}, True),
        ("days_between(signed_on, report_date) > -2", {"signed_on": "2024-03-01", "report_date": "2024-02-28"}, False),
        # National Day of 2024: 1 to 7 October off, 29 September and 12 October worked.
        ("workdays(signed_on, report_date) = 2", {"signed_on": "2024-09-29", "report_date": "2024-09-30"}, True),
        ("workdays(signed_on, report_date) = 0", {"signed_on": "2024-10-01", "report_date": "2024-10-07"}, True),
        ("workdays(signed_on, report_date) = 6", {"signed_on": "2024-09-30", "report_date": "2024-10-12"}, True),
        ("workdays(signed_on, report_date) = 0", {"signed_on": "2024-10-12", "report_date": "2024-09-30"}, True),
        ("workdays(signed_on, report_date) > 0", {"signed_on": "2003-12-31", "report_date": "2024-09-30"}, None),
        ("a >= parameter('loss_major', report_date)", {"a": 50_000_000, "report_date": "2018-08-30"}, True),
        ("a >= parameter('loss_major', report_date)", {"a": 49_999_999, "report_date": "2024-09-30"}, False),
        ("a >= parameter('loss_major', report_date)", {"a": 50_000_000, "report_date": "2018-08-29"}, None),
        ("signed_on <= period_end", {"signed_on": "2025-03-31", "period_end": "2025-03-31"}, True),
        ("scope IN ('single')", {"scope": "consolidated"}, False),
        ("period > '2024-12'", {"period": "2025-01"}, True),
        ("name = 'O''Neil'", {"name": "O'Neil"}, True),
        ("a - (b - c) = 4", {"a": 1, "b": 2, "c": 5}, True),
        ("-a = 3", {"a": -3}, True),
        ("people + 1 > 9223372036854775807", {"people": 9223372036854775807}, True),
    ],
)
def test_a_predicate_is_true_false_or_unknown(small: Form, text: str, row: dict[str, Any], answer: bool | None) -> None:
    assert _answer(small, text, **row) is answer


def test_sums_of_the_largest_amounts_do_not_overflow(small: Form) -> None:
    most = Decimal("99999999999999.9999")
    assert _answer(small, "a + b + c + a + b + c > 0 AND 9.9999 * (a + b) > c", a=most, b=most, c=most) is True


@pytest.mark.parametrize(
    ("text", "row", "answer"),
    [
        ("within_tolerance(a, b)", {"a": Decimal("0.01"), "b": 0}, True),
        ("within_tolerance(a, b)", {"a": Decimal("0.0101"), "b": 0}, False),
        ("within_tolerance(a, b + c)", {"a": Decimal("150.01"), "b": 0, "c": 0, "_step": 100}, False),
        ("within_tolerance(a, b + c)", {"a": 150, "b": 0, "c": 0, "_step": 100}, True),
        ("within_tolerance(a, b + COALESCE(c, 0))", {"a": Decimal("0.015"), "b": 0}, True),
        ("within_tolerance(a, 0.5 * (b + c))", {"a": Decimal("0.01"), "b": 0, "c": 0}, True),
        ("within_tolerance(a, 0.5 * (b + c))", {"a": Decimal("0.0101"), "b": 0, "c": 0}, False),
        ("within_tolerance(a, 2)", {"a": Decimal("2.005")}, True),
        ("within_tolerance(a, 2)", {"a": Decimal("2.0051")}, False),
        ("within_tolerance(a, b)", {"a": 1, "b": 1, "_step": None}, None),
        ("within_tolerance(a, b)", {"a": 1}, None),
    ],
)
def test_tolerance_is_half_a_step_for_each_figure_added(
    small: Form, text: str, row: dict[str, Any], answer: bool | None
) -> None:
    assert _answer(small, text, **row) is answer


@pytest.mark.parametrize(
    ("left", "right", "equals", "holds"),
    [("50000000", "0.913", "45650000", True), ("50000000", "0.913", "45652500", True), ("50000000", "0.913", "45652701", False),
     ("50000000", "0.913", None, None), ("0", "0.913", "0", True)],
)  # fmt: skip
def test_a_product_is_right_to_the_precision_of_its_factors(
    small: Form, left: str, right: str, equals: str | None, holds: bool | None
) -> None:
    row = {"a": Decimal(left), "share": Decimal(right), "b": equals and Decimal(equals), "_step": Decimal(100)}
    assert _answer(small, "within_tolerance(b, product_of(a, share, 4))", **row) is holds


def test_a_code_is_valid_within_its_window_only(small: Form) -> None:
    ended = [(codes[0], end) for (_, end), codes in windows("gbt2260").items() if end is not None]
    code, end = ended[0]
    text = "valid_code('gbt2260', division, report_date)"
    assert _answer(small, text, division=code, report_date=end) is False
    assert _answer(small, text, division=code, report_date=end.replace(year=end.year - 1)) is True
    assert _answer(small, text, division="no such code", report_date=end) is False
    assert _answer(small, text, report_date=end) is None


def test_aggregates_are_over_the_records_of_one_unit_period_and_scope(small: Form) -> None:
    figures: list[tuple[str, int | None, int]] = [("x", 1, 3), ("x", 2, 3), ("y", 5, 4), ("y", None, 5)]
    rows: list[dict[str, Any]] = [
        {"unit_id": unit, "period": "2025", "scope": "single", "a": a, "big": total} for unit, a, total in figures
    ]
    assert entry_columns(small) == ("unit_id", "period", "scope")
    assert _answers(small, "SUM(a) = big", rows) == [True, True, False, True]
    assert _answers(small, "COUNT(*) > 2 OR MAX(a) = 2", rows) == [True, True, False, False]
    near = [row | {"big": row["big"] + Decimal("0.015")} for row in rows]
    assert _answers(small, "within_tolerance(SUM(a), big)", near) == [True, True, False, True]


def test_broken_is_false_where_the_predicate_is_unknown(small: Form) -> None:
    sql = broken_sql(parse("a > 0", small), "duckdb", {"": "r"})
    rows = duckdb.sql(f"SELECT {sql} FROM (VALUES (1, 1.0::DECIMAL(18,4)), (2, -1), (3, NULL)) AS r(n, a) ORDER BY n")
    assert [found for (found,) in rows.fetchall()] == [False, True, False]


def test_a_relation_names_the_columns_it_needs_of_each_record() -> None:
    amount = next(c.name for c in form("listed_profile").columns if c.type == "amount")
    text = f"{amount} = listed_balance_sheet.assets OR unit_id = previous.unit_id OR period_end > DATE '2012-01-01'"
    found = parse(text, form("listed_profile"), relation=True)
    assert found.columns == {amount, "unit_id"} and found.previous == {"unit_id"}
    assert found.others == {"listed_balance_sheet": {"assets"}}
    assert not found.whole_form


def test_a_relation_takes_the_coarser_step_and_no_aggregates(small: Form) -> None:
    sql = parse("within_tolerance(a, previous.b)", small, relation=True).sql("duckdb", {"": "r", "previous": "p"})
    assert 'GREATEST("r"."_step", "p"."_step")' in sql
    with pytest.raises(PredicateError, match="只能是另一种报表的列"):
        parse("SUM(a) > previous.b", small, relation=True)
    with pytest.raises(PredicateError, match="没有报表“nowhere”"):
        parse("a > nowhere.b", small, relation=True)


def test_an_expected_value_is_a_number_date_or_text_and_no_condition(small: Form) -> None:
    sql = parse_value("a + 2 * b", small).sql("duckdb", {"": "r"})
    assert duckdb.sql(f"SELECT {sql} FROM (SELECT 1::DECIMAL(18,4) AS a, 0.5::DECIMAL(18,4) AS b) AS r").fetchall() == [
        (2,)
    ]
    with pytest.raises(PredicateError, match="不能是一个条件"):
        parse_value("a > b", small)


def test_names_and_texts_are_quoted_for_each_engine(small: Form) -> None:
    found = parse("name = 'it''s \\' OR matches(name, '^\\d$')", small)
    assert found.sql("duckdb", {"": 'r"x'}).startswith('(("r""x"."name" = \'it\'\'s \\\')')
    assert found.sql("spark", {"": "r"}).startswith("((`r`.`name` = 'it\\'s \\\\')")


def test_the_condition_of_a_warning_names_the_values_of_its_line(small: Form) -> None:
    given = {"least": "10.5", "kind": "甲", "as_of": date(2025, 3, 31), "wanted": True}
    text = "a >= least AND 2 * a < 100 AND name = kind AND days_between(signed_on, as_of) >= 30 AND listed = wanted"
    sql = parse_when(text, small, given).sql("duckdb", {"": "r"})
    rows = "(VALUES (10.5::DECIMAL(18,4), '甲', DATE '2025-03-01', TRUE), (10.4, '甲', DATE '2025-03-01', TRUE), " \
           "(11, '甲', DATE '2025-03-02', TRUE)) AS r(a, name, signed_on, listed)"  # fmt: skip
    assert [found for (found,) in duckdb.sql(f"SELECT {sql} FROM {rows}").fetchall()] == [True, False, False]


def test_a_condition_that_names_nothing_of_its_row_is_refused(small: Form) -> None:
    with pytest.raises(PredicateError, match="没有用到任何列"):
        parse_when("line > 1", small, {"line": 2})
    with pytest.raises(PredicateError, match="没有列“least”"):
        parse_when("a > least", small, {})
    with pytest.raises(PredicateError, match="文字与金额"):
        parse_when("a > least", small, {"least": "甲"})


@pytest.mark.parametrize("warning", [w for w in warnings() if w.kind == "row"], ids=lambda w: w.id)
def test_every_condition_of_every_warning_can_be_run(warning: Warning) -> None:
    check_warning(warning)


def test_an_aggregate_of_a_relation_is_of_one_other_form() -> None:
    made = form("property_registration")
    sql = parse("within_tolerance(paid_in_capital, SUM(property_registration_line.paid))", made, relation=True)
    (node, counted) = sql.related
    assert node.function == "SUM" and counted.function == "COUNT" and node.name != counted.name
    assert sql.others == {} and f'"each_property_registration_line"."{node.name}"' in sql.sql(
        "duckdb", {"": "r", "each_property_registration_line": "each_property_registration_line"}
    )
    for text in ("SUM(property_registration_line.paid + paid_in_capital) > 0", "COUNT(*) > 0", "SUM(previous.paid_in_capital) > 0",
                 "SUM(property_registration_line.paid) FILTER (WHERE is_nominee) > 0"):  # fmt: skip
        with pytest.raises(PredicateError, match="汇总"):
            parse(text, made, relation=True)


def test_a_supervisors_own_parameter_precedes_everybodys_from_its_day_on(small: Form, tmp_path: Path) -> None:
    own = "large_payment_line@370202,本级另定,2025-01-01,,3000000,样例\n"
    name = "codes/mart_parameter.csv"
    text = "a >= parameter('large_payment_line', report_date, name)"
    rows = [{"a": 4_000_000, "report_date": day, "name": who} for day, who in (
        ("2025-01-01", "370202"), ("2024-12-31", "370202"), ("2025-01-01", "sasac"), ("2025-01-01", None))]  # fmt: skip
    with reading(lay_out({**documents(), name: documents()[name] + own}, tmp_path)):
        assert _answers(small, text, rows) == [True, False, False, False]
        assert _answers(small, "a >= parameter('large_payment_line', report_date)", rows) == [False] * 4
