"""`data_quality`: rows judged and rows broken, counted again from the ledger's entries and the findings in the lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from catalog.ledger.machine import STANDING
from catalog.ledger.models import Entry
from catalog.trace.entries import entries_of, told
from catalog.trace.node import Node, compared
from catalog.trace.numbers import rounded, scale
from catalog.trace.source import Row, Sources
from schemas.load import form as load_form

MART = "data_quality"
_KEY = ("form", "unit_id", "period")


def quality(sources: Sources, row: Row) -> Node:
    """A rule of the record is judged on all that was sent, a relation rule on what is in force."""
    form = load_form(row["form"])
    rule = form.rule.get(row["rule_id"])
    relation = rule is not None and bool(rule.compare)
    entries = entries_of(sources, MART, **{k: row[k] for k in _KEY})
    judged = [(e, known) for e, known in entries if _counts(e, known, relation)]
    found = _findings(sources, row, [e for e, _ in judged], relation)
    broken = len({(f["_batch"], f["scope"], f["_row"]) for f in found})
    wrong = Counter() if relation else _wrong(sources, row)
    rows = max(sum(max(e.rows + wrong[e.batch, e.scope], 1) for e, _ in judged), broken)
    rate = rounded(Decimal(rows - broken) / rows, scale("ratio")) if rows else None
    children = (
        compared("count", "判定的记录数", row["rows"], rows), compared("count", "不符的记录数", row["broken"], broken),
        *(_said(f) for f in found), *(told(sources, e, known) for e, known in judged),
    )  # fmt: skip
    title = f"{row['rule_id']} {row['title']}：{form.title} {row['unit_id']} {row['period']} 的通过率"
    facts = {"算法": "（判定数 − 不符数）÷ 判定数", "判定范围": "在用的数" if relation else "报送过的全部"}
    return compared("count", title, row["pass_rate"], rate, facts=facts, children=children)


def _counts(entry: Entry, known: str, relation: bool) -> bool:
    return known in STANDING if relation else known != "shadow" and entry.turn == 0


def _findings(sources: Sources, row: Row, entries: Sequence[Entry], relation: bool) -> list[Row]:
    where = {"rule_id": row["rule_id"], **{k: row[k] for k in _KEY}}
    if relation:
        return list(sources.gold("relation_finding", where))
    sent = {(e.batch, e.scope) for e in entries}
    return [f for f in sources.lake("ops", "finding", where) if (f["_batch"], f["scope"]) in sent]


def _wrong(sources: Sources, row: Row) -> Counter[tuple[int, str]]:
    """By batch and scope, how many records an error of their own kept out of silver."""
    errors = sources.lake("ops", "finding", {"severity": "error", **{k: row[k] for k in _KEY}})
    return Counter((batch, scope) for batch, scope, nth in {(f["_batch"], f["scope"], f["_row"]) for f in errors} if nth is not None)


def _said(finding: Row) -> Node:
    return Node("finding", finding["message"], facts={"位置": finding["address"], "口径": finding["scope"]})
