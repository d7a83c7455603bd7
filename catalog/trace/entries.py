"""Ledger entries as they were when a mart was built."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from catalog.ledger.machine import state
from catalog.ledger.models import Entry, Event
from catalog.trace.node import Node
from catalog.trace.record import submission_node
from catalog.trace.source import Sources


def entries_of(sources: Sources, mart: str, **key: Any) -> list[tuple[Entry, str]]:
    """Entries of a key (form, unit_id, period, scope: as given) with their state then; not those that came later."""
    query = select(Entry).where(*(getattr(Entry, name) == value for name, value in key.items())).order_by(Entry.id)
    return [(e, known) for e in sources.ledger(query) if (known := _state(sources, mart, e))]


def _state(sources: Sources, mart: str, entry: Entry) -> str:
    seen = (Event.subject == "entry", Event.subject_id == entry.id, Event.seq <= sources.seq(mart))
    last = select(func.max(Event.seq)).where(*seen).scalar_subquery()
    return "".join(sources.ledger(select(Event.to_state).where(Event.seq == last)))


def told(sources: Sources, entry: Entry, known: str) -> Node:
    """An entry with its state in words, its reason and the submission it came in."""
    facts: dict[str, Any] = {"口径": entry.scope, "记录数": entry.rows}
    if entry.reason:
        facts["原因"] = entry.reason
    sent = submission_node(sources, entry.submission)
    return Node("entry", f"台账条目 {entry.id}：{state('entry', known).label}", facts=facts, children=(sent,))
