"""An indicator's formula worked out by hand on Decimals: `liabilities_closing / assets_closing`.

A missing figure or a zero denominator gives None (no value), as the contract of indicators says.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal

_SIGNS = str.maketrans("−×÷（）", "-*/()")
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_OPERATORS = {ast.Add: _WIDE.add, ast.Sub: _WIDE.subtract, ast.Mult: _WIDE.multiply, ast.Div: _WIDE.divide}


def inputs(formula: str) -> tuple[str, ...]:
    """Names a formula reads, in order of appearance."""
    names = [(n.lineno, n.col_offset, n.id) for n in ast.walk(_tree(formula)) if isinstance(n, ast.Name)]
    return tuple(dict.fromkeys(name for _, _, name in sorted(names)))


def evaluate(formula: str, values: Mapping[str, Decimal | None]) -> Decimal | None:
    """Unrounded (60 digits). Raises ValueError for anything but + − × / over names and numbers."""
    return _value(_tree(formula), values)


def _tree(formula: str) -> ast.expr:
    return ast.parse(formula.translate(_SIGNS).strip(), mode="eval").body


def _value(node: ast.expr, values: Mapping[str, Decimal | None]) -> Decimal | None:
    match node:
        case ast.Name(id=name):
            return values.get(name)
        case ast.Constant(value=int() | float() as literal):
            return Decimal(str(literal))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _value(operand, values)
            return None if inner is None else -inner
        case ast.BinOp(op=operator, left=left, right=right) if type(operator) in _OPERATORS:
            return _apply(operator, _value(left, values), _value(right, values))
    raise ValueError(f"公式里有不认识的写法：{ast.unparse(node)}")


def _apply(operator: ast.operator, left: Decimal | None, right: Decimal | None) -> Decimal | None:
    if left is None or right is None or (isinstance(operator, ast.Div) and right == 0):
        return None
    return _OPERATORS[type(operator)](left, right)
