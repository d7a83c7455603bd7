"""Indicator formulas: + − × ÷ and parentheses over statement items, brought to one fraction before anything is divided.

One division at the end means one rounding at the end, half away from zero: `a / ((b + c) / 2)` is computed as `a × 2 / (b + c)`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

# Sums of amounts (4 decimals) and head counts (6) fit; what is left of 38 digits is the quotient's scale, 14.
OPERAND = "DECIMAL(24,6)"
VALUE = "DECIMAL(28,8)"
_SIGNS = str.maketrans({"−": "-", "×": "*", "÷": "/", "（": "(", "）": ")"})


class FormulaError(ValueError):
    """A formula that cannot be used; the message names it, the place and the remedy."""


@dataclass(frozen=True)
class _Fraction:
    """`top / bottom` as SQL texts over names in braces; a `constant` has no names. `bottom` "" is 1."""

    top: str
    bottom: str = ""
    constant: Decimal | None = None


@dataclass(frozen=True)
class Formula:
    """`inputs`: the statement columns it reads (`<item>_<measure>`), in order of appearance: its lineage."""

    text: str
    inputs: tuple[str, ...]
    top: str
    bottom: str

    @property
    def shape(self) -> Formula:
        """The same with inputs named by their place: `_0 / _1` of any two."""
        names = tuple(f"_{n}" for n in range(len(self.inputs)))
        places = {name: f"{{{at}}}" for name, at in zip(self.inputs, names, strict=True)}
        top, bottom = self.top.format_map(places), self.bottom.format_map(places)
        return Formula("", names, top, bottom)

    def sql(self, column: Callable[[str], str]) -> str:
        """Spark expression of type VALUE; NULL when an input is NULL or the denominator is zero.

        `column` turns an input into a quoted SQL reference.
        """
        places = {name: f"CAST({column(name)} AS {OPERAND})" for name in self.inputs}
        top = f"CAST({self.top.format_map(places)} AS {OPERAND})"
        if not self.bottom:
            return f"CAST(ROUND({top}, 8) AS {VALUE})"
        bottom = f"CAST({self.bottom.format_map(places)} AS {OPERAND})"
        return f"CAST(ROUND({top} / NULLIF({bottom}, CAST(0 AS {OPERAND})), 8) AS {VALUE})"


@cache
def parse(text: str) -> Formula:
    """Raises FormulaError for anything but the language above."""
    try:
        tree = ast.parse(text.translate(_SIGNS).strip(), mode="eval")
    except SyntaxError as fault:
        raise FormulaError(f"公式“{text}”第 {fault.offset} 个字符处写法有误；只能用 + − × ÷、括号、项目名和数字") from None
    names: dict[str, None] = {}
    made = _fraction(tree.body, text, names)
    if not names:
        raise FormulaError(f"公式“{text}”里没有任何项目")
    return Formula(text, tuple(names), made.top, made.bottom)


def _fraction(node: ast.expr, text: str, names: dict[str, None]) -> _Fraction:
    match node:
        case ast.Name(id=name):
            names.setdefault(name)
            return _Fraction("{" + name + "}")
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return _constant(ast.get_source_segment(text.translate(_SIGNS).strip(), node) or "", text)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _times(_constant("-1", text), _fraction(operand, text, names), text)
        case ast.BinOp(left=left, op=operator, right=right):
            return _combine(operator, _fraction(left, text, names), _fraction(right, text, names), text)
    raise FormulaError(f"公式“{text}”里的“{ast.unparse(node)}”不能用；只能用 + − × ÷、括号、项目名和数字")


def _constant(digits: str, text: str) -> _Fraction:
    value = Decimal(digits)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -4 or abs(value) >= 10**8:
        raise FormulaError(f"公式“{text}”里的数字 {digits} 超出范围；最多四位小数，小于一亿")
    return _Fraction(f"({value:f})", constant=value)


def _combine(operator: ast.operator, a: _Fraction, b: _Fraction, text: str) -> _Fraction:
    match operator:
        case ast.Mult():
            return _times(a, b, text)
        case ast.Div():
            if b.constant == 0:
                raise FormulaError(f"公式“{text}”除以 0")
            return _times(a, _Fraction(b.bottom or "(1)", b.top, None if b.constant is None else Decimal(1)), text)
        case ast.Add() | ast.Sub():
            sign = "+" if isinstance(operator, ast.Add) else "-"
            top = f"({_scaled(a.top, b.bottom, text)} {sign} {_scaled(b.top, a.bottom, text)})"
            return _Fraction(top, _scaled(a.bottom, b.bottom, text) if a.bottom or b.bottom else "")
    raise FormulaError(f"公式“{text}”里有不认识的运算；只能用 + − × ÷")


def _times(a: _Fraction, b: _Fraction, text: str) -> _Fraction:
    bottom = _scaled(a.bottom, b.bottom, text) if a.bottom or b.bottom else ""
    return _Fraction(_scaled(a.top, b.top, text), bottom)


def _scaled(a: str, b: str, text: str) -> str:
    """The product of two texts, at most one of which names an item: decimals of two items multiplied would lose digits."""
    if not a or not b:
        return a or b
    if "{" in a and "{" in b:
        raise FormulaError(f"公式“{text}”要把两个项目相乘或把两个比率相加，会损失精度；请拆成两个指标")
    return f"({a} * {b})"
