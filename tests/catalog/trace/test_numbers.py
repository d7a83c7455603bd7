from decimal import Decimal

import pytest

from catalog.trace.numbers import NotANumber, filed, number, rounded
from schemas.column import Column

AMOUNT = Column("revenue", "营业收入", "amount", unit="元")
SHARE = Column("share", "持股比例", "ratio", percent=True)
PEOPLE = Column("headcount", "从业人员", "integer", unit="人")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,446,508,293.29", "1446508293.29"), ("１２３．５", "123.5"), ("(123)", "-123"), ("（1,000.5）", "-1000.5"),
        ("－5", "-5"), ("−5", "-5"), ("+7", "7"), (" 12 ", "12"), ("12.5%", "0.125"), ("1e-05", "0.00001"),
    ],
)  # fmt: skip
def test_a_figure_is_read_as_clerks_write_it(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", [None, "", " ", "-", "—", "－"])
def test_a_dash_is_nothing(text: str | None) -> None:
    assert number(text) is None


@pytest.mark.parametrize("text", ["12万", "1,2,3", "1,23", "十二", "1.2.3", "--1", "(5", "NaN", "5."])
def test_what_is_not_a_figure_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        number(text)


def test_amounts_become_yuan_by_the_declared_unit_and_others_do_not() -> None:
    assert filed("1,234.5678", AMOUNT, "万元") == Decimal("12345678.0000")
    assert filed("2.5", AMOUNT, "亿元") == Decimal(250_000_000)
    assert filed("0.12345", AMOUNT, "") == Decimal("0.1235")
    assert filed("321", PEOPLE, "万元") == Decimal(321)
    assert filed("51", SHARE, "") == Decimal("0.51") == filed("51%", SHARE, "")


def test_rounding_is_half_away_from_zero() -> None:
    assert rounded(Decimal("2.5"), 0) == 3
    assert rounded(Decimal("-0.00005"), 4) == Decimal("-0.0001")
    assert rounded(Decimal("0.00004999"), 4) == 0
