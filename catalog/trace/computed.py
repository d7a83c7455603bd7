"""`indicator_value`: a formula worked out again from figures and measures read again; roll-ups over the tree climbed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from catalog.trace.coverage import coverage
from catalog.trace.figure import figure
from catalog.trace.formula import evaluate, inputs
from catalog.trace.measured import measure
from catalog.trace.node import Node, compared
from catalog.trace.numbers import rounded, scale
from catalog.trace.quality import quality
from catalog.trace.source import Row, Sources
from catalog.trace.tree import tree_at
from schemas.delivered import Indicator
from schemas.freeze import digest, plain
from schemas.load import forms, indicators, measures, readable
from schemas.period import Period, parse_period

MART = "indicator_value"
_COUNTS = ("expected", "received", "late", "excluded")
_PLACES = scale("ratio")
_ADDED = ("single", "difference")
_EXPLAIN = {"submission_coverage": coverage, "data_quality": quality}


def measured(sources: Sources, row: Row) -> Node:
    """A row of `measure`, with rows of the marts that measures read walked back."""
    return measure(sources, row, _EXPLAIN)


def indicator(sources: Sources, row: Row) -> Node:
    """Compared with the formula over what the archived cells say; where it grows, its comparable figures too."""
    declared = _declared(row)
    below = tree_at(sources, row["period"], MART).below.get(row["unit_id"], {}) if row["scope"] == "aggregate" else {}
    names = inputs(row["formula"])
    terms = {name: _term(sources, row, declared, name, below) for name in names}
    if row["scope"] == "aggregate":
        around = (_members(sources, row, below), *_coverage(row, _single(sources, row, declared, below)))
    else:
        around = tuple(_coverage(row, _own(sources, row, declared)))
    value = evaluate(row["formula"], {name: term.recomputed for name, term in terms.items()})
    recomputed = None if value is None else rounded(value, _PLACES)
    title = f"{row['title']} {row['unit_id']} {row['period']} {row['scope']}"
    facts = {"公式": row["formula"], "舍入": f"除一次、舍一次：四舍五入到 {_PLACES} 位小数"}
    grown = _grown(sources, row, declared, below) if declared.growth else ()
    children = (_formula(row), *terms.values(), *grown, *around)
    return compared("indicator", title, row["value"], recomputed, facts=facts, children=children)


def _declared(row: Row) -> Indicator:
    """As the row's version says; where that is declared no more, one of its id with the formula that was published."""
    known = [i for i in indicators() if i.id == row["indicator_id"]]
    exact = [i for i in known if digest(plain(i))[:12] == row["formula_version"]]
    kind = parse_period(row["period"]).kind
    near = next((i for i in known if i.every == kind), known[0] if known else indicators()[0])
    return exact[0] if exact else replace(near, formula=row["formula"])


def _formula(row: Row) -> Node:
    """The declared formula in force at the period's end, as the row's version says."""
    known = next((i for i in indicators() if i.id == row["indicator_id"] and digest(plain(i))[:12] == row["formula_version"]), None)
    if known is None:
        why = "这个版本的公式已不在现行指标文件中，按发布时的公式重算"
        return Node("parameter", f"公式版本 {row['formula_version']}", why=why)
    facts = {"定义": known.definition, "出处": known.source, "体系": known.vintage}
    return compared("parameter", f"公式（版本 {row['formula_version']}）", row["formula"], known.formula, facts=facts)


