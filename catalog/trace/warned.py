"""`warning`: what it rests on, walked back, and the dated line held against it once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.trace import rows
from catalog.trace.computed import indicator
from catalog.trace.coverage import coverage
from catalog.trace.figure import figure
from catalog.trace.findings import finding
from catalog.trace.formula import evaluate
from catalog.trace.lines import Subject, gravest
from catalog.trace.node import Node, compared
from catalog.trace.numbers import rounded, scale
from catalog.trace.predicate import holds
from catalog.trace.record import record_node
from catalog.trace.source import Row, Sources
from catalog.trace.tree import tree_at
from catalog.trace.walk import walk
from schemas.calendar import compared_with, predecessor
from schemas.contract import Form
from schemas.delivered import Line, Mart, Warning
from schemas.load import form as load_form
from schemas.load import readable, warnings
from schemas.period import parse_period, tree_period
from schemas.rows import judged, shown
from schemas.words import mentioned

MART = "warning"
_VALUES = {
    "line": "线", "periods": "期数", "fall": "降幅", "days": "天数", "state": "情形", "year_before": "或上年末已为负",
    "turns_negative": "或由盈转亏",
}  # fmt: skip
Basis = list[tuple[Row, Node]]
_EXPLAIN: Mapping[str, Callable[[Sources, Row], Node]] = {
    "statement": figure, "indicator_value": indicator, "submission_coverage": coverage, "relation_finding": finding,
}  # fmt: skip


def warned(sources: Sources, row: Row) -> Node:
    """Compared in level and in the value shown; every piece of evidence is recomputed."""
    rule = next(w for w in warnings() if w.id == row["warning_id"])
    basis = [pair for key in json.loads(row["evidence"]) for pair in _evidence(sources, rule, key)]
    subject = _SUBJECTS[rule.kind](sources, rule, row, basis)
    unit = tree_at(sources, tree_period(row["period"]), MART).records.get(row["unit_id"], {})
    line = gravest(rule, subject, parse_period(row["period"]).end, unit)
    place = " ".join(filter(None, (row[k] for k in ("unit_id", "period", "scope", "subject"))))
    title = f"{row['warning_id']} {row['title']}：{place} {row['message']}"
    value = compared("value", "判定所用的值", row["value"], subject.value)
    children = (value, _own(row), _line(rule, line), *(node for _, node in basis))
    return compared("warning", title, row["level"], line.level if line else "不预警", children=children)


def _own(row: Row) -> Node:
    """Evidence of another unit, period or scope is none."""
    place = {k: row[k] for k in ("unit_id", "period", "scope")}
    foreign = [key for key in json.loads(row["evidence"]) if any(key.get(k, v) != v for k, v in place.items())]
    return compared("evidence", "别的单位、报告期或口径的依据", 0, len(foreign))


def _line(rule: Warning, line: Line | None) -> Node:
    if line is None:
        return Node("parameter", "没有一条预警线成立")
    scope = {"监管主体": line.supervisor, "功能分类": line.function_class, "行业": line.industry}
    given = {**{_VALUES.get(k, k): v for k, v in line.values.items()}, **{k: v for k, v in scope.items() if v != "*"}}
    facts = {**given, "自": line.valid_from, "出处": line.source or rule.source}
    return Node("parameter", f"预警线（{line.level}）", facts=facts)


def _evidence(sources: Sources, rule: Warning, key: Mapping[str, str]) -> Basis:
    source = readable(key["mart"])
    found = rows.found(sources, source, {k: v for k, v in key.items() if k != "mart"}, MART)
    return [(row, _explained(sources, rule, source, row)) for row in found]


def _explained(sources: Sources, rule: Warning, source: Form | Mart, row: Row) -> Node:
    if isinstance(source, Mart):
        known = _EXPLAIN.get(source.name)
        return known(sources, row) if known else walk(sources, source, row, _EXPLAIN)
    wanted = [name for name in (*judged(rule, source), *shown(rule)) if name in source.by_name]
    return record_node(sources, source, row, wanted, MART)


def _of_row(sources: Sources, rule: Warning, row: Row, basis: Basis) -> Subject:
    """Nothing where the evidence is not the one row that the warning names."""
    own = [r for r, _ in basis if rows.named(readable(rule.parameters["reads"]), r) == (row["unit_id"], row["period"], row["subject"])]
    return rows.of_row(sources, rule, row, own[0], MART) if len(own) == len(basis) == 1 else Subject()


def _of_line(sources: Sources, rule: Warning, row: Row, basis: Basis) -> Subject:
    if "indicator" in rule.parameters:
        return Subject(number=basis[0][1].recomputed if basis else None)
    values = _figures(basis)
    number = _worked(rule.parameters["formula"], values)
    return Subject(number=number, shown=_worked(rule.parameters.get("shown", rule.parameters["formula"]), values))


def _figures(basis: Basis) -> dict[str, Decimal | None]:
    return {f"{r['item']}_{r['measure']}": node.recomputed for r, node in basis}


def _worked(formula: str, values: Mapping[str, Decimal | None]) -> Decimal | None:
    value = evaluate(formula, values)
    return None if value is None else rounded(value, scale("ratio"))


def _of_change(sources: Sources, rule: Warning, row: Row, basis: Basis) -> Subject:
    values = _figures(basis)
    now, base = values.get(rule.parameters["now"]), values.get(rule.parameters["base"])
    if base is None or base < Decimal(rule.parameters["base_at_least"]):
        return Subject()
    return Subject(number=now, other=base, flag=now is not None and now < 0)


def _of_streak(sources: Sources, rule: Warning, row: Row, basis: Basis) -> Subject:
    """Counted back period by period until it does not hold in one."""
    calendar = load_form(rule.judges[0]).calendar
    here = parse_period(row["period"])
    run, period = 0, here
    while _held(sources, rule, row, str(period)):
        run += 1
        before = predecessor(calendar, period)
        while before is not None and before.number not in rule.parameters.get("months", [before.number]):
            before = predecessor(calendar, before)
        if before is None:
            break
        period = before
    year_end = compared_with(calendar, here, "year_end")
    flag = run > 0 and year_end is not None and _held(sources, rule, row, str(year_end))
    number = _figures(basis).get(rule.parameters["value"]) if "holds" in rule.parameters else basis[0][1].recomputed if basis else None
    return Subject(number=number, tally=run, flag=flag)


def _held(sources: Sources, rule: Warning, row: Row, period: str) -> bool:
    place = {"unit_id": row["unit_id"], "period": period, "scope": row["scope"]}
    if "holds" in rule.parameters:
        named = set(mentioned(rule.parameters["holds"]))
        filed = sources.gold("statement", {"form": rule.judges[0], **place})
        values = {r["field"]: figure(sources, r).recomputed for r in filed if r["field"] in named}
        return named == set(values) and holds(rule.parameters["holds"], values, Decimal(0)) is True
    found = sources.gold("indicator_value", {"indicator_id": rule.parameters["indicator"], **place})
    value = indicator(sources, found[0]).recomputed if found else None
    return value is not None and value < Decimal(rule.parameters["below"])


def _of_missing(sources: Sources, rule: Warning, row: Row, basis: Basis) -> Subject:
    if not basis:
        return Subject()
    covered: dict[str, Any] = dict(basis[0][0])
    came = covered["received_on"] if covered["received"] else date.fromisoformat(sources.as_of(MART))
    return Subject(tally=(came - covered["due_on"]).days, state="late" if covered["received"] else "missing")


def _of_finding(sources: Sources, rule: Warning, row: Row, basis: Basis) -> Subject:
    """Counted among all findings that stand, not among those the warning names."""
    where = {k: row[k] for k in ("unit_id", "period", "scope")}
    counted = [f for f in sources.gold("relation_finding", where)
               if f["rule_id"] in rule.parameters["rules"] and f["form"] in rule.judges and f["explanation"] is None]  # fmt: skip
    return Subject(tally=len(counted))


_SUBJECTS: Mapping[str, Callable[[Sources, Warning, Row, Basis], Subject]] = {
    "line": _of_line, "change": _of_change, "streak": _of_streak, "missing": _of_missing, "finding": _of_finding,
    "row": _of_row,
}  # fmt: skip
