"""Who holds how much of whom: owners and units as a weighted graph, shares worked out exactly.

Two ways to count an indirect share. By *product*: the shares along every chain multiplied, the chains added; where units hold
each other this is the solution of a linear system, not a walk that never ends. By *control*: what the owner and all whom it
controls hold, added in full (国务院国资委令第29号第三条: more than half, or the first holder where the registry names it as in
actual control).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

Shares = Mapping[str, Fraction | None]


@dataclass(frozen=True)
class Control:
    """What an owner holds of a unit by control: `share` of 1, whether it `controls` it, and `via` whom it holds most of it."""

    share: Fraction
    controls: bool
    via: str


class Holdings:
    """`lines`: (owner, unit, share of 1); `controller`: unit → the owner the registry names as in actual control of it."""

    def __init__(self, lines: Iterable[tuple[str, str, Decimal]], controller: Mapping[str, str]) -> None:
        self.owners: dict[str, dict[str, Fraction]] = defaultdict(dict)
        self.units: dict[str, dict[str, Fraction]] = defaultdict(dict)
        self._controller = controller
        for owner, unit, share in lines:
            if share > 0:
                total = self.owners[unit].get(owner, Fraction(0)) + Fraction(share)
                self.owners[unit][owner] = self.units[owner][unit] = total

    def by_product(self, owner: str) -> Shares:
        """Unit → share; None where units hold each other wholly, or are held to more than the whole, so that no share follows. Chains
        back through the owner do not count.
        """
        found: dict[str, Fraction | None] = {owner: Fraction(1)}
        for members in self._strong(owner) if self.on_cycle(owner) else self._circles:
            if owner not in members and any(self.owners.get(unit, {}).keys() & found.keys() for unit in members):
                found |= self._solved(members, found)
        del found[owner]
        return {unit: share for unit, share in found.items() if share != 0}

    def _solved(self, members: Sequence[str], above: Shares) -> Shares:
        """Shares of units that hold each other, given those of their owners above: (1 − held)·x = from above."""
        if any(above.get(o, Fraction(0)) is None for unit in members for o in self.owners[unit]):
            return dict.fromkeys(members)
        given = [sum(((above.get(o) or 0) * s for o, s in self.owners[unit].items() if o not in members), Fraction(0)) for unit in members]
        held = [[Fraction(unit == o) - self.owners[unit].get(o, 0) for o in members] for unit in members]
        shares = solve(held, given)
        return dict(zip(members, shares, strict=True)) if all(s is not None and s >= 0 for s in shares) else dict.fromkeys(members)

    def by_control(self, owner: str, more_than: Fraction) -> Mapping[str, Control]:
        """Unit → what is held by control. Ends after at most as many rounds as there are units: who is controlled stays so."""
        controlled: dict[str, str] = {owner: ""}
        while won := [u for u in self._held_by(controlled) if u not in controlled and self._controls(controlled, u, more_than)]:
            controlled |= {unit: self._via(controlled, unit) for unit in won}
        return {
            unit: Control(self._held(controlled, unit), unit in controlled, controlled.get(unit) or self._via(controlled, unit))
            for unit in self._held_by(controlled) if unit != owner
        }  # fmt: skip

    def _held_by(self, group: Iterable[str]) -> list[str]:
        return sorted({unit for holder in group for unit in self.units.get(holder, ())})

    def _held(self, group: Mapping[str, str], unit: str) -> Fraction:
        return sum((share for holder, share in self.owners[unit].items() if holder in group), Fraction(0))

    def _controls(self, group: Mapping[str, str], unit: str, more_than: Fraction) -> bool:
        held = self._held(group, unit)
        others = max((share for holder, share in self.owners[unit].items() if holder not in group), default=Fraction(0))
        return held > more_than or (held >= others and self._controller.get(unit) in group)

    def _via(self, group: Mapping[str, str], unit: str) -> str:
        return min((h for h in self.owners[unit] if h in group), key=lambda h: (-self.owners[unit][h], h))

    def on_cycle(self, unit: str) -> bool:
        """Whether the unit holds, by some chain, a share of itself."""
        return unit in self._turning

    @cached_property
    def _turning(self) -> frozenset[str]:
        return frozenset(u for circle in self._circles for u in circle if len(circle) > 1 or u in self.units.get(u, ()))

    @cached_property
    def _circles(self) -> Sequence[tuple[str, ...]]:
        return self._strong()

    def _strong(self, without: str = "") -> Sequence[tuple[str, ...]]:
        """Units that hold each other, together; owners before what they hold (Kosaraju: two walks in depth)."""
        nodes = {*self.owners, *self.units} - {without}
        finished = [node for node in _in_depth(sorted(nodes), self.units, nodes)]
        left, circles = set(finished), []
        for start in reversed(finished):
            if start in left:
                circle = tuple(n for n in _in_depth([start], self.owners, left))
                left -= set(circle)
                circles.append(circle)
        return circles


def _in_depth(starts: Iterable[str], step: Mapping[str, Mapping[str, Fraction]], within: set[str] | None = None) -> Iterator[str]:
    """Nodes in the order in which everything they lead to is done."""
    seen: set[str] = set()
    for start in starts:
        way = [(start, iter(sorted(step.get(start, ()))))] if start not in seen else []
        seen.add(start)
        while way:
            onward = next((n for n in way[-1][1] if n not in seen and (within is None or n in within)), None)
            if onward is None:
                yield way.pop()[0]
            else:
                seen.add(onward)
                way.append((onward, iter(sorted(step.get(onward, ())))))


def solve(matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> list[Fraction | None]:
    """The exact solution of a square system; all None where there is none or more than one."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        pivot = next((r for r in range(i, len(rows)) if rows[r][i]), None)
        if pivot is None:
            return [None] * len(rows)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(len(rows)):
            if r != i and rows[r][i]:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[-1] for row in rows]
