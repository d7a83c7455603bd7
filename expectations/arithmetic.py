"""What may be added, multiplied and compared, and how wide the result is. Raises Refused."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import ceil, log2

from expectations.functions import ProductNode
from expectations.lexis import Refused
from expectations.nodes import AggregateNode, ColumnNode, CompareNode, LiteralNode, Node, SumNode, TimesNode
from expectations.target import NUMERIC, WIDEST, Kind, Type

FACTOR_DECIMALS = 4
_NAMES: dict[Kind, str] = {
    "boolean": "是否", "text": "文字", "date": "日期",
    "money": "金额", "ratio": "比率", "number": "数量", "literal": "数字",
}  # fmt: skip


def named(node: Node) -> str:
    return _NAMES[node.type.kind]


def common(nodes: Sequence[Node]) -> Type:
    """The type that holds all of them: numbers of one kind, or all text, date or boolean."""
    kinds = {n.type.kind for n in nodes}
    if kinds <= NUMERIC:
        own = kinds - {"literal"}
        if len(own) > 1:
            raise Refused(f"{'与'.join(sorted(_NAMES[k] for k in own))}不能放在一起", "只比较或相加同一种数")
        kind = own.pop() if own else "literal"
        return _checked(Type(kind, max(n.type.digits for n in nodes), max(n.type.scale for n in nodes)))
    if len(kinds) > 1:
        mixed = "与".join(sorted(_NAMES[k] for k in kinds))
        raise Refused(f"{mixed}不能放在一起", "两边用同一种类型；日期写 DATE '2026-01-31'")
    return nodes[0].type


def total(terms: Sequence[tuple[int, Node]]) -> SumNode:
    """A sum of signed terms; nested sums are taken apart so that the whole is one balanced tree."""
    flat: list[tuple[int, Node]] = []
    for sign, node in terms:
        if node.type.kind not in NUMERIC:
            raise Refused(f"{named(node)}不能加减", "加减只用于数字列")
        flat += [(sign * inner, term) for inner, term in node.terms] if isinstance(node, SumNode) else [(sign, node)]
    leaf = common([node for _, node in flat]).wide
    levels = ceil(log2(len(flat)))
    return SumNode(tuple(flat), _checked(Type(leaf.kind, leaf.digits + levels, leaf.scale)), leaf)


def product(left: Node, right: Node) -> Node:
    value, factor = (right, left) if isinstance(left, LiteralNode) else (left, right)
    if not isinstance(factor, LiteralNode) or not isinstance(factor.value, Decimal):
        raise Refused("× 的一边必须是数字", "写成 0.25 * 列；两列相乘写成 product_of(金额列, 比率列, 4)")
    if factor.type.scale > FACTOR_DECIMALS:
        raise Refused("乘数多于四位小数", "乘数最多四位小数")
    if value.type.kind not in NUMERIC or isinstance(value, LiteralNode):
        raise Refused(f"{named(value)}不能与数字相乘", "写出结果，或乘一个数字列")
    if any(isinstance(term, TimesNode | ProductNode) for term in _terms(value)):
        raise Refused("一项里只能有一个乘号", "把两个乘数先乘好写成一个")
    wide = value.type.wide
    made = Type(wide.kind, wide.digits + factor.type.digits + 1, wide.scale + factor.type.scale)
    return TimesNode(value, factor, _checked(made))


def comparison(operator: str, left: Node, right: Node) -> CompareNode:
    kind = common([left, right]).kind
    if operator not in ("=", "<>") and (kind == "boolean" or (kind == "text" and not (left.ordered and right.ordered))):
        raise Refused(f"{_NAMES[kind]}没有大小", "文字与是否只用 =、<>、IN；报告期可以比较先后")
    return CompareNode(operator, left, right)


def aggregate(function: str, value: Node) -> AggregateNode:
    coded = isinstance(value, ColumnNode) and bool(value.codes)
    if function != "SUM" and (value.type.kind == "date" or coded):
        return AggregateNode(function, value, value.type)
    if value.type.kind not in NUMERIC or isinstance(value, LiteralNode):
        raise Refused(f"{function} 不能用于{named(value)}", "SUM 只用于数字列，MIN、MAX 还可用于日期列与代码列")
    wide = value.type.wide
    return AggregateNode(function, value, _checked(Type(wide.kind, wide.digits + 10 * (function == "SUM"), wide.scale)))


def _terms(node: Node) -> list[Node]:
    return [node, *(below for part in node.parts() for below in _terms(part))]


def _checked(made: Type) -> Type:
    if made.digits + made.scale > WIDEST:
        raise Refused("算式的位数超过 38 位，两个引擎会得出不同的数", "减少项数，或把乘数写短")
    return made
