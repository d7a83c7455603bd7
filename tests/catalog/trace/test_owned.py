"""What the trace works out of a graph of holdings, beside what the mart worked out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from catalog.trace.owned import Graph
from jobs.holdings import Holdings

HALF = Fraction(1, 2)
Held = tuple[str, str, int]  # owner, unit, per cent


def _graph(lines: Sequence[Held], controller: Mapping[str, str]) -> Graph:
    by_unit: dict[str, list[dict[str, Any]]] = {}
    for owner, unit, share in lines:
        by_unit.setdefault(unit, []).append({"owner_id": owner, "owner_name": owner, "share": Decimal(share) / 100})
    heads = {u: {"unit_id": u, "ownership_parent": controller.get(u), "is_controlled": u in controller} for u in by_unit}
    return Graph({u: tuple(found) for u, found in by_unit.items()}, heads)


def _random(chance: Random) -> tuple[list[Held], dict[str, str]]:
    names = "ABCDEFG"[: chance.randint(2, 7)]
    pairs = {(chance.choice(names), chance.choice(names)) for _ in range(chance.randint(1, 12))}
    lines = [(owner, unit, chance.choice((10, 20, 25, 30, 50, 51, 60, 100))) for owner, unit in sorted(pairs)]
    owners = {unit: [o for o, u, _ in lines if u == unit] for _, unit, _ in lines}
    return lines, {unit: chance.choice(found) for unit, found in sorted(owners.items()) if chance.random() < 0.4}


def test_of_four_hundred_graphs_with_circles_both_ways_of_counting_agree() -> None:
    chance, unsolved = Random(2026), 0
    for _ in range(400):
        lines, controller = _random(chance)
        graph, holdings = _graph(lines, controller), Holdings([(o, u, Decimal(s) / 100) for o, u, s in lines], controller)
        for owner in sorted(holdings.units):
            product, control, won = holdings.by_product(owner), holdings.by_control(owner, HALF), graph.control(owner, HALF)
            for unit in sorted({*product, *control} - {owner}):
                unsolved += unit in product and product[unit] is None
                assert graph.product(owner, unit) == product.get(unit, 0), (lines, owner, unit)
                assert graph.together(unit, won) == (control[unit].share if unit in control else 0), (lines, controller, owner, unit)
                assert (unit in won) == (unit in control and control[unit].controls), (lines, controller, owner, unit)
                assert (unit in graph.above(unit)) == holdings.on_cycle(unit)
    assert unsolved > 10


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        ([("A", "B", 60), ("B", "C", 70)], Fraction(42, 100)),
        ([("A", "B", 80), ("C", "B", 20), ("A", "C", 90), ("B", "C", 10)], Fraction(1)),
        ([("A", "B", 100), ("B", "C", 100), ("C", "B", 100)], None),
        ([("A", "B", 50), ("B", "A", 50), ("B", "C", 40)], Fraction(20, 100)),
    ],
    ids=["a chain", "held by each other and by one outside", "nothing fixes it", "not back through the owner"],
)
def test_shares_worked_out_by_hand(lines: list[Held], share: Fraction | None) -> None:
    assert _graph(lines, {}).product("A", "C") == share
