"""Names in a predicate → columns of contracts, with their types; code literals → codes that exist. Raises Refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from expectations.functions import STEP, STEP_TYPE
from expectations.lexis import Refused
from expectations.nodes import ColumnNode, LiteralNode, Node, PeriodEnd
from expectations.target import BOOLEAN, DATE, TEXT, Kind, Type
from schemas.codes import code_list
from schemas.column import SQL_TYPES, Column
from schemas.contract import Form
from schemas.declared import once_per_set
from schemas.load import form as load_form

PREVIOUS = "previous"
_MONEY_OR_RATIO: dict[str, Kind] = {"amount": "money", "sum": "money", "ratio": "ratio"}
_PLAIN = {"VARCHAR": TEXT, "DATE": DATE, "BOOLEAN": BOOLEAN, "BIGINT": Type("number", 19, 0)}


def type_of(column: Column) -> Type:
    stored = SQL_TYPES[column.type]
    if stored.startswith("DECIMAL"):
        width, scale = (int(n) for n in stored.removeprefix("DECIMAL(").removesuffix(")").split(","))
        return Type(_MONEY_OR_RATIO.get(column.type, "number"), width - scale, scale)
    if stored not in _PLAIN:
        raise Refused(f"列“{column.name}”的类型 {column.type} 不能用在规则里", "换一列")
    return _PLAIN[stored]


class Named(Protocol):
    """What a predicate may be said of: a form, a mart, or what a warning reads."""

    @property
    def name(self) -> str: ...

    @property
    def by_name(self) -> Mapping[str, Column]: ...


def resolve(form: Named, alias: str, name: str, relation: bool) -> Node:
    """`alias` is "" for the record itself, `previous`, or another form's name."""
    if not alias and name == "period_end":
        return PeriodEnd()
    if alias and not relation:
        raise Refused(f"“{alias}.”只能用在关系规则里", "在规则上写 compare，或改用本表的列")
    if name == STEP:
        return ColumnNode(alias, STEP, STEP_TYPE)
    source: Named = form if alias in ("", PREVIOUS) else _other(alias)
    column = source.by_name.get(name)
    if column is None:
        raise Refused(f"{source.name} 没有列“{name}”", "改正列名；列名见它的合同")
    kind = type_of(column)
    return ColumnNode(alias, name, kind, column.codes, kind != TEXT or column.type == "period")


def _other(name: str) -> Form:
    try:
        return load_form(name)
    except KeyError:
        raise Refused(f"没有报表“{name}”", "前缀只能是 previous 或一种报表的名字") from None


def known_code(column: Node, literal: Node) -> None:
    """A code compared with a text that no version of its list has would never be equal: a slip in the rule."""
    if not isinstance(column, ColumnNode) or not column.codes or not isinstance(literal, LiteralNode):
        return
    if literal.value not in codes(column.codes):
        raise Refused(f"“{literal.value}”不在代码表 {column.codes} 中", "改正代码，或先把它加入代码表")


@once_per_set
def codes(name: str) -> frozenset[str]:
    """Every code that was ever valid in the list."""
    try:
        return frozenset(code.code for code in code_list(name))
    except KeyError:
        raise Refused(f"没有代码表“{name}”", f"建立 schemas/codes/{name}.csv，或改正名字") from None
