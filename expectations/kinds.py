"""Checks that the predicate language cannot say, written once in code: which exist, where they run, what they are told.

A kind of the *record* is run by the judge (`RECORD_KINDS` by a function of one text, slips by `expectations.slips`); a kind of
the *lake* compares records across submissions and is run by the build; `either` is both, as the rule has `compare` or not.
A contract that names an unknown kind, or tells it something it does not know, is refused by `problems`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from expectations.credit_code import FAULTS, free_of
from schemas.contract import MEASURES, Form, Rule
from schemas.load import form_names

RecordKind = Callable[[str, Mapping[str, Any]], bool | None]
Test = Callable[[Any, Form], bool]


@dataclass(frozen=True)
class Parameter:
    """`fits` says whether a value may be given; `expected` says in words what may."""

    fits: Test
    expected: str
    required: bool = True


@dataclass(frozen=True)
class DeclaredKind:
    where: Literal["record", "lake", "either"]
    parameters: Mapping[str, Parameter]


def _is_column(value: Any, form: Form) -> bool:
    return value in form.by_name


def _is_count(value: Any, form: Form) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _are_measures(value: Any, form: Form) -> bool:
    known = {measure for measures in MEASURES.values() for measure in measures}
    return isinstance(value, list) and bool(value) and set(value) <= known


def _are_items(value: Any, form: Form) -> bool:
    return isinstance(value, list) and set(value) <= {item.name for item in form.items}


def _is_band(value: Any, form: Form) -> bool:
    """Two decimals as texts, low then high: a YAML number would be a float."""
    try:
        low, high = (Decimal(bound) for bound in value if isinstance(bound, str))
    except (ValueError, InvalidOperation):
        return False
    return 0 < low < high


def _one_of(*allowed: str) -> Parameter:
    return Parameter(lambda value, form: value in allowed, f"只能是 {'、'.join(allowed)}")


def _some_of(*allowed: str) -> Parameter:
    return Parameter(
        lambda value, form: isinstance(value, list) and bool(value) and set(value) <= set(allowed),
        f"应为列表，取自 {'、'.join(allowed)}",
    )


_COLUMN = Parameter(_is_column, "应为本表的一列")
_COUNT = Parameter(_is_count, "应为正整数")
_MEASURES = Parameter(_are_measures, "应为列表，取自 month、ytd、opening、closing 等")
_FLOW = _one_of(*MEASURES["F"])
_FACTORS = Parameter(
    lambda value, form: isinstance(value, list) and bool(value) and all(_is_count(v, form) for v in value),
    "应为正整数的列表",
)

_BAND = Parameter(_is_band, "应为两个文字写的小数，如 ['0.5', '2']")
_COLUMNS = Parameter(lambda value, form: isinstance(value, list) and set(value) <= set(form.by_name), "应为本表列名的列表", required=False)

KINDS: Mapping[str, DeclaredKind] = {
    "check_digit": DeclaredKind("record", {"column": _COLUMN, "fault": _one_of(*FAULTS)}),
    "registered": DeclaredKind("lake", {
        "column": _COLUMN, "registry": Parameter(lambda value, form: value in form_names(), "应为一种报表的名字"),
    }),
    "first_in_year": DeclaredKind("lake", {
        "items": _one_of("F"), "total": _FLOW, "part": _FLOW,
        "except": Parameter(_are_items, "应为本表项目名的列表", required=False),
    }),
    "scale": DeclaredKind("lake", {
        "against": _some_of("previous", "year_ago"), "measures": _MEASURES, "factors": _FACTORS, "band": _BAND, "except": _COLUMNS,
        "least": replace(_COUNT, required=False),
    }),
    "zero_column": DeclaredKind("lake", {"filers": _COUNT, "except": _COLUMNS}),
    "copied": DeclaredKind("lake", {"measures": _MEASURES, "least": _COUNT, "except": _COLUMNS}),
    "shift": DeclaredKind("lake", {"least": _COUNT}),
    "sign": DeclaredKind("either", {}),
    "transposed": DeclaredKind("either", {"digits": _COUNT}),
    "total_for_part": DeclaredKind("record", {}),
    "unit": DeclaredKind("record", {"factors": _FACTORS, "band": _BAND}),
    "holding_cycle": DeclaredKind("lake", {"owner": _COLUMN, "share": _COLUMN, "members": _one_of("two", "more")}),
    "order_of_bodies": DeclaredKind("lake", {}),
}  # fmt: skip


def _check_digit(text: str, parameters: Mapping[str, Any]) -> bool | None:
    return free_of(parameters["fault"], text)


RECORD_KINDS: Mapping[str, RecordKind] = {"check_digit": _check_digit}


def problems(form: Form, rule: Rule) -> Iterator[str]:
    """What is wrong with a rule of a kind, in sentences; nothing where all fits."""
    kind = KINDS.get(rule.kind)
    if kind is None:
        yield f"没有“{rule.kind}”这种检查；现有：{'、'.join(KINDS)}"
        return
    if kind.where != "either" and (kind.where == "lake") != bool(rule.compare):
        yield "跨期、跨表的检查要写 compare，只看本记录的不写"
    for name in rule.parameters.keys() - kind.parameters.keys():
        yield f"{rule.kind} 没有参数“{name}”；参数有：{'、'.join(kind.parameters)}"
    for name, parameter in kind.parameters.items():
        if name not in rule.parameters:
            if parameter.required:
                yield f"{rule.kind} 缺少参数“{name}”：{parameter.expected}"
        elif not parameter.fits(rule.parameters[name], form):
            yield f"{rule.kind} 的参数“{name}”{parameter.expected}"
