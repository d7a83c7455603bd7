"""A published number walked back to what it rests on, and recomputed from there. Imports neither intake nor jobs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from catalog.settings import Settings
from catalog.trace.absence import absence
from catalog.trace.assessed import assessed
from catalog.trace.computed import indicator, measured
from catalog.trace.coverage import coverage
from catalog.trace.figure import figure
from catalog.trace.findings import finding
from catalog.trace.node import Node, as_json, concluded, render
from catalog.trace.owned import holding
from catalog.trace.quality import quality
from catalog.trace.reconciled import reconciliation
from catalog.trace.scored import score
from catalog.trace.source import NoSuchThing, Sources
from catalog.trace.tree import place
from catalog.trace.walk import Explain, walk
from catalog.trace.warned import warned
from schemas.delivered import Mart
from schemas.load import mart as load_mart

__all__ = ["NoSuchThing", "Node", "as_json", "render", "trace", "traced"]

# Marts whose rows are recomputed; any other is walked back by its declaration.
EXPLAIN: Mapping[str, Explain] = {
    "statement": figure, "indicator_value": indicator, "measure": measured, "enterprise_tree": place, "submission_coverage": coverage,
    "relation_finding": finding, "data_quality": quality, "warning": warned,
    "reconciliation_break": reconciliation, "ownership": holding, "performance_score": score,
    "office_assessment": assessed,
}  # fmt: skip


def trace(settings: Settings, mart: str, key: Mapping[str, str], release: int | None = None) -> Node:
    """The tree below one row of a released mart, by the declarations it was computed by; `release` None is the last.

    `key`: key columns as text, as many as make the row unique. A key without a row gives a node of kind `absence`.
    Raises NoSuchThing for an unknown mart, key column or release, and for a key that fits several rows.
    """
    with closing(Sources(settings, release)) as sources:
        return traced(sources, mart, key)


def traced(sources: Sources, mart: str, key: Mapping[str, str]) -> Node:
    """`trace` for one key of many: what was read for one is there for the next."""
    with sources.declared_then(mart):
        declared = _declared(mart, key)
        rows = sources.gold(mart, key)
        if not rows:
            return concluded(absence(sources, declared, key))
        if len(rows) > 1:
            raise NoSuchThing(_ambiguous(declared, key, rows))
        known = EXPLAIN.get(mart)
        return concluded(known(sources, rows[0]) if known else walk(sources, declared, rows[0], EXPLAIN))


def _declared(mart: str, key: Mapping[str, str]) -> Mart:
    try:
        declared = load_mart(mart)
    except KeyError as unknown:
        raise NoSuchThing(str(unknown.args[0])) from None
    stray = [name for name in key if name not in declared.key]
    if stray:
        raise NoSuchThing(f"“{declared.title}”的键没有 {'、'.join(stray)}；键是 {'、'.join(declared.key)}")
    return declared


def _ambiguous(mart: Mart, key: Mapping[str, str], rows: list[dict[str, object]]) -> str:
    left = [name for name in mart.key if name not in key and len({row[name] for row in rows}) > 1]
    hints = "；".join(f"{name} 有 {'、'.join(sorted({str(r[name]) for r in rows})[:6])}" for name in left)
    return f"“{mart.title}”有 {len(rows)} 行符合，请再给出 {'、'.join(left)}（{hints}）"
