"""Circles of holdings in lines of who holds whom: which lines close one on their day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

Line = tuple[str, str, str]  # unit, day from which it holds, owner


def closing(lines: Iterable[Line], *, direct: bool) -> Iterator[Line]:
    """In order of day. The lines of a unit are those of its last day; what closes a circle of two is not told as a longer one."""
    held_by: dict[str, set[str]] = {}
    days: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for unit, day, owner in lines:
        days[day][unit].add(owner)
    for day in sorted(days):
        held_by |= days[day]
        for unit, owners in sorted(days[day].items()):
            for owner in sorted(owners - {unit}):
                mutual = unit in held_by.get(owner, ())
                if mutual if direct else not mutual and unit in _above(owner, held_by):
                    yield unit, day, owner


def _above(unit: str, held_by: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    left = {unit}
    while left:
        left = {owner for one in left for owner in held_by.get(one, ())} - seen
        seen |= left
    return seen
