"""A rule's predicate decided once more, on values read again: the text becomes SQL with every column bound.

Its own small translation, not that of `expectations`: only `within_tolerance` and `parameter` need rewriting, the rest is SQL or a macro.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from threading import get_ident
from typing import Any

import duckdb

from schemas.calendar import FIRST_KNOWN, moved_days
from schemas.codes import code_list
from schemas.words import NAME, mentioned

_TOLERANCE = "within_tolerance("
_PRODUCT = re.compile(r"product_of\(\s*([\w.]+)\s*,\s*([\w.]+)\s*,\s*(\d+)\s*\)")
_PARAMETER = re.compile(r"parameter\(\s*'(\w+)'\s*,\s*([\w.]+)\s*(?:,\s*([\w.]+)\s*)?\)")
_MACROS = (
    "CREATE MACRO days_between(a, b) AS DATE_DIFF('day', a, b);"
    "CREATE MACRO months_after(d, n) AS CAST(d + to_months(n) AS DATE);"
    "CREATE MACRO product_of(a, b, places) AS a * b;"
    "CREATE MACRO matches(t, p) AS regexp_full_match(t, p)"
)


def holds(predicate: str, values: Mapping[str, Any], step: Decimal, figures: Mapping[str, int] | None = None) -> Any:
    """True or false; None is unknown. `step`: yuan of the last digit reported, the coarser of the records compared.

    `figures`: how many figures a name stands for, where it is a sum of several.
    """
    predicate = with_lines(predicate)
    names = mentioned(predicate)
    bound = {f"v{i}": values[name] for i, name in enumerate(names)}
    places = {name: f"$v{i}" for i, name in enumerate(names)}
    text = _tolerances(predicate, step, figures or {})
    sql = NAME.sub(lambda found: places.get(found[0], found[0]), text)
    answer = engine(get_ident()).execute(f"SELECT ({sql})", bound).fetchone()
    return None if answer is None else answer[0]


@cache
def engine(thread: int) -> duckdb.DuckDBPyConnection:
    """One for each thread that asks: it knows the macros, and of `again` one set of records at a time."""
    made = duckdb.connect(":memory:", config={"threads": 1})
    # A day that is moved is one on which people do what its weekday does not say.
    moved = ", ".join(f"DATE '{day}'" for days in moved_days() for day in days)
    works = f"(isodow(d) < 6) <> list_contains([{moved}], CAST(d AS DATE))"
    days = f"len(list_filter(generate_series(a, b, INTERVAL 1 DAY), lambda d: {works}))"
    made.execute(_MACROS)
    made.execute(f"CREATE MACRO workdays(a, b) AS CASE WHEN a > b THEN 0 WHEN a >= DATE '{FIRST_KNOWN}' THEN {days} END")
    return made


def value(expression: str, values: Mapping[str, Any]) -> Any:
    """What an expression over the named values gives; None where one it needs is missing."""
    return holds(expression, values, Decimal(0))


def _tolerances(predicate: str, step: Decimal, figures: Mapping[str, int]) -> str:
    """Each `within_tolerance(a, b)` as |a − b| ≤ step × ½ × figures added up, and what the factors of products allow."""
    start = predicate.find(_TOLERANCE)
    if start < 0:
        return predicate
    inside, end = _arguments(predicate, start + len(_TOLERANCE))
    products = [product for argument in inside for product in _PRODUCT.findall(argument)]
    rest = (_PRODUCT.sub("", argument) for argument in inside)
    terms = sum(figures.get(t, 1) for argument in rest for t in NAME.findall(argument) if t in mentioned(t))
    allowed = [f"CAST('{step * terms / 2:f}' AS DECIMAL(24,8))", *(_of_product(a, b, places, step) for a, b, places in products)]
    made = f"(ABS(({inside[0]}) - ({inside[1]})) <= {' + '.join(allowed)})"
    return predicate[:start] + made + _tolerances(predicate[end:], step, figures)


def _of_product(left: str, right: str, places: str, step: Decimal) -> str:
    """Half a step of the first times the second, half of the second's last decimal times the first."""
    half = Decimal("0.5").scaleb(-int(places))
    return f"CAST('{step / 2:f}' AS DECIMAL(24,8)) * ABS({right}) + ABS({left}) * {half:f}"


def with_lines(text: str) -> str:
    """The text with every `parameter(…)` as the choice by day that is declared of it."""
    return _PARAMETER.sub(lambda found: _line(*found.groups()), text)


def _line(name: str, day: str, supervisor: str | None) -> str:
    """What is declared of a parameter, as a choice by day; a supervisor's own comes before everybody's."""
    cases = []
    for code in sorted(code_list("mart_parameter"), key=lambda code: "@" not in code.code):
        base, _, own = code.code.partition("@")
        if base == name and (supervisor or not own):
            until = f" AND {day} < DATE '{code.valid_to}'" if code.valid_to else ""
            whose = f" AND {supervisor} = '{own}'" if own else ""
            cases.append(f"WHEN {day} >= DATE '{code.valid_from}'{until}{whose} THEN {code.extra['value']}")
    return f"(CASE {' '.join(cases)} END)"


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """The arguments of a call whose parenthesis opened just before `start`, and where the call ends."""
    depth, begin, found = 0, start, []
    for index in range(start, len(text)):
        if depth == 0 and text[index] in ",)":
            found.append(text[begin:index])
            begin = index + 1
            if text[index] == ")":
                return found, index + 1
        depth += {"(": 1, ")": -1}.get(text[index], 0)
    raise ValueError(f"规则写法有误，括号没有闭合：{text}")
