"""Declared kinds: the credit code with its traps, and contracts that tell a kind what it does not know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from expectations.contract import check_form
from expectations.credit_code import FAULTS, free_of, organisation_digit
from expectations.kinds import KINDS, RECORD_KINDS, problems
from schemas.contract import Check, Form, Rule
from schemas.load import form, forms
from schemas.reading import ContractError

# A published example of python-stdnum's documentation, and ids made from it.
GOOD = "91110000600037341L"


def _rule(**changed: Any) -> Rule:
    rule = Rule(
        "X-1",
        "query",
        "标题",
        "说明",
        "conformity",
        kind="check_digit",
        parameters={"column": "unit_id", "fault": "outer"},
    )
    return replace(rule, **changed)


@pytest.mark.parametrize(
    ("unit_id", "answers"),
    [
        (GOOD, (True, True, True)),
        (GOOD[:17] + "M", (True, False, True)),
        (GOOD[:16] + "2" + GOOD[17], (True, False, False)),
        ("A1" + GOOD[2:17] + "K", (True, True, True)),
        ("A1" + GOOD[2:], (True, False, True)),
        ("12100000MB0123456", (False, None, None)),
        (GOOD + "1", (False, None, None)),
        (GOOD.lower(), (False, None, None)),
        ("9111000060003734IL", (False, None, None)),
        ("９" + GOOD[1:], (False, None, None)),
        (GOOD + "\n", (False, None, None)),
        ("", (False, None, None)),
        ("sse:600600", (True, True, True)),
        ("jw:HK-0001", (True, True, True)),
        ("gl:qd01", (True, True, True)),
        ("jg:sasac", (False, None, None)),
        ("sse:", (False, None, None)),
    ],
)
def test_each_fault_of_a_credit_code_is_told_apart(unit_id: str, answers: tuple[bool | None, ...]) -> None:
    assert tuple(free_of(fault, unit_id) for fault in FAULTS) == answers


def test_letters_may_stand_in_the_first_two_places() -> None:
    outer = [digit for digit in "0123456789ABCDEFGHJKLMNPQRTUWXY" if free_of("outer", "N2" + GOOD[2:17] + digit)]
    assert len(outer) == 1 and free_of("malformed", "N2" + GOOD[2:17] + outer[0])


@pytest.mark.parametrize(("body", "digit"), [("60003734", "1"), ("D2143569", "X"), ("00000000", "0")])
def test_the_organisation_digit_may_be_x_or_zero(body: str, digit: str) -> None:
    assert organisation_digit(body) == digit


def test_every_kind_is_run_in_one_place() -> None:
    assert {name for name, kind in KINDS.items() if kind.where == "record"} == {*RECORD_KINDS, "total_for_part", "unit"}


def test_every_kind_a_contract_names_is_declared() -> None:
    assert {rule.kind for made in forms() for rule in made.rules if rule.kind} <= set(KINDS)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"kind": "unheard"}, "没有“unheard”这种检查"),
        ({"compare": "previous"}, "compare"),
        ({"parameters": {"column": "unit_id"}}, "缺少参数“fault”"),
        ({"parameters": {"column": "nowhere", "fault": "outer"}}, "应为本表的一列"),
        ({"parameters": {"column": "unit_id", "fault": "inner"}}, "只能是 malformed"),
        ({"parameters": {"column": "unit_id", "fault": "outer", "more": 1}}, "没有参数“more”"),
        ({"kind": "copied", "parameters": {"measures": ["ytd"], "least": 10}}, "compare"),
        ({"kind": "copied", "compare": "previous", "parameters": {"measures": ["YTD"], "least": 10}}, "measures"),
        ({"kind": "copied", "compare": "previous", "parameters": {"measures": ["ytd"], "least": 0}}, "应为正整数"),
        ({"kind": "zero_column", "compare": "same_period", "parameters": {"filers": True}}, "应为正整数"),
        ({"kind": "registered", "compare": "same_period", "parameters": {"column": "unit_id", "registry": "x"}}, "应为一种报表"),
        ({"kind": "first_in_year", "compare": "previous_in_year",
          "parameters": {"items": "F", "total": "ytd", "part": "month", "except": ["nothing"]}}, "应为本表项目名"),
        ({"kind": "scale", "compare": "previous", "parameters": {
            "against": ["previous"], "measures": ["ytd"], "factors": [10000], "band": [0.5, 2]}}, "应为两个文字写的小数"),
        ({"kind": "scale", "compare": "previous", "parameters": {
            "against": ["previous"], "measures": ["ytd"], "factors": [10000], "band": ["2", "0.5"]}}, "应为两个文字写的小数"),
        ({"kind": "scale", "compare": "previous", "parameters": {
            "against": ["tomorrow"], "measures": ["ytd"], "factors": [0], "band": ["0.5", "2"]}}, "取自 previous"),
    ],
)  # fmt: skip
def test_a_rule_that_tells_a_kind_what_it_does_not_know_is_refused(changed: dict[str, Any], reason: str) -> None:
    made = form("monthly_finance")
    assert any(reason in problem for problem in problems(made, _rule(**changed)))
    with pytest.raises(ContractError, match="规则 X-1"):
        check_form(replace(made, rules=(_rule(**changed),)))


def test_a_rule_that_fits_has_no_problems() -> None:
    assert list(problems(form("monthly_finance"), _rule())) == []


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (_rule(kind="", parameters={}, checks=(Check("a > 0", "unit_id"),)), "没有列“a”"),
        (_rule(kind="", parameters={}, checks=(Check("unit_id IS NOT NULL", "nowhere"),)), "at 的列“nowhere”"),
        (_rule(kind="", parameters={}, checks=(Check("unit_id IS NOT NULL", "unit_id", "1 +"),)), "语法"),
        (_rule(kind="", parameters={}, severity="error", compare="previous"), "不能是 error"),
    ],
)
def test_a_contract_with_a_rule_that_cannot_be_run_is_refused(rule: Rule, reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        check_form(replace(form("monthly_finance"), rules=(rule,)))


def test_a_contract_with_a_code_list_nobody_has_is_refused(small: Form) -> None:
    columns = tuple(replace(c, codes="nothing") if c.name == "scope" else c for c in small.columns)
    with pytest.raises(ContractError, match="列 scope：没有代码表“nothing”"):
        check_form(replace(small, columns=columns))
