"""The handling of warnings inside a transaction: opened by a release, moved by people, reopened when the same recurs.

A case is one warning rule, unit, scope and subject; its sightings are the periods in which it was seen. A release opens
and reopens cases; it closes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from catalog.ledger import frames
from catalog.ledger.machine import STATES
from catalog.ledger.models import Sighting, WarningCase
from catalog.ledger.store import Store
from catalog.ledger.values import Act, Refused, Warned, named
from catalog.ledger.writer import SYSTEM, Writer

LEVELS = ("蓝", "黄", "红")
DONE = ("false alarm", "merged", "closed", "clue")
# Action → (the state it leads to, what it does in words); a directive leaves the state as it is.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "assess": ("assessed", "研判属实"), "dismiss": ("false alarm", "研判为误报"), "merge": ("merged", "并入另一预警"),
    "assign": ("assigned", "派发"), "refuse": ("refused", "退办"), "answer": ("answered", "核实反馈"), "treat": ("treated", "处置"),
    "review": ("reviewed", "复核通过"), "reject": ("assigned", "退回承办"), "close": ("closed", "销号"), "clue": ("clue", "转追责线索"),
    "reopen": ("found", "重新打开"), "direct": ("", "批示"),
}  # fmt: skip


def number(case: int) -> str:
    """The number a person is given."""
    return f"Y{case:08d}"


def see(writer: Writer, release: int, seq: int, warned: Iterable[Warned]) -> None:
    """What a release (its event is `seq`) warns of: new cases, new periods of known ones, and those no longer seen."""
    known = {_identity(c): c for c in writer.session.scalars(select(WarningCase).order_by(WarningCase.id))}
    seen: dict[int, dict[str, Sighting]] = {}
    for sighting in writer.session.scalars(select(Sighting)):
        seen.setdefault(sighting.case, {})[sighting.period] = sighting
    now: dict[tuple[str, str, str, str], dict[str, Warned]] = {}
    for one in warned:
        now.setdefault(_identity(one), {})[one.period] = one
    for identity in sorted(now):
        if identity in known:
            _again(writer, release, seq, known[identity], seen.get(known[identity].id, {}), now[identity])
        else:
            _opened(writer, release, seq, now[identity])
    for identity, case in known.items():
        gone = [s for p, s in sorted(seen.get(case.id, {}).items()) if s.present and p not in now.get(identity, {})]
        for sighting in gone:
            sighting.present, sighting.seq = False, seq
        if gone:
            said = {"periods": [s.period for s in gone]}
            _noted(writer, case.id, "vanished", f"第 {release} 次发布起不再出现：{'、'.join(said['periods'])}", said)


def escalate(writer: Writer, as_of: str) -> None:
    """Open cases past their day are escalated, once for each day set."""
    overdue = select(WarningCase).where(WarningCase.due != "", WarningCase.due < as_of, WarningCase.state.not_in(DONE))
    for case in writer.session.scalars(overdue.order_by(WarningCase.id)):
        if case.escalated != case.due:
            case.escalated = case.due
            _noted(writer, case.id, "escalated", f"应于 {case.due} 办结，已逾期", {"due": case.due, "owner": case.owner})


def handle(writer: Writer, act: Act, by: str, reason: str) -> WarningCase:
    """A person's step. Raises Refused, IllegalMove."""
    named(by, reason)
    if act.action not in ACTIONS:
        raise Refused(f"没有“{act.action}”这种处理；只有 {'、'.join(f'{k}（{v[1]}）' for k, v in ACTIONS.items())}")
    case = _find(writer, act.case)
    _check(writer, case, act)
    to, data = ACTIONS[act.action][0], {"action": act.action, "to": act.to, "due": act.due}
    if act.action == "direct":
        _noted(writer, case.id, "directive", reason, data, by)
        case.directive = reason
    else:
        writer.event("case", case.id, case.state, to, reason, by, data)
        case.state = to
    _apply(case, act)
    return case


def _find(writer: Writer, told: str) -> WarningCase:
    digits = told.removeprefix("Y")
    found = writer.session.get(WarningCase, int(digits)) if digits.isdigit() else None
    if found is None:
        raise Refused(f"没有编号为“{told}”的预警；guozi warnings 列出全部")
    return found


