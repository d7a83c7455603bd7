r"""Regular expressions that RE2 (DuckDB) and Java (Spark) read alike, checked token by token.

Left out because the two differ: `\s` (vertical tab), `\b` and `\p` (Unicode), look-around, back references,
possessive and lazy quantifiers, nested or intersected classes. A pattern is written ^…$ and means the whole text.
"""

from __future__ import annotations

import re

_ESCAPE = r"\\(?:[dDwW]|[^\sA-Za-z0-9])"
_CLASS_ITEM = r"(?:[^\[\]\\^&-]|\\[^\sA-Za-z0-9])"
_CLASS = rf"\[\^?-?(?:\\[dDwW]|{_CLASS_ITEM}-{_CLASS_ITEM}|{_CLASS_ITEM})*-?\]"
_QUANTIFIER = r"[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\}"
_TOKEN = re.compile(rf"(?P<quantifier>{_QUANTIFIER})|{_ESCAPE}|{_CLASS}|\((?:\?:)?|\)|\||\.|[^\\\[\](){{}}*+?^$|]")


class RegexError(ValueError):
    """A pattern the two engines would not read alike; the message says which part and what to write."""


def check(pattern: str) -> str:
    """The pattern without its anchors. Raises RegexError."""
    if len(pattern) < 2 or not pattern.startswith("^") or not pattern.endswith("$"):
        raise RegexError("正则必须写成 ^…$，匹配整个文本")
    body, position, after_quantifier = pattern[1:-1], 0, True
    while position < len(body):
        found = _TOKEN.match(body, position)
        if found is None:
            allowed = "只用字面、[…]、\\d、\\w、.、( )、|、* + ? {n,m}"
            raise RegexError(f"正则中“{body[position : position + 6]}”在两个引擎中含义不同或不成立；{allowed}")
        if found["quantifier"] and after_quantifier:
            raise RegexError(f"正则中“{found[0]}”之前没有可重复的内容；不支持惰性与占有量词")
        after_quantifier = found["quantifier"] is not None or found[0] in ("(", "(?:", "|")
        position = found.end()
    try:
        re.compile(body)
    except re.error as problem:
        raise RegexError(f"正则不成立（{problem.msg}）；检查括号与范围") from None
    return body


def for_duckdb(body: str) -> str:
    return rf"^(?:{body})\z"


def for_spark(body: str) -> str:
    r"""`(?d)`: as in RE2, only \n ends a line for `.`; `\z`, because Java's `$` also matches before a last line end."""
    return rf"(?d)^(?:{body})\z"
