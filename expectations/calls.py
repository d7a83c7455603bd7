"""Functions of the predicate language, from sqlglot's nodes: how many arguments, of which kind. Raises Refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from expectations import arithmetic, columns, dated, regex
from expectations.functions import MatchesNode, ProductNode, ValidCodeNode, WithinNode
from expectations.lexis import Refused
from expectations.nodes import (
    AggregateNode,
    CallNode,
    ColumnNode,
    DaysNode,
    LiteralNode,
    MonthsNode,
    Node,
    PeriodEnd,
    walk,
)
from expectations.related import RelatedNode, related
from expectations.target import DATE, NUMERIC, TEXT, WIDEST, Type
from schemas.codes import windows

Visit = Callable[[exp.Expr], Node]
LENGTH_TYPE = Type("number", 10, 0)
COUNT_TYPE = Type("number", 19, 0)
DAYS_TYPE = Type("number", 10, 0)
TOLERANCE_DIGITS, TOLERANCE_SCALE = 25, 9


def numeric(made: Node) -> Node:
    if made.type.kind not in NUMERIC:
        raise Refused(f"这里应是数字，现在是{arithmetic.named(made)}", "换成数字列或数字")
    return made


def coalesce(visit: Visit, node: exp.Expr) -> Node:
    arguments = tuple(visit(a) for a in (node.this, *node.expressions))
    if len(arguments) < 2:
        raise Refused("COALESCE 至少要两个值", "写成 COALESCE(列, 0)")
    return CallNode("COALESCE", arguments, arithmetic.common(arguments))


def absolute(visit: Visit, node: exp.Expr) -> Node:
    inner = numeric(visit(node.this))
    return CallNode("ABS", (inner,), inner.type)


def length(visit: Visit, node: exp.Expr) -> Node:
    inner = visit(node.this)
    if inner.type != TEXT:
        raise Refused("LENGTH 只用于文字列", "换成文字列")
    return CallNode("LENGTH", (inner,), LENGTH_TYPE)


def aggregate(visit: Visit, node: exp.Expr) -> Node:
    if isinstance(node, exp.Count):
        if not isinstance(node.this, exp.Star):
            raise Refused("COUNT 只数记录", "写成 COUNT(*)")
        return AggregateNode("COUNT", None, COUNT_TYPE)
    inner = visit(node.this)
    if any(isinstance(n, AggregateNode) for n in walk(inner)):
        raise Refused("汇总里不能再汇总", "只对列汇总")
    return arithmetic.aggregate(type(node).__name__.upper(), inner)


def over_others(visit: Visit, node: exp.Expr, where: exp.Expr | None = None) -> RelatedNode:
    """An aggregate over the records of another form; `where`: the condition of its FILTER."""
    function = type(node).__name__.upper()
    if function not in ("SUM", "COUNT", "MIN", "MAX") or isinstance(node.this, exp.Star):
        raise Refused("关系规则里的汇总要写明哪种报表的哪一列", "写成 SUM(报表.列)、COUNT(报表.列)")
    inner = visit(node.this)
    kind = COUNT_TYPE if function == "COUNT" else arithmetic.aggregate(function, inner).type
    return related(function, inner, kind, visit(where) if where is not None else None)


def own_function(visit: Visit, node: exp.Expr) -> Node:
    arguments = [visit(a) for a in node.expressions]
    match node.name, arguments:
        case "matches", [value, LiteralNode(value=str(pattern))] if value.type == TEXT:
            return MatchesNode(value, _pattern(pattern))
        case "within_tolerance", [left, right]:
            return _within(numeric(left), numeric(right))
        case "product_of", [ColumnNode() as left, ColumnNode() as right, LiteralNode(value=Decimal() as places)] if places == int(places):
            return _product(left, right, int(places))
        case "valid_code", [LiteralNode(value=str(name)), value, day] if value.type == TEXT and day.type == DATE:
            return _valid_code(name, value, day)
        case "days_between", [first, last] if first.type == last.type == DATE:
            return DaysNode(first, last, DAYS_TYPE)
        case "months_after", [day, LiteralNode(value=Decimal() as months)] if day.type == DATE and months == int(months):
            return MonthsNode(day, int(months))
        case "workdays", [first, last] if first.type == last.type == DATE:
            return dated.WorkdaysNode(first, last)
        case "parameter", [LiteralNode(value=str(name)), ColumnNode() | PeriodEnd() as day, *who] if day.type == DATE and _one_text(who):
            return dated.parameter(name, day, who[0] if who else None)
    raise Refused(f"函数 {node.name} 的参数不对", _USAGE.get(node.name, "见规则语言的说明"))


_USAGE = {
    "matches": "写成 matches(文字列, '^…$')",
    "within_tolerance": "写成 within_tolerance(金额, 金额 + 金额)",
    "product_of": "写成 product_of(金额列, 比率列, 4)：两列相乘得金额，第二列填到四位小数",
    "days_between": "写成 days_between(日期列, 日期列)，得到天数",
    "months_after": "写成 months_after(日期列, 12)，得到若干个月以后的日期，月数可以为负",
    "workdays": "写成 workdays(起日列, 止日列)，得到工作日数，含首尾两日",
    "parameter": "写成 parameter('参数', 日期列) 或 parameter('参数', 日期列, 监管主体列)，得到当日有效的参数值",
    "valid_code": "写成 valid_code('代码表', 列, 日期列或 period_end)",
}


def _one_text(nodes: list[Node]) -> bool:
    return len(nodes) < 2 and all(isinstance(n, ColumnNode) and n.type == TEXT for n in nodes)


def _pattern(text: str) -> str:
    try:
        return regex.check(text)
    except regex.RegexError as problem:
        raise Refused(str(problem), "改写正则") from None


def _within(left: Node, right: Node) -> Node:
    difference = arithmetic.total([(1, left), (-1, right)])
    if difference.type.kind != "money" or not any(isinstance(n, ColumnNode | RelatedNode) for n in walk(difference)):
        raise Refused("within_tolerance 的容差由填报单位得出，只用于金额", "其他数字直接用 = 比较")
    if max(difference.type.digits, TOLERANCE_DIGITS) + max(difference.type.scale, TOLERANCE_SCALE) > WIDEST:
        raise Refused("within_tolerance 中的数位数太多", "减少项数，或把乘数写短")
    return WithinNode(difference)


def _product(left: ColumnNode, right: ColumnNode, places: int) -> Node:
    if left.type.kind not in NUMERIC or right.type.kind not in ("ratio", "number") or not right.type.scale:
        raise Refused("product_of 的第一列是数，第二列是比率或有小数的数量", _USAGE["product_of"])
    if not 0 < places <= right.type.scale:
        raise Refused(f"第二列最少 1 位、最多 {right.type.scale} 位小数", _USAGE["product_of"])
    made = Type("money", left.type.digits + right.type.digits, left.type.scale + right.type.scale)
    if left.type.wide.digits + right.type.digits + made.scale >= WIDEST:  # one more digit than both have: Spark's product
        raise Refused("product_of 两列的位数合起来太多", "只乘金额、数量与比率列")
    return ProductNode(left, right, places, made)


def _valid_code(name: str, value: Node, day: Node) -> Node:
    columns.codes(name)
    grouped = windows(name)
    return ValidCodeNode(value, day, tuple((start, end, codes) for (start, end), codes in grouped.items()))
