"""What is asked twice, found in declarations: a planted duplicate is found, what only looks like one is not."""

from dataclasses import replace
from decimal import Decimal

import pytest

from jobs.duplicates import Pair, asked, likeness, pairs, split
from schemas.column import Column
from schemas.contract import Form
from schemas.delivered import Indicator
from schemas.load import form, forms, indicators
from tests.jobs.marts.small import small_form


def other(*columns: Column, name: str = "other", own: tuple[str, ...] = ()) -> Form:
    """A form of the given columns beside `small`; `own` are key columns that tell its records apart."""
    keys = tuple(Column(k, k, "text", key=True) for k in own)
    return replace(small_form(), name=name, title="另表", columns=(Column("unit_id", "单位", "unit", key=True), *keys, *columns), items=())


def amount(name: str, label: str, *synonyms: str, unit: str = "元") -> Column:
    return Column(name, label, "amount", unit=unit, synonyms=synonyms, owner="财务监管处")


def found(*given: Form, indicators: tuple[Indicator, ...] = ()) -> set[tuple[str, str, str]]:
    return {(p.left.item, p.right.item, p.why) for p in pairs(given, indicators)}


def test_the_same_name_or_a_synonym_in_another_form_is_a_duplicate() -> None:
    one = other(amount("land", "土地款"), amount("rent", "租金", "租赁收入"))
    two = other(amount("soil", "土地款"), amount("leases", "租赁收入"), name="two")
    assert found(one, two) == {("land", "soil", "同名"), ("rent", "leases", "同名")}


def test_opening_and_closing_of_one_item_are_two_things() -> None:
    made = small_form()
    assert split("资产总计·年初余额") == ("资产总计", "年初余额") != split("资产总计·期末余额")
    assert found(made, other(amount("begun", "资产总计·年初余额"))) == {("assets_opening", "begun", "同名")}
    assert found(made) == set()


def test_the_end_of_the_year_is_the_end_of_the_period() -> None:
    assert found(small_form(), other(amount("ended", "资产总计·年末余额"))) == {("assets_closing", "ended", "同名")}


def test_another_unit_is_another_thing() -> None:
    assert found(other(amount("a", "面积", unit="平方米")), other(amount("b", "面积", unit="亩"), name="two")) == set()


def test_names_that_are_alike_are_worth_a_look() -> None:
    """Seven pairs of letters in each, six shared: 12 / 14."""
    one, two = other(amount("a", "购置固定资产支出")), other(amount("b", "购置固定资产支付"), name="two")
    assert likeness("购置固定资产支出", "购置固定资产支付") == Decimal("0.8571")
    assert found(one, two) == {("a", "b", "名称相近")}
    assert found(one, other(amount("b", "购置无形资产支付"), name="two")) == set()


def test_what_an_external_source_says_and_what_heads_every_form_is_not_asked_twice() -> None:
    source = replace(other(amount("land", "土地款")), source="external")
    assert found(source, other(amount("land", "土地款"), name="two")) == set()
    heads = [other(amount("area", "面积"), name=f"form_{n}") for n in range(6)]
    assert found(*heads) == set()


def test_a_report_of_the_month_and_the_accounts_of_the_year_ask_for_one_item_of_two_periods() -> None:
    pair = next(p for p in pairs(forms(), ()) if p.left.item == p.right.item == "assets_closing")
    assert (pair.left.source, pair.right.source, pair.twice) == ("annual_finance", "monthly_finance", False)


@pytest.mark.parametrize(("own", "same"), [(("loan_no",), False), ((), True)])
def test_records_of_different_things_have_one_subject_only_where_one_names_the_other(own: tuple[str, ...], same: bool) -> None:
    (pair,) = pairs([other(amount("a", "余额")), other(amount("b", "余额"), name="two", own=own)], ())
    assert pair.same_subject is same


def test_an_item_that_an_indicator_gives_need_not_be_asked() -> None:
    ratio = Column("debt", "资产负债率", "ratio", unit="%")
    made = tuple(i for i in indicators() if i.id == "debt_ratio" and i.every == "month")
    assert found(other(ratio), indicators=made) == {("debt", "debt_ratio/month", "可由指标得出")}


def test_an_indicator_with_the_formula_of_another_is_told() -> None:
    one = next(i for i in indicators() if i.id == "current_ratio")
    twin = replace(one, id="liquidity", title="流动比例", formula="current_assets_closing  / current_liabilities_closing")
    before = replace(twin, id="old", valid_to=one.valid_from)
    assert found(indicators=(one, twin, before)) == {("current_ratio/month", "liquidity/month", "公式相同")}


def test_the_library_of_indicators_holds_none_twice() -> None:
    assert [p for p in pairs((), indicators()) if p.twice] == []


def test_every_item_has_an_owner() -> None:
    assert [item.item for item in asked(forms()) if not item.owner] == []


def test_known_duplicates_of_the_first_cut_are_found() -> None:
    """FORMS has registered and paid-in capital in the registry and in the property registration, attendance in decision and meeting."""

    def pair_of(left: str, right: str, item: str) -> list[Pair]:
        return [p for p in pairs(forms(), ()) if (p.left.source, p.right.source, p.left.item) == (left, right, item)]

    assert form("enterprise_registry").by_name["paid_in_capital"]
    assert len(pair_of("enterprise_registry", "property_registration", "paid_in_capital")) == 1
    assert len(pair_of("decision", "decision_meeting", "members_present")) == 1
