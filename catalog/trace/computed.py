"""`indicator_value`: a formula worked out again from figures read again; roll-ups over the tree climbed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from catalog.trace.figure import figure
from catalog.trace.formula import evaluate, inputs
from catalog.trace.node import Node, compared
from catalog.trace.numbers import rounded, scale
from catalog.trace.source import Row, Sources
from catalog.trace.tree import tree_at
from schemas.freeze import digest, plain
from schemas.load import forms, indicators

MART = "indicator_value"
_COUNTS = ("expected", "received", "late", "excluded")
_PLACES = scale("ratio")
_ADDED = ("single", "difference")


def indicator(sources: Sources, row: Row) -> Node:
    """Compared with the formula over what the archived cells say."""
    names = inputs(row["formula"])
    if row["scope"] == "aggregate":
        below = tree_at(sources, row["period"], MART).below.get(row["unit_id"], {})
        terms = {name: _sum(sources, row, name, below) for name in names}
        around = (_members(sources, row, below), *_coverage(row, _single(sources, row, below)))
    else:
        terms = {name: _filed(sources, row, name) for name in names}
        around = tuple(_coverage(row, _own(sources, row)))
    value = evaluate(row["formula"], {name: term.recomputed for name, term in terms.items()})
    recomputed = None if value is None else rounded(value, _PLACES)
    title = f"{row['title']} {row['unit_id']} {row['period']} {row['scope']}"
    facts = {"公式": row["formula"], "舍入": f"除一次、舍一次：四舍五入到 {_PLACES} 位小数"}
    children = (_formula(row), *terms.values(), *around)
    return compared("indicator", title, row["value"], recomputed, facts=facts, children=children)


def _formula(row: Row) -> Node:
    """The declared formula in force at the period's end, as the row's version says."""
    declared = {digest(plain(i))[:12]: i for i in indicators() if i.id == row["indicator_id"]}
    known = declared.get(row["formula_version"])
    if known is None:
        why = "这个版本的公式已不在现行指标文件中，按发布时的公式重算"
        return Node("parameter", f"公式版本 {row['formula_version']}", why=why)
    facts = {"定义": known.definition, "出处": known.source, "体系": known.vintage}
    return compared("parameter", f"公式（版本 {row['formula_version']}）", row["formula"], known.formula, facts=facts)


def _monthly() -> set[str]:
    return {form.name for form in forms() if form.calendar.kind == "month" and form.calendar.reporters == "registry"}


def _filed(sources: Sources, row: Row, name: str) -> Node:
    """The unit's own figure in the row's scope; None where it filed none."""
    where = {"unit_id": row["unit_id"], "period": row["period"], "scope": row["scope"], "field": name}
    found = [figure(sources, r) for r in sources.gold("statement", where) if r["form"] in _monthly()]
    return found[0] if len(found) == 1 else Node("absence", f"{name}：没有填报")


def _sum(sources: Sources, row: Row, name: str, below: Mapping[str, int]) -> Node:
    """Σ single + Σ difference of one figure over the closure; None when nobody filed it."""
    rows = sources.gold("statement", {"period": row["period"], "field": name})
    counted = [r for r in rows if r["unit_id"] in below and r["scope"] in _ADDED and r["form"] in _monthly()]
    parts = [figure(sources, r) for r in counted]
    filed = [part.recomputed for part in parts if part.recomputed is not None]
    total = sum(filed, Decimal(0)) if filed else None
    facts = {"算法": "范围内单户数与差额数相加", "户数": len({r["unit_id"] for r in counted})}
    published = [r["value"] for r in counted]
    return compared("sum", f"{name} 合计", sum(published, Decimal(0)) if published else None, total, facts=facts,
                    children=tuple(parts))  # fmt: skip


def _members(sources: Sources, row: Row, below: Mapping[str, int]) -> Node:
    """Whether the published tree holds the units that the registry's records give."""
    rows = sources.gold("enterprise_tree", {"period": row["period"], "ancestor_id": row["unit_id"]})
    published, climbed = {r["unit_id"] for r in rows}, set(below)
    differing = "、".join(sorted(published ^ climbed))
    children = tuple(Node("member", f"{unit}（第 {depth} 层）") for unit, depth in sorted(below.items()))
    return Node("tree", f"汇总范围（{row['period']} 期末）", f"{len(published)} 户", f"{len(climbed)} 户",
                published == climbed, f"不一致的单位：{differing}" if differing else "", {}, children)  # fmt: skip


def _single(sources: Sources, row: Row, below: Mapping[str, int]) -> list[Row]:
    """Coverage of the closure's single statements."""
    rows = sources.gold("submission_coverage", {"period": row["period"], "scope": "single"})
    return [r for r in rows if r["unit_id"] in below and r["form"] in _monthly()]


def _own(sources: Sources, row: Row) -> list[Row]:
    rows = sources.gold("submission_coverage", {k: row[k] for k in ("unit_id", "period", "scope")})
    return [r for r in rows if r["form"] in _monthly()]


def _coverage(row: Row, rows: Sequence[Row]) -> list[Node]:
    """How many of the statements it rests on were expected, received, late, excluded, and how mature that makes it."""
    words = dict(zip(_COUNTS, ("应报", "已报", "迟报", "免报"), strict=True))
    counts = [compared("count", f"{words[c]}户数", row[c], sum(bool(r[c]) for r in rows)) for c in _COUNTS]
    known = {r["maturity"] for r in rows}
    if any(r["expected"] and not r["received"] for r in rows):
        known.add("缺报")
    ranked = {"未到期": "未到期", "缺报": "迟报", "暂定": "暂定"}
    rolled = next((said for found, said in ranked.items() if found in known), "确定")
    maturity = rolled if row["scope"] == "aggregate" else next(iter(known), None)
    return [*counts, compared("count", "成熟程度", row["maturity"], maturity)]
