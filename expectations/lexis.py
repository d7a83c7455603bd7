"""The words of the predicate language, told apart before sqlglot parses: what it would bend is refused here.

(`--` and `/*` would vanish, `x'ab'` and `1e3` change their meaning, unknown functions pass as they are.)
"""

from __future__ import annotations

import re

from schemas import words

FUNCTIONS = ("ABS", "COALESCE", "LENGTH", "SUM", "COUNT", "MIN", "MAX", *words.FUNCTIONS)
_BEFORE_BRACKET = {"AND", "OR", "NOT", "IN", "BETWEEN", "FILTER", "WHERE", *FUNCTIONS}
# Five times what any contract says; the parsers of three engines recurse.
_WORDS, _DEPTH = 450, 20
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<text>'(?:[^']|'')*')|(?P<number>[0-9]+(?:\.[0-9]+)?(?![\w.]))|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>(?:<=|>=|<>|!=|[=<>])(?![=<>])|-(?!-)|\*(?!\*)|[+(),.])"
)
_REMEDIES = {
    "~": "改用 matches(列, '^…$')", "/": "不能用除法；改写成乘法的比较", "×": "乘号写作 *", "−": "减号写作 -",
    "≤": "写作 <=", "≥": "写作 >=", "≠": "写作 <>", '"': "列名不加引号，文字用单引号",
    ";": "一条规则只写一个条件", "%": "没有取余运算", "|": "没有拼接；逻辑或写作 OR", "&": "逻辑与写作 AND",
    "$": "没有占位符", "?": "没有占位符", "-": "不能写注释，减号前后留空格",
}  # fmt: skip


class PredicateError(ValueError):
    """A rule's text that cannot be run; the message says which text, where, why and what to write instead."""

    def __init__(self, text: str, position: int, why: str, remedy: str) -> None:
        fragment = text[max(position, 0) : position + 24]
        super().__init__(f"表达式“{text}”第 {position + 1} 个字符起“{fragment}”：{why}；{remedy}")
        self.text, self.position, self.why, self.remedy = text, position, why, remedy


class Refused(Exception):
    """Why a part of a predicate is refused and what to write; the checker adds where it stands."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}；{remedy}")
        self.why, self.remedy = why, remedy


def check(text: str) -> None:
    """Raises PredicateError at the first sign, number or function the language does not have."""
    position, before, said, depth, prefixes = 0, "", 0, 0, 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            remedy = _REMEDIES.get(text[position], "数字写作 12.5，文字用单引号，列名用英文")
            raise PredicateError(text, position, "这里的写法不在规则语言中", remedy)
        if found["text"] and text[max(position - 1, 0)].isalnum():
            raise PredicateError(text, position, "文字前不能有前缀", "文字只写 '…'，日期写 DATE '2026-01-31'")
        if found[0] == "(" and before and before not in FUNCTIONS and before.upper() not in _BEFORE_BRACKET:
            raise PredicateError(text, position, f"没有函数“{before}”", f"可用的函数：{'、'.join(FUNCTIONS)}")
        if not found["space"]:
            before, said = found["name"] or "", said + 1
            depth += (found[0] == "(") - (found[0] == ")")
            if found[0] != "(":
                prefixes = prefixes + 1 if found[0] == "-" or before.upper() == "NOT" else 0
        if said > _WORDS or depth + prefixes > _DEPTH:
            raise PredicateError(text, position, f"规则太长或套得太深（至多 {_WORDS} 个词、{_DEPTH} 层括号或 NOT）", "拆成几条规则")
        position = found.end()
