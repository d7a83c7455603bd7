"""The twenty public files after a night: exactly the facts known of them (the eight companies of 2010–2013), no more."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from tests.conftest import SampleNight
from tests.samples_generator.compared import Night, Row

YEARS = ("2010", "2011", "2012", "2013")


@pytest.fixture(scope="module")
def seen(sample_night: SampleNight) -> Night:
    return Night.of(sample_night.settings, sample_night.sample.truth)


@pytest.fixture(scope="module")
def relations(seen: Night) -> list[Row]:
    return seen.table("gold", "relation_finding", "starts_with(form, 'listed_')")


def test_statements_came_from_six_seven_eight_and_eight_of_eight(seen: Night) -> None:
    rows = seen.table("gold", "submission_coverage", "starts_with(form, 'listed_')")
    came = Counter((r["form"], r["period"]) for r in rows if r["received"])
    for form, filed in (("balance_sheet", (6, 7, 8, 8)), ("income_statement", (6, 7, 8, 8)), ("cash_flow", (6, 7, 8, 8)),
                        ("profile", (7, 8, 8, 7))):  # fmt: skip
        assert tuple(came[f"listed_{form}", year] for year in YEARS) == filed, form
    assert {r["unit_id"] for r in rows if r["expected"]} == {r["unit_id"] for r in rows} and len({r["unit_id"] for r in rows}) == 8


def test_the_zero_filled_columns_are_the_known_ones_and_no_others(relations: list[Row]) -> None:
    labels = {(r["form"], r["period"], r["message"].partition("”")[0].lstrip("“")) for r in relations if r["rule_id"] == "SLP-ZERO"}
    per_share = ("每股经营活动产生的现金流量净额", "归属于上市公司股东的每股净资产")
    expected = {("listed_profile", year, "本期营业利润") for year in ("2010", "2012", "2013")}
    expected |= {("listed_profile", year, label) for year in ("2012", "2013") for label in ("利润总额", *per_share)}
    expected |= {("listed_balance_sheet", "2013", label) for label in ("固定资产净额", "未分配利润")}
    assert labels == expected


def test_the_cash_roll_forward_breaks_four_times(relations: list[Row]) -> None:
    breaks = {(r["unit_id"], r["period"]) for r in relations if r["rule_id"] != "SLP-ZERO"}
    assert breaks == {("sse:600690", "2011"), ("sse:600690", "2012"), ("sse:600735", "2012"), ("sse:600579", "2013")}


def test_one_company_owed_more_than_it_had(seen: Night) -> None:
    warned = seen.table("gold", "warning", "warning_id = 'W02' AND starts_with(unit_id, 'sse:')")
    assert [(w["unit_id"], w["period"], w["level"], w["value"].quantize(Decimal("0.0001"))) for w in warned] == [
        ("sse:600579", "2012", "红", Decimal("1.3035"))
    ]


def test_public_figures_are_labelled_and_in_no_total(seen: Night) -> None:
    assert {r["label"] for r in seen.table("gold", "statement", "starts_with(form, 'listed_')")} == {"公开披露样例"}
    assert seen.table("gold", "indicator_value", "starts_with(unit_id, 'sse:')") == []
    assert seen.table("gold", "enterprise_tree", "starts_with(unit_id, 'sse:')") == []
    assert {w["warning_id"] for w in seen.table("gold", "warning", "starts_with(unit_id, 'sse:')")} == {"W02", "W09"}


def test_totals_hold_and_only_zero_filled_components_break_sums(seen: Night) -> None:
    rows = seen.table("ops", "finding", "starts_with(form, 'listed_') AND severity <> 'notice'")
    assert {r["severity"] for r in rows} <= {"query"}
    assert {(r["form"], r["period"]) for r in rows} == {("listed_balance_sheet", "2013")}
    assert set(Counter(r["rule_id"] for r in rows).values()) == {8}
