"""An entry of `schemas/reconciliations/` → a Reconciliation: two sources that say the same thing, and how far they may differ.

    - id: RC-GUA
      title: 期末对外担保余额：快报与担保明细
      domain: 资金
      relation: equal        # equal | at_most | at_least (numbers, left against right) | same_text | not_before (days) | exists
      left: {source: monthly_finance, where: scope = 'single', value: guarantee_balance_closing}
      right: {source: guarantee, value: balance, aggregate: sum, absent: zero}
      tolerance: [{steps: '1', relative: '0.01', source: 参数}]
      message: …{left}…{right}…{difference}…{period}
      related: [B20-1]       # rules about the same figures
      owner: 财务监管处
      source: …

The left side gives units and periods. `meets` says which of the right side's records meet a left period: `same` (the default), `last`
(the last by its end; of dated records those that hold), `december` (of the year), `quarter_end` (the quarter's last month), `year` (that
it ends), `within` (days and shorter periods in it), `any` (whatever the period: the key says which). `key`: columns both sides agree
in, in order. `unit`: the column that names the unit. `absent` says what no record on the right means once anybody filed that form
by then: `unknown` (not comparable), `zero`, or `break`. `words` gives two vocabularies one; a word it does not have is unknown.
`each: {i: [assets_closing, …]}` writes an entry once for many columns; {label} is the left column's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from schemas.column import Column
from schemas.contract import Form
from schemas.delivered import Mart
from schemas.words import mentioned

if TYPE_CHECKING:
    from schemas.reading import Reader

RELATIONS = ("equal", "at_most", "at_least", "same_text", "not_before", "exists")
MEETS = ("same", "last", "december", "quarter_end", "year", "within", "any")
AGGREGATES = ("one", "sum", "count")
ABSENT = ("unknown", "zero", "break")
_NUMBERS = ("amount", "quantity", "ratio", "integer", "sum", "figure")
_PLACES = {"left", "right", "difference", "period"}
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Side:
    """One source of a comparison, a form or a mart. `value`: a column, or + − over columns; empty for a count."""

    source: str
    value: str = ""
    where: str = ""
    unit: str = "unit_id"
    key: tuple[str, ...] = ()
    aggregate: str = "one"
    meets: str = "same"
    absent: str = "unknown"
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def records(self) -> tuple[object, ...]:
        """Which records it looks at, whatever it takes of them."""
        return self.source, self.where, self.unit, self.key, self.aggregate, self.meets, self.absent


@dataclass(frozen=True)
class Tolerance:
    """What two figures may differ by, the largest of: `steps` last digits of both, `absolute`, `relative` to the larger."""

    steps: str = "0"
    absolute: str = "0"
    relative: str = "0"
    valid_from: date = date(1949, 10, 1)
    valid_to: date | None = None
    source: str = ""


@dataclass(frozen=True)
class Reconciliation:
    """`related`: rules about the same figures; a text blames no side."""

    id: str
    title: str
    domain: str
    relation: str
    left: Side
    right: Side
    tolerances: tuple[Tolerance, ...]
    message: str
    related: tuple[str, ...]
    owner: str
    source: str

    @property
    def numeric(self) -> bool:
        return self.relation in ("equal", "at_most", "at_least")


def read_reconciliations(own: Reader, entry: Mapping[str, Any], find: Callable[[str], Form | Mart]) -> Iterator[Reconciliation]:
    """One, or with `each` one a column. `find` gives a form or mart by name. Raises ContractError."""
    each: Mapping[str, list[str]] = own.take("each", {})
    if not each:
        yield _one(own, entry, find)
        return
    own.rest()
    (place, names), *more = each.items()
    if more or not names:
        own.refuse("each 只写一个占位符，列出一个以上的列")
    for name in names:
        filled = _filled({k: v for k, v in entry.items() if k != "each"}, place, name)
        yield _one(own.inside(name, filled | {"id": f"{entry['id']}-{name}"}), filled, find, name)


def _filled(value: Any, place: str, name: str) -> Any:
    if isinstance(value, str):
        return value.replace("{" + place + "}", name)
    if isinstance(value, dict):
        return {k: _filled(v, place, name) for k, v in value.items()}
    return [_filled(v, place, name) for v in value] if isinstance(value, list) else value


def _one(own: Reader, entry: Mapping[str, Any], find: Callable[[str], Form | Mart], name: str = "") -> Reconciliation:
    relation = own.one_of("relation", RELATIONS)
    sides = {side: _side(own, side, own.take(side), relation, find) for side in ("left", "right")}
    label = find(sides["left"].source).by_name[name].label if name else ""
    made = Reconciliation(
        own.take("id"), own.take("title").replace("{label}", label), own.take("domain"), relation, **sides,
        tolerances=tuple(_tolerance(own, line) for line in own.take("tolerance", [])),
        message=own.take("message").replace("{label}", label), related=tuple(own.take("related", ())), owner=own.take("owner"),
        source=own.take("source"),
    )  # fmt: skip
    own.done()
    _check(own, made)
    return made


def _side(own: Reader, which: str, authored: Any, relation: str, find: Callable[[str], Form | Mart]) -> Side:
    given = own.inside(which, authored)
    made = Side(
        given.take("source"), given.take("value", ""), given.take("where", ""), given.take("unit", "unit_id"),
        tuple(given.take("key", ())), given.one_of("aggregate", AGGREGATES, "one"), given.one_of("meets", MEETS, "same"),
        given.one_of("absent", ABSENT, "unknown"), given.take("words", {}),
    )  # fmt: skip
    given.done()
    _check_columns(given, made, relation, find)
    return made


def _check_columns(given: Reader, side: Side, relation: str, find: Callable[[str], Form | Mart]) -> None:
    try:
        known: Mapping[str, Column] = find(side.source).by_name
    except KeyError as unknown:
        given.refuse(str(unknown.args[0]))
    names = mentioned(side.value)
    missing = [n for n in (*names, *mentioned(side.where), *side.key, side.unit) if n not in known]
    if missing:
        given.refuse(f"{side.source} 没有列 {'、'.join(missing)}；列名见它的声明")
    if bool(side.value) == (side.aggregate == "count" or relation == "exists"):
        given.refuse("计数（aggregate: count）与只看有无（relation: exists）不写 value，其余都要写")
    if relation in ("same_text", "not_before") and (len(names) != 1 or side.value != names[0]):
        given.refuse("比文字、比先后的 value 只能是一列")
    if relation == "not_before" and known[names[0]].type != "date":
        given.refuse(f"比先后的 value“{side.value}”不是日期")
    if relation in ("equal", "at_most", "at_least") and any(known[n].type not in _NUMBERS for n in names):
        given.refuse(f"比数的 value“{side.value}”里有不是数的列")


def _check(own: Reader, made: Reconciliation) -> None:
    if made.numeric != bool(made.tolerances):
        own.refuse("比数的要有 tolerance（可写 steps、absolute、relative），别的没有")
    if made.left.meets != "same" or made.left.absent != "unknown":
        own.refuse("meets 与 absent 只写在 right：左边的期是比对的期")
    if len(made.left.key) != len(made.right.key) or (made.right.meets == "any" and not made.right.key):
        own.refuse("两边的 key 列数要相同；meets: any 要有 key")
    if unknown := set(_PLACE.findall(made.message)) - _PLACES:
        own.refuse(f"message 里不认识的 {'、'.join(sorted(unknown))}；可用 {'、'.join(sorted(_PLACES))}")


def _tolerance(own: Reader, line: Any) -> Tolerance:
    given = own.inside("tolerance", line)
    steps, absolute, relative = (str(given.take(name, "0")) for name in ("steps", "absolute", "relative"))
    days = given.take("valid_from", Tolerance.valid_from), given.take("valid_to", None)
    made = Tolerance(steps, absolute, relative, *days, given.take("source"))
    given.done()
    return made
