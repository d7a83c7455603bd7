"""What becomes of an entry once its batch is audited: the rules of revision, as pure functions.

An entry is compared with what its key (form, unit, period, scope) has seen: what stands and all that came before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.ledger.machine import STANDING
from schemas.implied import NIL


@dataclass(frozen=True)
class Claim:
    """An entry as the rules see it. `supersedes`: the submission it names by receipt, 0 for none, -1 for one unknown.

    `later_judging`: its submission was judged before under another contract or judge. `append`: its form adds up.
    `closed`: why nothing new counts in its period.
    """

    id: int
    submission: int
    revision: int
    rows: int
    errors: int
    queries: int
    filed: bool
    content_hash: str
    state: str
    supersedes: int = 0
    later_judging: bool = False
    append: bool = False
    entry_acceptance: bool = True
    closed: str = ""

    @property
    def stands(self) -> bool:
        return self.state in STANDING

    @property
    def returned_for(self) -> str:
        """Why the entry cannot stand whatever came before it; empty if it can."""
        if not self.filed:
            return f"{NIL} 除主键外没有内容，视为未报；请填写后重新报送"
        if self.rows == 0 or (self.entry_acceptance and self.errors):
            return "ACC-ENTRY 有必改问题；请按问题清单改正后重新报送"
        return ""

    def differs(self, seen: Sequence[Claim]) -> bool:
        """Says something that does not stand at its key already."""
        return not self.returned_for and not any(e.stands and e.content_hash == self.content_hash for e in seen)


@dataclass(frozen=True)
class Outcome:
    """The state an entry goes to, why, and the entries (by id) that it supersedes."""

    state: str
    reason: str = ""
    replaces: tuple[int, ...] = ()


def outcome(new: Claim, seen: Sequence[Claim], news: bool = True) -> Outcome:
    """Where a pending entry goes; `seen` are the other entries of its key.

    `news`: its submission differs from what stands in some entry; then the unchanged ones take over along with it, so
    that all of a revision stands together.
    """
    if new.later_judging:
        return Outcome("shadow", "SUB-REJUDGED 按新的合同或审核程序重新审核，等待采用的决定")
    if new.closed or new.returned_for:
        return Outcome("returned", new.closed or new.returned_for)
    if new.supersedes:
        return _by_receipt(new, seen, news)
    if new.append:
        return takes_over(new, ())
    return _by_revision(new, seen, news)


def takes_over(new: Claim, seen: Sequence[Claim]) -> Outcome:
    """The entry stands; what stood before, and disputes it outdates, are superseded."""
    moot = [e.id for e in seen if e.state == "to review" and (not new.revision or e.revision < new.revision)]
    replaced = tuple(e.id for e in seen if e.stands and e.id != new.id) + tuple(i for i in moot if i != new.id)
    return Outcome("to explain" if new.queries else "in force", replaces=replaced)


def _by_revision(new: Claim, seen: Sequence[Claim], news: bool) -> Outcome:
    standing = next((e for e in seen if e.stands), None)
    if standing is None:
        return takes_over(new, seen)
    if new.revision and new.revision < standing.revision:
        late = f"SUB-LATE 修订 {standing.revision} 已经生效，这份较早的修订 {new.revision} 到得晚，不再采用"
        return Outcome("superseded", late)
    if new.content_hash == standing.content_hash and not (news and new.revision > standing.revision):
        return _unchanged(standing)
    if not new.revision:
        unnamed = f"SUB-UNNAMED 已有生效的报送 {receipt(standing.submission)}；更正时请写明修订号或所替代的回执号"
        return Outcome("returned", unnamed)
    if new.revision == standing.revision:
        return _fork(f"与 {receipt(standing.submission)} 同为修订 {new.revision}，内容不同")
    return takes_over(new, seen)


def _by_receipt(new: Claim, seen: Sequence[Claim], news: bool) -> Outcome:
    named = [e for e in seen if e.submission == new.supersedes]
    standing = [e for e in seen if e.stands]
    if new.supersedes < 0:
        return Outcome("returned", "SUB-NORECEIPT 所替代的回执号不存在或不是同一报表；请核对回执号后重新报送")
    if not news and any(e.content_hash == new.content_hash for e in standing):
        return _unchanged(standing[0])
    if not new.append and standing and not any(e.stands for e in named):
        return _fork(f"所替代的 {receipt(new.supersedes)} 已被 {receipt(standing[0].submission)} 替代")
    return takes_over(new, named if new.append else seen)


def _unchanged(standing: Claim) -> Outcome:
    return Outcome("returned", f"SUB-UNCHANGED 与生效的 {receipt(standing.submission)} 内容完全相同，无需重新报送")


def _fork(why: str) -> Outcome:
    return Outcome("to review", f"SUB-FORK {why}；请归口处室裁定")


def receipt(submission: int) -> str:
    """The number a sender is given."""
    return f"R{submission:08d}"
