"""What must never have come is purged by order of two people: hash, name and journal stay, everything it said goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from catalog.ledger.machine import PURGED, STANDING
from catalog.ledger.models import Batch, Entry, Event, Submission
from catalog.ledger.store import Store
from catalog.ledger.values import Refused
from catalog.ledger.writer import Writer

RULE = "SUB-PURGED"
_SAID: dict[str, Any] = {"header": {}, "counts": {}, "controls": {}}
_SETTLED = ("audited", "held")


@dataclass(frozen=True)
class Order:
    """`number` of the order, its reason, and the two who gave it."""

    receipt: str
    number: str
    reason: str
    by: tuple[str, str]


@dataclass(frozen=True)
class Purged:
    """What there is to delete. `stubs`: event of a judging → what its `data` says now."""

    submission: int
    sha256: str
    form: str
    batches: tuple[int, ...]
    stubs: dict[int, dict[str, Any]]


class Purges(Store):
    """The part of the ledger that forgets by order."""

    def purge(self, order: Order) -> Purged:
        """The submission and its entries are purged from now on; ordered again, says what there is to delete again. Raises Refused."""
        _check(order)
        with self._writing() as writer:
            found = writer.session.scalars(select(Submission).where(Submission.receipt == order.receipt)).first()
            if found is None:
                raise Refused(f"没有回执号“{order.receipt}”；请用 guozi status 核对")
            batches = list(writer.session.scalars(select(Batch).where(Batch.submission == found.id).order_by(Batch.id)))
            _refuse(writer, found, batches)
            if found.state != PURGED:
                _purge(writer, order, found)
            for batch in batches:
                for name, value in _SAID.items():
                    setattr(batch, name, value)
            return Purged(found.id, found.sha256, found.form, tuple(b.id for b in batches), _stubs(writer, batches))


def _check(order: Order) -> None:
    first, second = (name.strip() for name in order.by)
    if not first or not second or first == second:
        raise Refused("清除必须由两个不同的人决定：--a 和 --b 写两个人的姓名")
    if not order.number.strip() or not order.reason.strip():
        raise Refused("清除必须写明命令文号（--order）和理由（--reason）")


def _refuse(writer: Writer, found: Submission, batches: list[Batch]) -> None:
    if any(b.state not in _SETTLED for b in batches):
        raise Refused(f"{found.receipt} 还在装载和核验之中；请先运行 guozi refine，再清除")
    same = select(Submission.receipt).where(
        Submission.sha256 == found.sha256, Submission.id != found.id, Submission.state.not_in((PURGED, "rejected"))
    )
    if others := list(writer.session.scalars(same.order_by(Submission.id))):
        raise Refused(f"同一份文件还以 {'、'.join(others)} 报送，原件不能只删一半；请先清除 {others[0]}，或先撤回再下令")


def _purge(writer: Writer, order: Order, found: Submission) -> None:
    by, why = "、".join(order.by), f"按第 {order.number} 号令清除：{order.reason}"
    for entry in writer.session.scalars(select(Entry).where(Entry.submission == found.id).order_by(Entry.id)):
        seq = writer.event("entry", entry.id, entry.state, PURGED, why, by)
        if entry.state in STANDING:
            entry.to_seq = seq
        entry.state, entry.reason = PURGED, why
    told = {"rule_id": RULE, "where": found.receipt, "message": f"已{why}（{by}）", "todo": "内容已删除，只留哈希；不得再次报送"}
    stub = {"order": order.number, "by": list(order.by), "sha256": found.sha256, "size": found.size}
    writer.event("submission", found.id, found.state, PURGED, why, by, stub)
    found.state, found.verdict, found.rejection = PURGED, PURGED, told


def _stubs(writer: Writer, batches: list[Batch]) -> dict[int, dict[str, Any]]:
    """The event that froze a judging said what its columns add up to; it keeps everything but that."""
    numbers = [b.id for b in batches]
    frozen = select(Event).where(Event.subject == "batch", Event.to_state == "staged", Event.subject_id.in_(numbers))
    made = {}
    for event in writer.session.scalars(frozen):
        event.data = {**event.data, **_SAID}
        made[event.seq] = event.data
    return made
