"""Formulas: what they read, what they refuse, and that they round once, half away from zero."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from pyspark.sql import SparkSession

from jobs.formula import FormulaError, parse


def test_a_formula_names_what_it_reads_in_order() -> None:
    assert parse("net_profit_ytd ÷ ((equity_opening + equity_closing) ÷ 2)").inputs == (
        "net_profit_ytd", "equity_opening", "equity_closing")  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["a * b", "a / b + c / d", "a ** 2", "f(a)", "1 + 2", "a / 0", "a +", "a.b", "a / 0.00001", "a if b else c", "a / (b / c) * d"],
)
def test_what_is_not_one_exact_fraction_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


def _half_away(value: Fraction) -> Decimal:
    scaled = abs(value) * 10**8
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-8)


def test_the_engine_agrees_with_exact_arithmetic(spark: SparkSession) -> None:
    random = Random(7)
    rows = [[Decimal(random.randint(-(10**17), 10**17)).scaleb(-4) for _ in range(3)] for _ in range(200)]
    rows += [[Decimal(1), Decimal(0), Decimal(0)], [Decimal("0.0001"), Decimal(20000), Decimal(0)], [Decimal(-1), Decimal(3), Decimal(0)]]
    formula = parse("(a - b) / ((b + c) / 2) - 0.5")
    table = ", ".join(f"({a}BD, {b}BD, {c}BD)" for a, b, c in rows)
    sql = f"SELECT {formula.sql(lambda n: f'`{n}`')} AS v FROM VALUES {table} AS t(a, b, c)"
    got = [row.v for row in spark.sql(sql).collect()]
    for (a, b, c), value in zip(rows, got, strict=True):
        exact = None if b + c == 0 else _half_away((Fraction(a) - Fraction(b)) * 2 / (Fraction(b) + Fraction(c)) - Fraction(1, 2))
        assert value == exact


def test_a_missing_input_gives_no_value(spark: SparkSession) -> None:
    sql = parse("a / b").sql(lambda n: f"`{n}`")
    assert spark.sql(f"SELECT {sql} AS v FROM VALUES (1BD, CAST(NULL AS DECIMAL(18,4))) AS t(a, b)").collect()[0].v is None
