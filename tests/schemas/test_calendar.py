from dataclasses import replace
from datetime import date

import pytest

from schemas.calendar import (
    compared_with,
    due_day,
    expected_periods,
    final_day,
    first_of_year,
    is_expected,
    predecessor,
)
from schemas.contract import Calendar, Due
from schemas.load import form
from schemas.period import parse_period

MONTHLY = form("monthly_finance").calendar
YEARLY = form("listed_profile").calendar
EVENTS = form("enterprise_registry").calendar


def test_january_is_not_expected_but_with_february() -> None:
    assert not is_expected(MONTHLY, parse_period("2025-01")) and is_expected(MONTHLY, parse_period("2025-02"))


def test_a_year_of_months_has_eleven_reports() -> None:
    periods = [str(p) for p in expected_periods(MONTHLY, date(2024, 1, 1), date(2024, 12, 31))]
    assert len(periods) == 11 and periods[:2] == ["2024-02", "2024-03"] and periods[-1] == "2024-12"


def test_a_period_is_expected_once_it_has_ended() -> None:
    assert [str(p) for p in expected_periods(MONTHLY, date(2025, 3, 1), date(2025, 4, 29))] == ["2025-03"]
    assert [str(p) for p in expected_periods(YEARLY, date(2010, 1, 1), date(2012, 1, 1))] == ["2010", "2011"]
    assert list(expected_periods(EVENTS, date(2010, 1, 1), date(2012, 1, 1))) == []


@pytest.mark.parametrize(
    ("period", "balances", "flows"),
    [("2025-02", "2024-12", None), ("2025-03", "2025-02", "2025-02"), ("2025-12", "2025-11", "2025-11")],
)
def test_february_follows_december_for_balances_and_nothing_for_flows(period: str, balances: str, flows: str | None) -> None:
    now = parse_period(period)
    assert str(predecessor(MONTHLY, now)) == balances
    found = predecessor(MONTHLY, now, in_year=True)
    assert (str(found) if found else None) == flows
    assert first_of_year(MONTHLY, now) is (flows is None)


@pytest.mark.parametrize(
    ("compare", "other"),
    [("previous", "2025-02"), ("previous_in_year", "2025-02"), ("year_end", "2024-12"), ("year_ago", "2024-03"),
     ("same_period", "2025-03")],
)  # fmt: skip
def test_each_word_of_a_relation_rule_names_one_period(compare: str, other: str) -> None:
    assert str(compared_with(MONTHLY, parse_period("2025-03"), compare)) == other


def test_years_follow_years_and_events_follow_nothing() -> None:
    assert str(compared_with(YEARLY, parse_period("2012"), "previous")) == "2011"
    assert str(compared_with(YEARLY, parse_period("2012"), "year_end")) == "2011"
    assert compared_with(EVENTS, parse_period("2012-05-01"), "previous") is None


@pytest.mark.parametrize(
    ("period", "due"),
    [
        ("2024-02", date(2024, 3, 8)),  # a Friday
        ("2025-02", date(2025, 3, 10)),  # the 8th is a Saturday
        ("2025-01", date(2025, 2, 8)),  # a Saturday worked in exchange for the spring festival
        ("2025-09", date(2025, 10, 9)),  # the 8th is in the national holiday
    ],
)
def test_a_due_day_moves_to_the_next_workday(period: str, due: date) -> None:
    found = due_day(MONTHLY, parse_period(period))
    assert found is not None and found.day == due and found.certain


def test_holidays_of_an_unknown_year_are_said_to_be_unknown() -> None:
    found = due_day(MONTHLY, parse_period("2060-04"))
    assert found is not None and found.day == date(2060, 5, 10) and not found.certain


def test_figures_are_final_some_days_after_they_were_due() -> None:
    assert final_day(MONTHLY, parse_period("2024-02")) == date(2024, 3, 12)
    assert final_day(EVENTS, parse_period("2024-02-01")) is None


def test_each_superior_has_its_own_day_for_its_own_dates() -> None:
    rows = (Due("*", 1, 8), Due("sasac", 1, 12, valid_to=date(2025, 1, 1)), Due("sasac", 1, 15, date(2025, 1, 1)))
    calendar = replace(MONTHLY, due=rows)

    def day(period: str, superior: str) -> int:
        found = due_day(calendar, parse_period(period), superior)
        assert found is not None
        return found.day.day

    assert day("2024-10", "sasac") == 12 and day("2025-03", "sasac") == 15 and day("2025-03", "370202") == 8


def test_a_due_day_beyond_the_month_is_its_last_day() -> None:
    calendar = Calendar("month", "none", due=(Due("*", 1, 31),))
    found = due_day(calendar, parse_period("2025-05"))
    assert found is not None and found.day == date(2025, 6, 30)
