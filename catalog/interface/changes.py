"""What changed between two sets of contracts, for those who built against the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from catalog.interface.page import table
from schemas.column import Column
from schemas.contract import Form, Rule
from schemas.freeze import plain
from schemas.words import SEVERITIES


def changes(before: Mapping[str, Form] | None, now: Mapping[str, Form]) -> str:
    """A page; `before` None: there is no earlier version to compare with."""
    if before is None:
        return "# 与上一版的差别\n\n没有给出可比较的上一版（--since 发布号）。\n"
    rows = [row for name in sorted({*before, *now}) for row in _form(before.get(name), now.get(name))]
    head = "# 与上一版的差别\n\n"
    return head + (table(("报表", "变化", "内容"), rows) if rows else "没有差别。\n")


def _form(before: Form | None, now: Form | None) -> Iterator[tuple[str, str, str]]:
    if before is None or now is None:
        known = before or now
        assert known is not None
        yield known.title, "停用" if now is None else "新增报表", known.name
        return
    for what, was, here in (("版本", before.version, now.version), ("不合格时", before.acceptance, now.acceptance),
                            ("累计方式", before.accumulation, now.accumulation), ("集团审核", before.review, now.review)):  # fmt: skip
        if was != here:
            yield now.title, what, f"{was} → {here}"
    if plain(before.calendar) != plain(now.calendar):
        yield now.title, "报送期限", "见报表说明"
    yield from ((now.title, *row) for row in _columns(before.by_name, now.by_name))
    yield from ((now.title, *row) for row in _rules(before.rule, now.rule))


def _columns(before: Mapping[str, Column], now: Mapping[str, Column]) -> Iterator[tuple[str, str]]:
    for name in [*now, *(n for n in before if n not in now)]:
        was, here = before.get(name), now.get(name)
        if was is None and here is not None:
            yield "新增数据项", f"{here.label}（{name}{'，必填' if here.required else ''}）"
        elif here is None and was is not None:
            yield "取消数据项", f"{was.label}（{name}）"
        elif was is not None and here is not None and (differs := [said for said, of in _SHOWN if of(was) != of(here)]):
            yield "数据项有变", f"{here.label}（{name}）：{'、'.join(differs)}"


_SHOWN: tuple[tuple[str, Callable[[Column], object]], ...] = (
    ("类型", lambda c: c.type), ("必填", lambda c: c.required), ("单位", lambda c: c.unit), ("代码表", lambda c: c.codes),
    ("表头", lambda c: frozenset(c.names)),
)  # fmt: skip


def _rules(before: Mapping[str, Rule], now: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    for rule_id in [*now, *(r for r in before if r not in now)]:
        was, here = before.get(rule_id), now.get(rule_id)
        if was is None and here is not None:
            yield "新增规则", f"{rule_id} {here.title}（{SEVERITIES[here.severity]}）"
        elif here is None and was is not None:
            yield "取消规则", f"{rule_id} {was.title}"
        elif plain(was) != plain(here) and here is not None:
            yield "规则有变", f"{rule_id} {here.title}"
