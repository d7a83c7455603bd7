"""Extensions and exemptions as they were in effect when a mart was built."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from catalog.ledger.machine import SUBJECTS
from catalog.ledger.models import Event, Ruling
from catalog.ledger.rulings import IN_EFFECT
from catalog.trace.node import Node
from catalog.trace.source import Row, Sources


def ruled(sources: Sources, mart: str, row: Row) -> Mapping[str, Ruling]:
    """Kind → the ruling on the row's form, unit and period."""
    key = (getattr(Ruling, name) == row[name] for name in ("form", "unit_id", "period"))
    query = select(Ruling).where(*key, Ruling.kind != "closing").order_by(Ruling.id)
    return {ruling.kind: ruling for ruling in sources.ledger(query) if _state(sources, mart, ruling) == IN_EFFECT}


def _state(sources: Sources, mart: str, ruling: Ruling) -> str:
    seen = (Event.subject == ruling.kind, Event.subject_id == ruling.id, Event.seq <= sources.seq(mart))
    last = select(func.max(Event.seq)).where(*seen).scalar_subquery()
    return "".join(sources.ledger(select(Event.to_state).where(Event.seq == last)))


def node(ruling: Ruling) -> Node:
    facts = {"由": ruling.by, "日期": ruling.day, "理由": ruling.reason, "延至": ruling.until}
    return Node("event", f"台账：{SUBJECTS[ruling.kind]}（编号 {ruling.id}）", facts={k: v for k, v in facts.items() if v})
