"""Large marts by period: what each part of one is computed from, which parts changed, and what those need read.

A part is a month with its days (`2025-03`), a quarter, half or year: the first seven characters of a period. Rows of a
period that none of the mart's inputs has stand in the part REST. A mart by period is written and read by part: a folder a part.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.content import Sums
from schemas.calendar import compared_with
from schemas.contract import Form
from schemas.period import parse_period, part_of

REST = "rest"
_COMPARED = ("previous", "previous_in_year", "year_end", "year_ago")


@dataclass(frozen=True)
class Part:
    """One part as committed: what it was computed from, what its rows add up to."""

    fingerprint: str
    sums: Sums


@dataclass(frozen=True)
class Plan:
    """What a build does to a mart by period. `now`: part → fingerprint of all there is to be; `changed`: those to compute.

    `gone`: parts that are no more; `read`: parts of the inputs that the changed ones need, None for all. `free`: the mart is
    computed as a whole and only written by part; its parts are those its rows are in, each told by these. `before`: the
    parts as committed, of which those that are neither changed nor gone stay; none: all is written.
    """

    now: Mapping[str, str]
    changed: frozenset[str]
    gone: frozenset[str]
    read: frozenset[str] | None
    free: bool = False
    before: Mapping[str, Part] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return self.free or not self.before

    @property
    def idle(self) -> bool:
        return not (self.free or self.changed or self.gone)


def as_whole(before: Mapping[str, Part]) -> Plan:
    return Plan({}, frozenset(), frozenset(), None, True, before)


def settled(plan: Plan, parts: Mapping[str, Part]) -> Plan:
    """Of a mart computed as a whole, now that its rows are known: parts that say what they said stay as they are."""
    if not plan.free:
        return plan
    changed = frozenset(name for name, part in parts.items() if plan.before.get(name) != part)
    now = {name: part.fingerprint for name, part in parts.items()}
    return Plan(now, changed, frozenset(plan.before) - frozenset(parts), None, True, plan.before)


def planned(now: Mapping[str, str], before: Mapping[str, Part], reach: Mapping[str, frozenset[str]] | None) -> Plan:
    """`before`: what is committed, empty when that is not known: then everything is computed. `reach`: None where parts of the
    mart are not those of its inputs.
    """
    changed = frozenset(part for part, made_of in now.items() if part not in before or before[part].fingerprint != made_of)
    gone = frozenset(before) - frozenset(now)
    if not before or changed == frozenset(now):
        return Plan(now, frozenset(now), frozenset(), None)
    read = None if reach is None else frozenset({REST}).union(*(reach.get(part, {part}) for part in changed))
    return Plan(now, changed, gone, read, before=before)


def reached(parts: Iterable[str], forms: Mapping[str, Form], periods: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """Part → itself and the parts of all periods that those in it are compared with, on the calendars of their forms."""
    found = {part: {part} for part in parts}
    for name, known in periods.items():
        for period in known:
            if (part := part_of(period)) in found:
                others = (compared_with(forms[name].calendar, parse_period(period), compare) for compare in _COMPARED)
                found[part].update(part_of(str(other)) for other in others if other is not None)
    return {part: frozenset(others) for part, others in found.items()}


def said(parts: Mapping[str, Part]) -> str:
    """The parts as they stand in the commit that wrote them."""
    return json.dumps({name: [p.fingerprint, p.sums.rows, str(p.sums.low), str(p.sums.high)] for name, p in parts.items()})


def read_back(text: str) -> dict[str, Part]:
    return {name: Part(made_of, Sums(rows, int(low), int(high))) for name, (made_of, rows, low, high) in json.loads(text).items()}
