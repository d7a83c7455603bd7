"""Entries of `schemas/indicators/` and `schemas/warnings/` → Indicator, Warning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from schemas import rows
from schemas.codes import code_list
from schemas.column import GRADES, SQL_TYPES
from schemas.contract import Form
from schemas.delivered import Indicator, Line, Mart, Measure, Warning
from schemas.measured import EVERY, check_names
from schemas.reading import ContractError, Reader, day


def parse_indicators(
    where: str, entry: Any, measures: Mapping[str, Measure], statements: Iterable[Form]
) -> Iterator[Indicator]:  # fmt: skip
    """`every` may list several kinds of period: each is an indicator of its own. Its items are those of the monthly report, a
    year's of the annual accounts, unless `statement` says otherwise. Raises ContractError where a formula names what
    is neither an item of its statement nor a measure.
    """
    given = entry.get("every", "month")
    for every in given if isinstance(given, list) else [given]:
        whole = {"statement": "year" if every == "year" else "month", **entry, "every": every}
        own = Reader(f"{where} {entry.get('id', '？')}", whole)
        made = _indicator(own)
        check_names(own, made, measures, statements)
        own.done()
        yield made


def _indicator(own: Reader) -> Indicator:
    made = Indicator(
        id=own.take("id"), title=own.take("title"), definition=own.take("definition"), formula=own.take("formula"),
        unit=own.take("unit"), direction=own.one_of("direction", ("越大越好", "越小越好", "适度", "不评价")),
        owner=own.take("owner"), grade=own.one_of("grade", GRADES), source=own.take("source"), vintage=own.take("vintage"),
        rollup=own.one_of("rollup", ("sum", "recompute")), type=own.one_of("type", SQL_TYPES, "ratio"),
        every=own.one_of("every", EVERY, "month"), statement=own.one_of("statement", ("month", "year"), "month"),
        growth=own.take("growth", False), valid_from=day(own.take("valid_from", None)), valid_to=own.take("valid_to", None),
    )  # fmt: skip
    if made.growth and made.rollup != "sum":
        own.refuse("growth 只用于相加的指标（rollup: sum）；比率的变化不是增长率")
    return made


def parse_warning(where: str, entry: Any, table: Callable[[str], Form | Mart]) -> Warning:
    """Raises ContractError; a row warning's names are looked up in what it reads, which `table` gives by name."""
    own = Reader(f"{where} {entry.get('id', '？')}", entry)
    made = Warning(
        id=own.take("id"), title=own.take("title"), domain=own.take("domain"),
        kind=own.one_of("kind", ("line", "streak", "change", "missing", "finding", "row")), message=own.take("message"),
        owner=own.take("owner"), judges=tuple(own.take("judges")), parameters=(given := own.take("parameters", {})),
        lines=tuple(rows.with_when(line, given) for entry in own.take("lines") for line in _lines(own.where, entry)),
        source=own.take("source", ""),
    )  # fmt: skip
    own.done()
    if made.kind == "row":
        _check_row(own.where, made, table)
    return made


def _check_row(where: str, made: Warning, table: Callable[[str], Form | Mart]) -> None:
    try:
        source = table(made.parameters["reads"])
    except KeyError as unknown:
        raise ContractError(f"{where}：parameters.reads 应为一张主题表或一种报表；{unknown.args[0]}") from None
    for problem in rows.problems(made, source):
        raise ContractError(f"{where}：{problem}")


def _lines(where: str, entry: Any) -> Iterator[Line]:
    """One line; or with `base`, a code list of dated figures by industry (`base`, supervisor, function_class, source), one line
    a row of it: its figure and what `values.add` adds is `values.line`.
    """
    own = Reader(f"{where} line", entry)
    base = own.take("base", "")
    made = Line(
        level=own.one_of("level", ("红", "黄", "蓝")), values=own.take("values", {}),
        supervisor=own.take("supervisor", "*"), function_class=own.take("function_class", "*"),
        industry=own.take("industry", "*"), valid_from=day(own.take("valid_from", None)),
        valid_to=own.take("valid_to", None), source=own.take("source", ""), when=" ".join(own.take("when", "").split()),
        message=own.take("message", ""),
    )  # fmt: skip
    own.done()
    yield from _based(made, base) if base else (made,)


def _based(line: Line, base: str) -> Iterator[Line]:
    for code in code_list(base):
        total = Decimal(code.extra["base"]) + Decimal(line.values["add"])
        yield replace(
            line, values={**{k: v for k, v in line.values.items() if k != "add"}, "line": str(total)}, industry=code.code,
            supervisor=code.extra["supervisor"] or "*", function_class=code.extra["function_class"] or "*",
            valid_from=code.valid_from, valid_to=code.valid_to, source=f"{line.source}；{code.extra['source']}",
        )  # fmt: skip
