"""How a person moves a submission's entries: accept, return, withdraw, revert, adopt, release, review, approve; or is told why not.

A group reviews (集团审核) and an office approves (受理) what stands; neither changes what counts. Of a form whose contract says
`review: group` nothing is approved before the group has reviewed it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from catalog.ledger.entries import Book, around, settle_audited
from catalog.ledger.machine import STANDING, STATES, state
from catalog.ledger.models import Batch, Entry, Submission
from catalog.ledger.values import Refused, named
from catalog.ledger.writer import Writer
from schemas.load import form as load_form

ACTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "accept": ("采用", ("to explain", "to review")),
    "return": ("退回", ("to explain", "to review", "pending", "in force")),
    "withdraw": ("撤回", ("in force", "to explain", "to review", "shadow")),
    "revert": ("恢复", ("superseded", "withdrawn")),
    "adopt": ("采用重新审核的结果", ("shadow",)),
    "release": ("放行扣留的批次", ()),
    "review": ("集团审核", STANDING),
    "approve": ("受理", STANDING),
}


def decide(writer: Writer, receipt: str, action: str, by: str, reason: str) -> Counter[str]:
    """Applies to every entry of the submission that may make the move. Raises Refused."""
    if action not in ACTIONS:
        raise Refused(f"没有“{action}”这种决定；只有 {'、'.join(ACTIONS)}")
    named(by, reason)
    found = writer.session.scalars(select(Submission).where(Submission.receipt == receipt)).first()
    if found is None:
        raise Refused(f"没有回执号“{receipt}”；请用 guozi status 核对")
    if found.state != "judged":
        label = state("submission", found.state)
        raise Refused(f"{receipt} 的状态是“{label.label}”，不能{ACTIONS[action][0]}。{label.advice}")
    if action == "release":
        return _release(writer, found, by, reason)
    return _move(writer, found, action, by, reason)


def _release(writer: Writer, found: Submission, by: str, reason: str) -> Counter[str]:
    held = list(writer.session.scalars(select(Batch).where(Batch.submission == found.id, Batch.state == "held")))
    if not held:
        raise Refused(f"{found.receipt} 没有被扣留的批次，无需放行")
    for batch in held:
        writer.event("batch", batch.id, batch.state, "audited", reason, by)
        batch.state = "audited"
    writer.session.flush()
    return settle_audited(writer)


def _move(writer: Writer, found: Submission, action: str, by: str, reason: str) -> Counter[str]:
    own = list(writer.session.scalars(select(Entry).where(Entry.submission == found.id).order_by(Entry.id)))
    chosen = [e for e in own if e.state in ACTIONS[action][1] and _latest(e, own)]
    if action == "return":
        held = set(writer.session.scalars(select(Batch.id).where(Batch.submission == found.id, Batch.state == "held")))
        chosen = [e for e in chosen if e.state != "pending" or e.batch in held]
    if not chosen:
        present = "、".join(sorted({STATES[("entry", e.state)].label for e in own})) or "无条目"
        needed = "、".join(STATES[("entry", s)].label for s in ACTIONS[action][1])
        raise Refused(f"{found.receipt} 的条目状态是 {present}；“{ACTIONS[action][0]}”只适用于 {needed}")
    if action == "approve":
        _reviewed(found.receipt, chosen)
    book = Book(writer, around(writer, chosen))
    for entry in chosen:
        _APPLY[action](book, entry, by, reason)
    book.save()
    return book.moved


def _reviewed(receipt: str, chosen: Sequence[Entry]) -> None:
    """Raises Refused where the contract wants the group's review first and an entry has none."""
    waiting = [e for e in chosen if not e.review and load_form(e.form).review == "group"]
    if waiting:
        form = load_form(waiting[0].form)
        raise Refused(
            f"{receipt} 有 {len(waiting)} 条“{form.title}”未经集团审核（如 {waiting[0].unit_id} {waiting[0].period}），按合同不能受理；"
            f"请集团先执行 guozi decide {receipt} review --by 姓名 --reason 意见"
        )


def _latest(entry: Entry, own: list[Entry]) -> bool:
    """Only the last turn of a batch's entry is moved; earlier ones are history."""
    same = (entry.batch, entry.unit_id, entry.period, entry.scope)
    return not any((o.batch, o.unit_id, o.period, o.scope) == same and o.turn > entry.turn for o in own)


def _accept(book: Book, entry: Entry, by: str, reason: str) -> None:
    if book.state(entry) == "to explain":
        book.move(entry, "in force", reason, by)
    else:
        book.stand(entry, by, reason)


_APPLY: Mapping[str, Callable[[Book, Entry, str, str], None]] = {
    "accept": _accept,
    "return": lambda book, entry, by, reason: book.move(entry, "returned", reason, by),
    "withdraw": lambda book, entry, by, reason: book.move(entry, "withdrawn", reason, by),
    "revert": lambda book, entry, by, reason: book.again(entry, by, reason),
    "adopt": lambda book, entry, by, reason: book.stand(entry, by, reason),
    "review": lambda book, entry, by, reason: book.review(entry, "reviewed", by, reason),
    "approve": lambda book, entry, by, reason: book.review(entry, "accepted", by, reason),
}
