from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from catalog.trace.lines import Subject, gravest
from schemas.delivered import Line, Warning

DAY = date(2025, 3, 31)


def rule(kind: str, *lines: Line, **parameters: object) -> Warning:
    return Warning("W99", "例", "财务", kind, "", "", ("monthly_finance",), parameters, lines)


def level(made: Warning, subject: Subject, unit: dict[str, str] | None = None) -> str | None:
    line = gravest(made, subject, DAY, unit or {})
    return line.level if line else None


def line(level: str, **values: object) -> Line:
    return Line(level, values)


@pytest.mark.parametrize(("ratio", "found"), [("0.69", None), ("0.70", "黄"), ("0.75", "红")])
def test_the_gravest_line_reached_holds(ratio: str, found: str | None) -> None:
    made = rule("line", line("黄", line="0.70"), line("红", line="0.75"), direction="at_least")
    assert level(made, Subject(number=Decimal(ratio))) == found


def test_above_leaves_the_line_itself_out() -> None:
    made = rule("line", line("红", line="0"), direction="above")
    assert level(made, Subject(number=Decimal(0))) is None
    assert level(made, Subject(number=Decimal("0.01"))) == "红"


def test_the_most_specific_line_of_a_level_replaces_the_general_one() -> None:
    general, own = line("红", line="0.75"), replace(line("红", line="0.60"), industry="06-46")
    made = rule("line", general, own, direction="at_least")
    assert level(made, Subject(number=Decimal("0.65")), {"industry": "2614"}) == "红"
    assert level(made, Subject(number=Decimal("0.65")), {"industry": "5001"}) is None
    assert level(made, Subject(number=Decimal("0.65"))) is None


def test_the_narrower_of_two_ranges_of_industries_judges() -> None:
    lines = [replace(line("红", line=v), industry=i) for v, i in (("0.75", "06-46"), ("0.60", "26"), ("0.65", "25-26"))]
    made = rule("line", *lines, direction="at_least")
    assert level(made, Subject(number=Decimal("0.62")), {"industry": "2614"}) == "红"
    assert level(made, Subject(number=Decimal("0.70")), {"industry": "2510"}) == "红"
    assert level(made, Subject(number=Decimal("0.70")), {"industry": "3010"}) is None


def test_lines_of_one_level_with_other_conditions_are_lines_of_their_own() -> None:
    late, extended = replace(line("红"), when="overdue"), replace(line("红"), when="extended")
    watch = replace(line("黄"), when="balance > 0")
    made = rule("row", watch, late, extended)
    assert gravest(made, Subject(held=(watch, extended)), DAY, {}) is extended
    assert gravest(made, Subject(held=(watch, late, extended)), DAY, {}) is late
    assert gravest(made, Subject(), DAY, {}) is None


def test_a_line_counts_within_its_dates() -> None:
    ended = replace(line("红", line="0"), valid_to=DAY)
    assert level(rule("line", ended, direction="above"), Subject(number=Decimal(1))) is None


@pytest.mark.parametrize(
    ("tally", "flag", "found"), [(1, False, None), (2, False, "黄"), (3, False, "红"), (1, True, "红")]
)
def test_a_streak_is_counted_or_began_last_year(tally: int, flag: bool, found: str | None) -> None:
    made = rule("streak", line("黄", periods=2), line("红", periods=3, year_before=True))
    assert level(made, Subject(number=Decimal(-1), tally=tally, flag=flag)) == found


@pytest.mark.parametrize(("now", "found"), [("71", None), ("70", "黄"), ("50", "红"), ("-1", "红")])
def test_a_fall_is_measured_against_the_base(now: str, found: str | None) -> None:
    made = rule("change", line("黄", fall="0.30"), line("红", fall="0.50", turns_negative=True))
    number = Decimal(now)
    assert level(made, Subject(number=number, other=Decimal(100), flag=number < 0)) == found
    assert level(made, Subject()) is None


def test_late_and_missing_have_lines_of_their_own() -> None:
    made = rule("missing", line("蓝", state="late", days=1), line("黄", state="missing", days=1), line("红", state="missing", days=30))
    assert level(made, Subject(tally=40, state="late")) == "蓝"
    assert level(made, Subject(tally=40, state="missing")) == "红"
    assert level(made, Subject(tally=0, state="missing")) is None


def test_what_a_warning_shows_is_the_first_that_is_known() -> None:
    assert Subject(number=Decimal(1), shown=Decimal(2), tally=3).value == Decimal(2)
    assert Subject(tally=3).value == 3


def test_a_line_that_says_nothing_of_last_year_or_of_losses_is_not_held_by_them() -> None:
    assert level(rule("streak", line("黄", periods=2)), Subject(number=Decimal(-1), tally=1, flag=True)) is None
    assert level(rule("change", line("黄", fall="0.3")), Subject(number=Decimal(-1), other=Decimal(-10), flag=True)) is None