def _ends(period: Period) -> tuple[str, ...]:
    """The period and the last quarter and month in it."""
    shorter = {"year": ("year", "quarter", "month"), "quarter": ("quarter", "month")}.get(period.kind, (period.kind,))
    month = period.end.month
    number = {"year": 0, "quarter": month // 3, "month": month}
    return tuple(str(Period(period.year, number[kind], 0, kind)) for kind in shorter)


def _term(sources: Sources, row: Row, declared: Indicator, name: str, below: Mapping[str, int]) -> Node:
    """One input: the unit's own in the row's scope, or Σ over the closure; None where nobody filed it."""
    found = _rows(sources, declared, name, parse_period(row["period"]))
    if row["scope"] != "aggregate":
        own = [_worked(sources, r) for r in found if (r["unit_id"], r["scope"]) == (row["unit_id"], row["scope"])]
        return own[0] if len(own) == 1 else Node("absence", f"{name}：没有填报")
    return _total(sources, f"{name} 合计", [r for r in found if r["unit_id"] in below and _added(r)])


def _rows(sources: Sources, declared: Indicator, name: str, period: Period) -> list[Row]:
    """Rows of `measure` or `statement` under a name, of the period or of the last month in it."""
    known = next((m for m in measures() if m.id == name), None)
    if known is not None:
        wanted = [p for p in _ends(period) if parse_period(p).kind == known.every]
        return [r for p in wanted for r in sources.gold("measure", {"measure_id": name, "period": p})]
    wanted = [p for p in _ends(period) if parse_period(p).kind == declared.statement]
    statements = _statements(declared)
    return [r for p in wanted for r in sources.gold("statement", {"field": name, "period": p}) if r["form"] in statements]


def _statements(declared: Indicator) -> set[str]:
    return {form.name for form in forms() if form.statement and form.calendar.kind == declared.statement}


def _added(row: Row) -> bool:
    """Whether a row counts in a sum over units; of a form without scopes every row does."""
    return "scope" not in readable(row["form"]).by_name or row["scope"] in _ADDED


def _worked(sources: Sources, row: Row) -> Node:
    return measured(sources, row) if "measure_id" in row else figure(sources, row)


def _total(sources: Sources, title: str, counted: Sequence[Row]) -> Node:
    parts = [_worked(sources, r) for r in counted]
    filed = [part.recomputed for part in parts if part.recomputed is not None]
    facts = {"算法": "范围内单户数与差额数相加", "户数": len({r["unit_id"] for r in counted})}
    published = [r["value"] for r in counted]
    return compared("sum", title, sum(published, Decimal(0)) if published else None, sum(filed, Decimal(0)) if filed else None,
                    facts=facts, children=tuple(parts))  # fmt: skip


def _grown(sources: Sources, row: Row, declared: Indicator, below: Mapping[str, int]) -> tuple[Node, ...]:
    """The three comparable figures, from figures read again of units that have both and are below at both periods' ends."""
    period = parse_period(row["period"])
    ago = tree_at(sources, str(period.year_ago()), MART).below.get(row["unit_id"], {}) if row["scope"] == "aggregate" else {}
    both = {name: _common(sources, row, declared, name, set(below) & set(ago)) for name in inputs(row["formula"])}
    now, before = (evaluate(row["formula"], {name: sides[i].recomputed for name, sides in both.items()}) for i in (0, 1))
    growth = rounded((now - before) / before, _PLACES) if now is not None and before is not None and before > 0 else None
    made = {"comparable_value": now, "comparable_previous": before, "comparable_growth": growth}
    titles = ("可比口径本期值", "可比口径上年同期值", "可比口径同比增长")
    values = (compared("figure", title, row[c], value) for title, (c, value) in zip(titles, made.items(), strict=True))
    return (*values, *(sides[1] for sides in both.values()))


def _common(sources: Sources, row: Row, declared: Indicator, name: str, units: set[str]) -> tuple[Node, Node]:
    """One input now and a year ago, each the sum over the units that have both; without a figure where none has."""
    period = parse_period(row["period"])
    sides: list[dict[str, list[Row]]] = []
    for when in (period, period.year_ago()):
        found: dict[str, list[Row]] = {}
        for r in _rows(sources, declared, name, when):
            own = (r["unit_id"], r["scope"]) == (row["unit_id"], row["scope"])
            if own if row["scope"] != "aggregate" else r["unit_id"] in units and _added(r):
                found.setdefault(r["unit_id"], []).append(r)
        sides.append(found)
    shared = sorted(sides[0].keys() & sides[1].keys())
    now, before = ([r for unit in shared for r in side[unit]] for side in sides)
    return _total(sources, f"{name} 可比单位本期合计", now), _total(sources, f"{name} 可比单位上年同期合计", before)


def _members(sources: Sources, row: Row, below: Mapping[str, int]) -> Node:
    """Whether the published tree holds the units that the registry's records give."""
    ends = _ends(parse_period(row["period"]))
    rows = [r for p in ends for r in sources.gold("enterprise_tree", {"period": p, "ancestor_id": row["unit_id"]})]
    published, climbed = {r["unit_id"] for r in rows}, set(below)
    differing = "、".join(sorted(published ^ climbed))
    children = tuple(Node("member", f"{unit}（第 {depth} 层）") for unit, depth in sorted(below.items()))
    return Node("tree", f"汇总范围（{row['period']} 期末）", f"{len(published)} 户", f"{len(climbed)} 户",
                published == climbed, f"不一致的单位：{differing}" if differing else "", {}, children)  # fmt: skip


def _single(sources: Sources, row: Row, declared: Indicator, below: Mapping[str, int]) -> list[Row]:
    """Coverage of the closure's single reports."""
    return [r for r in _covered(sources, row, declared) if r["unit_id"] in below and (r["scope"] or "single") == "single"]


def _own(sources: Sources, row: Row, declared: Indicator) -> list[Row]:
    place = (row["unit_id"], row["scope"])
    return [r for r in _covered(sources, row, declared) if (r["unit_id"], r["scope"] or "single") == place]


def _covered(sources: Sources, row: Row, declared: Indicator) -> list[Row]:
    """Coverage of the form that the indicator's coverage is of: its statement, or what its first measure reads."""
    read = {m.id: m.form for m in measures()}
    names = inputs(row["formula"])
    leading = _statements(declared) if any(n not in read for n in names) else {read[names[0]]}
    ends = _ends(parse_period(row["period"]))
    return [r for p in ends for form in sorted(leading) for r in sources.gold("submission_coverage", {"form": form, "period": p})]


def _coverage(row: Row, rows: Sequence[Row]) -> list[Node]:
    """How many of the statements it rests on were expected, received, late, excluded, and how mature that makes it."""
    words = dict(zip(_COUNTS, ("应报", "已报", "迟报", "免报"), strict=True))
    if not rows:
        return [compared("count", f"{words[c]}户数（这种报表没有应报清单）", row[c], None) for c in _COUNTS]
    counts = [compared("count", f"{words[c]}户数", row[c], sum(bool(r[c]) for r in rows)) for c in _COUNTS]
    known = {r["maturity"] for r in rows}
    if any(r["expected"] and not r["received"] for r in rows):
        known.add("缺报")
    ranked = {"未到期": "未到期", "缺报": "迟报", "暂定": "暂定"}
    rolled = next((said for found, said in ranked.items() if found in known), "确定")
    maturity = rolled if row["scope"] == "aggregate" else next(iter(known), None)
    return [*counts, compared("count", "成熟程度", row["maturity"], maturity)]
