"""What is asked more than once, found in the declarations: items of different forms, items an indicator gives, indicators twice.

Only forms that reporters fill in, and of them only columns that say something of their own: no keys, no texts, no numbers of
documents, nothing that COMMON forms or more have in their head.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from schemas.column import Column
from schemas.contract import MEASURES, Form
from schemas.delivered import Indicator
from schemas.labels import normalise

# (p) A column of this many forms is their common head: 单位名称, 金额单位, 填表人 …
COMMON = 6
# (p) Names this much alike (Dice of their pairs of letters) are worth a look.
ALIKE = Decimal("0.8")
_LEFT_OUT = ("text", "date", "period", "unit", "list")
# 年末 and 期末 are one thing, of the year's and of the month's form.
_SAME_MEASURE = {"年末余额": "期末余额", "本年金额": "本年累计", "上年金额": "上年同期累计"}
_NOW = ("", "本年累计", "期末余额")
_MEASURES = {label for kind in MEASURES.values() for label in kind.values()} | _SAME_MEASURE.keys()


@dataclass(frozen=True)
class Asked:
    """An item or indicator. `source`: its form, or `indicator`. `names`: what it is called, normalised, without its measure.

    `own`: what tells the records of its form apart; `columns`: all of the form's.
    """

    source: str
    item: str
    title: str
    unit: str
    owner: str
    names: frozenset[str]
    measure: str = ""
    numeric: bool = True
    statement: bool = False
    kind: str = ""
    own: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pair:
    """`why`: 同名, 名称相近, 公式相同, 可由指标得出. `twice`: the same thing asked again, not the same in another period.

    `same_subject`: records of both forms are about one thing: units, or one form names the other's records.
    """

    left: Asked
    right: Asked
    why: str
    likeness: Decimal
    twice: bool
    same_subject: bool = True


def pairs(forms: Iterable[Form], indicators: Iterable[Indicator]) -> tuple[Pair, ...]:
    """In order of their names; each pair once."""
    items = list(asked(forms))
    known = list(indicators)
    found = [*_items(items), *_given(items, known), *_formulas(known)]
    return tuple(sorted(found, key=lambda p: (p.left.source, p.left.item, p.right.source, p.right.item)))


def asked(forms: Iterable[Form]) -> Iterator[Asked]:
    """Every item that reporters are asked for."""
    reported = [form for form in forms if form.source == "reporter"]
    spread = Counter(column.name for form in reported for column in form.columns)
    for form in reported:
        for column in form.columns:
            if not column.key and column.type not in _LEFT_OUT and spread[column.name] < COMMON:
                yield _item(form, column)


def _item(form: Form, column: Column) -> Asked:
    base, measure = split(column.label)
    names = frozenset(normalise(split(name)[0]) for name in (column.label, column.header or column.label, *column.synonyms))
    numeric = column.type not in ("code", "boolean")
    return Asked(form.name, column.name, f"{form.title}·{column.label}", column.unit or ("元" if column.type == "amount" else ""),
                 column.owner, names | {normalise(base)}, measure, numeric, form.statement, form.calendar.kind,
                 frozenset(form.own_key) - {"line_no"}, frozenset(form.by_name))  # fmt: skip


def split(label: str) -> tuple[str, str]:
    """`资产总计·年末余额` → 资产总计, 期末余额."""
    base, dot, measure = label.rpartition("·")
    return (base, _SAME_MEASURE.get(measure, measure)) if dot and measure in _MEASURES else (label, "")


def _items(items: Sequence[Asked]) -> Iterator[Pair]:
    """Items of different forms: of one name, one kind and unit; one measure of them."""
    grouped: Mapping[tuple[str, bool, str], list[Asked]] = _grouped(items)
    for group in grouped.values():
        for one, other in itertools.combinations(group, 2):
            if one.source != other.source and (found := _alike(one, other)):
                why, likeness = found
                twice = not (one.statement and other.statement and one.kind != other.kind)
                yield Pair(one, other, why, likeness, twice, _one_subject(one, other))


def _one_subject(one: Asked, other: Asked) -> bool:
    if not one.own or not other.own:
        return one.own == other.own
    return one.own <= other.columns or other.own <= one.columns


def _grouped(items: Iterable[Asked]) -> Mapping[tuple[str, bool, str], list[Asked]]:
    found: dict[tuple[str, bool, str], list[Asked]] = defaultdict(list)
    for item in items:
        found[item.unit, item.numeric, item.measure].append(item)
    return found


def _alike(one: Asked, other: Asked) -> tuple[str, Decimal] | None:
    if one.names & other.names:
        return "同名", Decimal(1)
    if not one.numeric or (one.statement and other.statement):
        return None
    best = max((likeness(a, b) for a in one.names for b in other.names), default=Decimal(0))
    return ("名称相近", best) if best >= ALIKE else None


def likeness(one: str, other: str) -> Decimal:
    """Dice's coefficient of the pairs of neighbouring letters, four decimals; letters alone of one-letter names."""
    a, b = (Counter(text[i : i + 2] for i in range(max(len(text) - 1, 1))) for text in (one, other))
    shared = sum((a & b).values())
    return (Decimal(2 * shared) / (a.total() + b.total())).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _given(items: Iterable[Asked], indicators: Sequence[Indicator]) -> Iterator[Pair]:
    """Items that bear the name of an indicator which other items give."""
    named: dict[str, Indicator] = {}
    for indicator in indicators:
        named.setdefault(normalise(indicator.title), indicator)
    for item in items:
        for name in sorted(item.names & named.keys()):
            indicator = named[name]
            if item.numeric and item.measure in _NOW and item.unit == indicator.unit and item.item not in indicator.names:
                yield Pair(item, _indicator(indicator), "可由指标得出", Decimal(1), True)


def _formulas(indicators: Sequence[Indicator]) -> Iterator[Pair]:
    """Indicators in force together that are worked out alike or called alike."""
    for one, other in itertools.combinations(indicators, 2):
        apart = any(a.valid_to is not None and a.valid_to <= b.valid_from for a, b in ((one, other), (other, one)))
        if one.id == other.id or one.every != other.every or apart:
            continue
        if formula(one) == formula(other) and one.statement == other.statement:
            yield Pair(_indicator(one), _indicator(other), "公式相同", Decimal(1), True)
        elif normalise(one.title) == normalise(other.title):
            yield Pair(_indicator(one), _indicator(other), "同名", Decimal(1), True)


def formula(indicator: Indicator) -> str:
    """Without spaces and outer signs: what two formulas are compared by."""
    return re.sub(r"\s+", "", indicator.formula)


def _indicator(made: Indicator) -> Asked:
    names = frozenset({normalise(made.title)})
    return Asked("indicator", f"{made.id}/{made.every}", made.title, made.unit, made.owner, names, kind=made.every)
