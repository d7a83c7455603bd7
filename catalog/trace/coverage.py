"""`submission_coverage`: who had to report, and did, counted again from registry, calendar and ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from catalog.ledger.machine import STANDING
from catalog.ledger.models import Entry, Ruling
from catalog.trace.entries import entries_of, told
from catalog.trace.node import Node, compared
from catalog.trace.record import record_node
from catalog.trace.ruled import node, ruled
from catalog.trace.source import Row, Sources
from catalog.trace.tree import REGISTRY, Tree, tree_at
from schemas.calendar import due_day, final_day
from schemas.codes import code_list
from schemas.contract import Form
from schemas.load import form as load_form
from schemas.period import Period, parse_period

MART = "submission_coverage"
_ACCEPTED = (*STANDING, "superseded")
# A day's event is looked up in the tree of its month.
_MONTH = len("2026-03")


@dataclass(frozen=True)
class Asked:
    """`reason`: why nobody asks for it; None where somebody does. `rests_on`: the rows that say so."""

    expected: bool
    reason: str | None
    supervisor: str
    rests_on: tuple[Node, ...]


def coverage(sources: Sources, row: Row) -> Node:
    """Compared in every count; the root compares the maturity that follows from them."""
    form, period = load_form(row["form"]), parse_period(row["period"])
    rulings = ruled(sources, MART, row)
    asked = _exempt(_asked(sources, form, row), rulings.get("exemption"))
    entries = entries_of(sources, MART, **{k: row[k] for k in ("form", "unit_id", "period", "scope")})
    standing = [entry for entry, known in entries if known in STANDING]
    accepted = [sources.submission(e.submission).received_on for e, known in entries if known in _ACCEPTED]
    came = date.fromisoformat(min(accepted)) if accepted else None
    due, final = _days(form, period, asked.supervisor or "*", rulings.get("extension"))
    as_of = date.fromisoformat(sources.as_of(MART))
    counted = _counted(asked, bool(standing), came, due, as_of)
    counts = [compared("count", label, row[name], counted[name]) for name, label in _LABELS.items()]
    maturity = maturity_of(asked.expected, bool(standing), due, final, as_of)
    title = f"{form.title} {row['unit_id']} {row['period']} {row['scope']} 的报送情况（截至 {as_of}）"
    days = Node("parameter", "报送日历", facts={"截止日": due, "此日起确定": final})
    children = (*counts, days, *(node(ruling) for ruling in rulings.values()), *asked.rests_on, *_sent(sources, form, row, entries))
    return compared("coverage", title, row["maturity"], maturity, children=children)


def _exempt(asked: Asked, ruling: Ruling | None) -> Asked:
    return replace(asked, expected=False, reason=ruling.reason) if ruling else asked


def _days(form: Form, period: Period, superior: str, ruling: Ruling | None) -> tuple[date | None, date | None]:
    """Due day and the day from which figures are final; an extension moves both."""
    due, final = due_day(form.calendar, period, superior), final_day(form.calendar, period, superior)
    until = date.fromisoformat(ruling.until) if ruling else None
    return until or (due.day if due else None), max((d for d in (final, until) if d), default=None)


_LABELS = {
    "expected": "应报", "received": "已报", "late": "迟报", "excluded": "免报", "missing": "缺报", "due_on": "截止日",
    "received_on": "收到日",
}  # fmt: skip


def _counted(asked: Asked, received: bool, came: date | None, due: date | None, as_of: date) -> dict[str, Any]:
    return {
        "expected": asked.expected, "received": received, "due_on": due, "received_on": came,
        "late": received and came is not None and due is not None and came > due,
        "excluded": not asked.expected and asked.reason is not None,
        "missing": asked.expected and not received and (due is None or as_of > due),
    }  # fmt: skip


def maturity_of(expected: bool, received: bool, due: date | None, final: date | None, as_of: date) -> str:
    if not expected and not received:
        return "免报"
    if received:
        return "暂定" if final and as_of < final else "确定"
    return "未到期" if due and as_of <= due else "迟报"


def _asked(sources: Sources, form: Form, row: Row) -> Asked:
    if form.calendar.reporters == "list":
        day = parse_period(row["period"]).end
        listed = [c for c in code_list(form.calendar.reporter_list) if c.code == row["unit_id"] and c.valid_on(day)]
        told = Node("parameter", f"应报名单 {form.calendar.reporter_list}：{'在' if listed else '不在'}名单内")
        return Asked(bool(listed), None, "", (told,))
    tree = tree_at(sources, row["period"][:_MONTH], MART)
    record = tree.records.get(row["unit_id"])
    if form.calendar.reporters == "none":
        above = record["supervisor"] if record else None
        return Asked(False, None, above or "", (Node("parameter", f"“{form.title}”不设应报名单，报到即计"),))
    if record is None:
        return Asked(False, None, "", (Node("absence", f"{row['period']} 期末的名录没有 {row['unit_id']}"),))
    flagged = bool(record[form.calendar.flag])
    heads = row["scope"] == "consolidated" and bool(_consolidates(tree, form, row["unit_id"]))
    expected = flagged and (row["scope"] == "single" or heads)
    asked_at_all = row["scope"] == "single" or expected
    reason = (record["exemption"] or "名录标为免报") if asked_at_all and not expected else None
    columns = (form.calendar.flag, "exemption", "supervisor", "is_consolidated")
    rests_on = record_node(sources, load_form(REGISTRY), record, columns, MART)
    return Asked(expected, reason, record["supervisor"] or "" if asked_at_all else "", (rests_on,))


def _consolidates(tree: Tree, form: Form, unit: str) -> list[str]:
    """Units below that the group consolidates and that report themselves."""
    below = [u for u, depth in tree.below.get(unit, {}).items() if depth > 0]
    return [u for u in below if tree.records[u]["is_consolidated"] and tree.records[u][form.calendar.flag]]


def _sent(sources: Sources, form: Form, row: Row, entries: Sequence[tuple[Entry, str]]) -> list[Node]:
    if not entries:
        said = f"截至 {sources.as_of(MART)}，没有 {row['unit_id']} {row['period']} {row['scope']} 的“{form.title}”报送"
        return [Node("absence", said)]
    return [told(sources, entry, known) for entry, known in entries]
