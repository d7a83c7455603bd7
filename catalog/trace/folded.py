"""Aggregates over another form's records in a relation rule, added up once more, record by record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.trace.predicate import value
from catalog.trace.source import Row
from schemas.words import mentioned

_CALL = re.compile(r"\b(SUM|COUNT|MIN|MAX)\((?!\*)")
_FILTER = " FILTER (WHERE "


@dataclass(frozen=True)
class Folded:
    """One aggregate: its text, the form, the records it is over, its value, and how many figures it added up."""

    text: str
    form: str
    rows: tuple[Row, ...]
    value: Any
    figures: int


def fold(text: str, beside: Callable[[str], list[Row]]) -> Iterator[Folded]:
    """Every aggregate in a text; `beside` gives the records of a form that agree with the record judged."""
    for found in _CALL.finditer(text):
        end = _closing(text, found.end())
        inner, condition = text[found.end() : end - 1], ""
        if text[end:].startswith(_FILTER):
            start, end = end + len(_FILTER), _closing(text, end + len(_FILTER))
            condition = text[start : end - 1]
        form = mentioned(inner)[0].partition(".")[0]
        rows = tuple(r for r in beside(form) if not condition or _of(condition, form, r) is True)
        values = [v for v in (_of(inner, form, r) for r in rows) if v is not None]
        yield Folded(text[found.start() : end], form, rows, _folded(found[1], values), len(values) if found[1] == "SUM" else 1)


def _folded(function: str, values: list[Any]) -> Any:
    if function == "COUNT":
        return len(values)
    if not values:
        return None
    return sum(values, Decimal(0)) if function == "SUM" else {"MIN": min, "MAX": max}[function](values)


def _of(text: str, form: str, row: Row) -> Any:
    return value(text, {name: row[name.removeprefix(f"{form}.")] for name in mentioned(text)})


def _closing(text: str, start: int) -> int:
    """Behind the parenthesis that closes the one opened just before `start`."""
    depth = 1
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    raise ValueError(f"规则写法有误，括号没有闭合：{text}")
