"""An entry of `schemas/measures/` → a Measure, and what an indicator may name: all of it is there, or the entry is refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from schemas.column import GRADES, SQL_TYPES, Column
from schemas.contract import Form
from schemas.delivered import Indicator, Mart, Measure

if TYPE_CHECKING:
    from schemas.reading import Reader

FUNCTIONS = ("sum", "count", "count_distinct", "max", "min", "avg")
ADDED = ("sum", "count", "count_distinct")
EVERY = ("month", "quarter", "year")
NUMBERS = ("amount", "quantity", "ratio", "integer", "figure", "sum")
_AGGREGATE = re.compile(r"(?P<function>\w+)\((?P<expression>.*)\)", re.S)
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_PLACE = re.compile(r"\{(\w+)\}")


def read_measure(own: Reader, table: Callable[[str], Form | Mart]) -> Measure:
    """`table` gives a form or a mart by name. Raises ContractError."""
    of = _table(own, table)
    function, expression = _aggregate(own, of, own.take("aggregate"))
    given, lines = own.take("where", ""), own.take("parameters", {})
    made = Measure(
        id=own.take("id"), title=own.take("title"), unit=own.take("unit"), type=own.one_of("type", SQL_TYPES), form=of.name,
        function=function, expression=expression, where=_written_in(own, " ".join(given.split()), lines),
        every=own.one_of("every", EVERY), at=own.take("at", ""), since=own.one_of("since", ("", "year"), ""),
        holds=_held(own, of), owner=of.owner, grade=_grade(of),
    )  # fmt: skip
    _check_days(own, of, made)
    own.done()
    return made


def check_names(own: Reader, indicator: Indicator, known: Mapping[str, Measure], statements: Iterable[Form]) -> None:
    """Every name of a formula is an item of the indicator's statement or a measure that can be added up. Raises ContractError."""
    items = {name for form in statements if form.calendar.kind == indicator.statement for name in form.by_name}
    kinds = [indicator.statement] if items & set(indicator.names) else []
    for name in indicator.names:
        if name not in items and name not in known:
            own.refuse(f"公式里的“{name}”既不是报表项目，也不是 schemas/measures 中的指标项")
        if name in known and known[name].function not in ADDED:
            own.refuse(f"公式里的“{name}”是 {known[name].function}，不能逐户相加；用 {'、'.join(ADDED)} 的指标项")
        kinds += [known[name].every] if name in known else []
    if any(EVERY.index(kind) > EVERY.index(indicator.every) for kind in kinds):
        own.refuse(f"公式里有的数不是每 {indicator.every} 都有；改 every 为 {max(kinds, key=EVERY.index)}")


def _table(own: Reader, table: Callable[[str], Form | Mart]) -> Form | Mart:
    try:
        return table(own.take("form"))
    except KeyError as unknown:
        own.refuse(str(unknown.args[0]))


def _grade(of: Form | Mart) -> str:
    return of.grade if isinstance(of, Form) else max((c.grade for c in of.columns), key=GRADES.index)


def _aggregate(own: Reader, form: Form | Mart, text: str) -> tuple[str, str]:
    found = _AGGREGATE.fullmatch(" ".join(text.split()))
    if found is None or found["function"] not in FUNCTIONS:
        own.refuse(f"aggregate“{text}”应写作 {'、'.join(f'{name}(…)' for name in FUNCTIONS)} 之一")
    function, expression = found["function"], found["expression"].strip()
    if (function == "count") != (expression == ""):
        own.refuse("只有 count() 数记录，括号里不写；其余函数括号里写列或算式")
    for name in _NAME.findall(expression):
        column = _column(own, form, name)
        if function != "count_distinct" and column.type not in NUMBERS:
            own.refuse(f"列“{name}”的类型是 {column.type}，不能用 {function}；换成数字列，或用 count_distinct")
    if (function == "count_distinct" or isinstance(form, Mart)) and expression and expression not in form.by_name:
        own.refuse("count_distinct 和主题表的括号里只能是一列")
    return function, expression


def _column(own: Reader, form: Form | Mart, name: str) -> Column:
    if name not in form.by_name:
        own.refuse(f"{form.name} 没有列“{name}”；列名见它的合同")
    return form.by_name[name]


def _held(own: Reader, form: Form | Mart) -> tuple[str, ...]:
    """`standing: true` of a dated form, or `standing: [from, until]`."""
    given: Any = own.take("standing", False)
    if given is True and isinstance(form, Form) and form.dated:
        return ("valid_from", "valid_to")
    if given is False:
        return ()
    if not isinstance(given, list) or len(given) != 2:
        own.refuse("standing 写作 [起始日列, 终止日列]；只有带 valid_from、valid_to 的报表可以写 true")
    return tuple(given)


def _check_days(own: Reader, form: Form | Mart, made: Measure) -> None:
    for name in filter(None, (made.at, *made.holds)):
        if _column(own, form, name).type != "date":
            own.refuse(f"列“{name}”不是日期列")
    if made.since and not made.at:
        own.refuse("since 只与 at（日期列）一起用")
    if made.at and made.holds:
        own.refuse("at 与 standing 只能写一个")
    kind = form.calendar.kind if isinstance(form, Form) else made.every
    if not made.at and not made.holds and kind not in EVERY[: EVERY.index(made.every) + 1]:
        own.refuse(f"报表 {form.name} 的报告期是 {kind}，没有每 {made.every} 的数；写 at 或 standing，或改 every")


def _written_in(own: Reader, where: str, parameters: Mapping[str, Any]) -> str:
    """`where` with every `{name}` replaced by its value; a value that changes over time becomes a case for each of its times."""
    named = tuple(dict.fromkeys(_PLACE.findall(where)))
    if set(named) != set(parameters):
        own.refuse(f"where 里的参数 {'、'.join(named) or '（无）'} 与 parameters 中的 {'、'.join(parameters) or '（无）'} 应一致")
    if not named:
        return where
    cases = []
    for lines in itertools.product(*(list(_lines(own, name, parameters[name])) for name in named)):
        written = where
        for name, (value, _, _) in zip(named, lines, strict=True):
            written = written.replace("{" + name + "}", value)
        starts = [f"period_end >= DATE '{start}'" for _, start, _ in lines]
        ends = [f"period_end < DATE '{end}'" for _, _, end in lines if end is not None]
        cases.append(f"({' AND '.join([*starts, *ends])} AND ({written}))")
    return " OR ".join(cases)


def _lines(own: Reader, name: str, entries: Any) -> Iterator[tuple[str, date, date | None]]:
    for entry in entries:
        line = own.inside(f"parameters.{name}", entry)
        line.take("source")
        value, start, end = line.take("value"), line.take("valid_from"), line.take("valid_to", None)
        yield (str(value) if not isinstance(value, str) else "'" + value.replace("'", "''") + "'"), start, end
        line.done()
