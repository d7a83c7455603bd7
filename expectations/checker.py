"""sqlglot's tree → a checked tree: every kind of node is on a list of allowed ones, and every type fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from sqlglot import exp

from expectations import arithmetic, calls
from expectations.columns import Named, known_code, resolve
from expectations.lexis import PredicateError, Refused
from expectations.nodes import InNode, IsNullNode, LiteralNode, LogicNode, Node, number
from expectations.target import BOOLEAN, DATE, TEXT

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip


class Checker:
    """One predicate of one form. `relation`: previous.<column> and <form>.<column> are allowed, aggregates are of other forms.

    `constants`: names that stand for a value.
    """

    def __init__(self, text: str, form: Named, relation: bool, constants: Mapping[str, LiteralNode] | None = None) -> None:
        self._text, self._form, self._relation, self._constants = text, form, relation, constants or {}

    def visit(self, node: exp.Expr) -> Node:
        """Raises PredicateError at the place of the smallest part that does not fit."""
        try:
            return self._handler(node)(node)
        except Refused as refusal:
            raise PredicateError(self._text, _position(self._text, node), refusal.why, refusal.remedy) from None

    def boolean(self, node: exp.Expr) -> Node:
        made = self.visit(node)
        if made.type != BOOLEAN:
            why, remedy = f"这里应是一个条件，现在是{arithmetic.named(made)}", "写成比较；单独一列只能是“是否”列"
            raise PredicateError(self._text, _position(self._text, node), why, remedy)
        return made

    def numeric(self, node: exp.Expr) -> Node:
        made = self.visit(node)
        try:
            return calls.numeric(made)
        except Refused as refusal:
            raise PredicateError(self._text, _position(self._text, node), refusal.why, refusal.remedy) from None

    def _handler(self, node: exp.Expr) -> Callable[[exp.Expr], Node]:
        match node:
            case exp.Paren():
                return lambda n: self.visit(n.this)
            case exp.And() | exp.Or():
                return self._logic
            case exp.Not():
                return lambda n: LogicNode("NOT", (self.boolean(n.this),))
            case exp.In() if not node.args.get("query"):
                return self._in
            case exp.Between():
                return self._between
            case exp.Is():
                return self._is
            case exp.Column():
                return self._column
            case exp.Literal():
                return self._literal
            case exp.Boolean():
                return lambda n: LiteralNode(bool(n.this), BOOLEAN)
            case exp.Cast():
                return self._date
            case exp.Add() | exp.Sub():
                return self._add
            case exp.Neg():
                return self._negative
            case exp.Mul():
                return lambda n: arithmetic.product(self.visit(n.this), self.visit(n.expression))
        return self._comparison if type(node) in _COMPARISONS else self._call(node)

    def _call(self, node: exp.Expr) -> Callable[[exp.Expr], Node]:
        match node:
            case exp.Coalesce():
                return lambda n: calls.coalesce(self.visit, n)
            case exp.Abs():
                return lambda n: calls.absolute(self.visit, n)
            case exp.Length():
                return lambda n: calls.length(self.visit, n)
            case exp.Sum() | exp.Min() | exp.Max() | exp.Count():
                return lambda n: calls.over_others(self.visit, n) if self._relation else calls.aggregate(self.visit, n)
            case exp.Filter() if self._relation:
                return lambda n: calls.over_others(self.visit, n.this, n.expression.this)
            case exp.Anonymous():
                return lambda n: calls.own_function(self.visit, n)
        raise Refused("这种写法不在规则语言中", "用比较、AND、OR、NOT、IN、BETWEEN、IS NULL、加减与规则函数")

    def _comparison(self, node: exp.Expr) -> Node:
        return self._compare(_COMPARISONS[type(node)], self.visit(node.this), self.visit(node.expression))

    def _compare(self, operator: str, left: Node, right: Node) -> Node:
        known_code(left, right)
        known_code(right, left)
        return arithmetic.comparison(operator, left, right)

    def _logic(self, node: exp.Expr) -> Node:
        operator = "AND" if isinstance(node, exp.And) else "OR"
        return LogicNode(operator, tuple(self.boolean(part) for part in node.flatten()))

    def _in(self, node: exp.Expr) -> Node:
        value = self.visit(node.this)
        items = [self.visit(item) for item in node.expressions]
        literals = tuple(item for item in items if isinstance(item, LiteralNode))
        if not items or len(literals) < len(items):
            raise Refused("IN 后面只能是写明的值", "写成 列 IN ('甲', '乙')")
        for item in literals:
            self._compare("=", value, item)
        return InNode(value, literals)

    def _between(self, node: exp.Expr) -> Node:
        value = self.visit(node.this)
        low, high = self.visit(node.args["low"]), self.visit(node.args["high"])
        return LogicNode("AND", (self._compare(">=", value, low), self._compare("<=", value, high)))

    def _is(self, node: exp.Expr) -> Node:
        if not isinstance(node.expression, exp.Null):
            raise Refused("IS 后面只能是 NULL 或 NOT NULL", "条件本身就是真假，不必写 IS TRUE")
        return IsNullNode(self.visit(node.this))

    def _column(self, node: exp.Expr) -> Node:
        if node.args.get("db"):
            raise Refused("列名最多两段", "写成 previous.列 或 报表.列")
        if not node.text("table") and node.name in self._constants:
            return self._constants[node.name]
        return resolve(self._form, node.text("table"), node.name, self._relation)

    def _literal(self, node: exp.Expr) -> Node:
        return LiteralNode(str(node.this), TEXT) if node.args["is_string"] else number(Decimal(node.this))

    def _date(self, node: exp.Expr) -> Node:
        literal = node.this
        if not node.args["to"].is_type("date") or not isinstance(literal, exp.Literal) or not literal.is_string:
            raise Refused("不能转换类型", "只有日期写成 DATE '2026-01-31'")
        try:
            return LiteralNode(date.fromisoformat(literal.this), DATE)
        except ValueError:
            raise Refused(f"“{literal.this}”不是存在的日期", "写成 DATE '2026-01-31'") from None

    def _add(self, node: exp.Expr) -> Node:
        sign = -1 if isinstance(node, exp.Sub) else 1
        return arithmetic.total([(1, self.numeric(node.this)), (sign, self.numeric(node.expression))])

    def _negative(self, node: exp.Expr) -> Node:
        inner = self.numeric(node.this)
        if isinstance(inner, LiteralNode) and isinstance(inner.value, Decimal):
            return LiteralNode(-inner.value, inner.type)
        return arithmetic.total([(-1, inner)])


def _position(text: str, node: exp.Expr | None) -> int:
    """Where in the text a node begins: the first of its names, as far as sqlglot kept the places. None is an argument left out."""
    if node is None:
        return 0
    starts = [int(i.meta["start"]) for i in node.find_all(exp.Identifier, exp.Anonymous) if "start" in i.meta]
    return min(starts, default=max(text.find(node.sql(dialect="duckdb")), 0))