def _check(writer: Writer, case: WarningCase, act: Act) -> None:
    if act.action == "assign" and not (act.to and act.due):
        raise Refused("派发必须写明承办处室或人员（--to）和办结日（--due）")
    if act.action == "clue" and not act.to:
        raise Refused("转线索必须写明追责线索编号（--to）")
    if act.action == "merge" and _find(writer, act.to).id == case.id:
        raise Refused("不能并入自己；--to 写另一个预警编号")
    if act.action == "direct" and case.state in DONE:
        raise Refused(f"预警 {number(case.id)} 已{STATES[('case', case.state)].label}，要批示请先 reopen")


def _apply(case: WarningCase, act: Act) -> None:
    match act.action:
        case "assign" | "direct":
            case.owner, case.due = act.to or case.owner, act.due or case.due
        case "clue":
            case.clue = act.to
        case "merge":
            case.merged_into = int(act.to.removeprefix("Y"))
        case "reopen":
            case.reopened += 1


def _opened(writer: Writer, release: int, seq: int, periods: Mapping[str, Warned]) -> None:
    gravest = max(periods.values(), key=lambda w: (LEVELS.index(w.level), w.period))
    key = {name: getattr(gravest, name) for name in ("warning_id", "unit_id", "scope", "subject", "level", "title", "office")}
    made = WarningCase(id=writer.number("case"), state="found", owner="", due="", escalated="", directive="", clue="", reopened=0, **key)
    said = {**key, "periods": _levels(periods)}
    writer.event("case", made.id, "", "found", f"第 {release} 次发布出现", data=said)
    writer.session.add(made)
    writer.session.flush()
    _seen(writer, release, seq, made, periods)


def _again(
    writer: Writer, release: int, seq: int, case: WarningCase, before: Mapping[str, Sighting], periods: Mapping[str, Warned]
) -> None:
    """A period that is new, came back or became graver is a recurrence; it reopens a case that was done with."""
    fresh = {p: w for p, w in periods.items() if p not in before or not before[p].present or _graver(w.level, before[p].level)}
    for period, sighting in before.items():
        if period in periods and (sighting.level, sighting.present) != (periods[period].level, True):
            sighting.level, sighting.present, sighting.seq = periods[period].level, True, seq
    _seen(writer, release, seq, case, {p: w for p, w in periods.items() if p not in before})
    if not fresh:
        return
    levels = _levels(fresh)
    said = f"第 {release} 次发布再次出现：{'、'.join(f'{p}（{level}）' for p, level in levels.items())}"
    _noted(writer, case.id, "recurred", said, {"periods": levels})
    gravest = max((w.level for w in fresh.values()), key=LEVELS.index)
    case.level = gravest if _graver(gravest, case.level) else case.level
    _reopen(writer, case, said)


def _reopen(writer: Writer, case: WarningCase, said: str) -> None:
    """A case merged into another reopens that one."""
    while case.state == "merged" and case.merged_into:
        case = writer.session.get_one(WarningCase, case.merged_into)
    if case.state in DONE:
        writer.event("case", case.id, case.state, "found", said)
        case.state, case.reopened = "found", case.reopened + 1


def _seen(writer: Writer, release: int, seq: int, case: WarningCase, periods: Mapping[str, Warned]) -> None:
    for period, one in sorted(periods.items()):
        writer.session.add(Sighting(case=case.id, period=period, level=one.level, present=True, release=release, seq=seq))


def _graver(one: str, other: str) -> bool:
    return LEVELS.index(one) > LEVELS.index(other)


def _levels(periods: Mapping[str, Warned]) -> dict[str, str]:
    return {period: one.level for period, one in sorted(periods.items())}


def _noted(writer: Writer, case: int, act: str, said: str, data: Mapping[str, Any], by: str = SYSTEM) -> None:
    writer.event("case act", case, "", act, said, by, data)


def _identity(one: Warned | WarningCase) -> tuple[str, str, str, str]:
    return one.warning_id, one.unit_id, one.scope, one.subject


class Cases(Store):
    """The part of the ledger that keeps the handling of warnings."""

    def handle(self, act: Act, by: str, reason: str) -> str:
        """A person's step on a case; returns its number. Raises Refused, IllegalMove."""
        with self._writing() as writer:
            return number(handle(writer, act, by, reason).id)

    def cases(self) -> pa.Table:
        """All cases, by number; columns as in `models.WarningCase`."""
        return frames.frame(self._engine, frames.whole(WarningCase))

    def sightings(self) -> pa.Table:
        """case, period, level, present, release: the periods of each case."""
        return frames.frame(self._engine, frames.whole(Sighting))
