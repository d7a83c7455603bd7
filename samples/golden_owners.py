"""Golden rows of `ownership`: shares multiplied along every chain, shares held by control (国务院国资委令第29号), the chain itself.

Nobody in the sample city holds himself: chains end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from samples.filing import figure
from samples.golden import tree_periods
from samples.golden_known import Known, Row, told
from samples.truth import last_day
from schemas.codes import code_list

Owners = Mapping[str, Mapping[str, Fraction]]


def ownership(known: Known) -> Iterator[Row]:
    """What the units and the city's own office (known by its name alone) hold at each month's end."""
    office = next(line for line in known.standing.every("enterprise_registry_line") if not line.cells["owner_id"])
    for period in (p for p in tree_periods(known.plan, known.truth) if len(p) == len("2024-02")):
        owners, controller = _registered(known, last_day(period))
        method = next(code for code in code_list("ownership_method") if code.valid_on(last_day(period)))
        for owner in (office.cells["owner_name"], *(unit.unit_id for unit in known.units())):
            group = _controlled(owner, owners, controller, Fraction(method.extra["above"]))
            for unit in sorted(owners):
                product, control = _product(owner, unit, owners), sum((owners[unit].get(o, Fraction(0)) for o in group), Fraction(0))
                if unit != owner and (product or control):
                    chain = _chain(owner, unit, owners, group) if control else []
                    yield told("ownership", {"period": period, "owner_id": owner, "unit_id": unit}, {
                        "direct_share": owners[unit].get(owner, Fraction(0)), "share_by_product": product, "share_by_control": control,
                        "effective_share": control if method.code == "control" else product, "controls": unit in group,
                        "chain": "/".join(chain), "steps": len(chain) - 1 if chain else None, "in_cycle": False,
                    })  # fmt: skip


def _registered(known: Known, day: date) -> tuple[Owners, Mapping[str, str]]:
    """Unit → its owners' shares of 1, as of its last registered day; unit → who the registry says controls it."""
    lines: dict[str, dict[str, dict[str, Fraction]]] = {}
    for line in known.standing.every("enterprise_registry_line"):
        share = Fraction(figure(line.cells["share"]) or Decimal(0)) / 100
        held = lines.setdefault(line.unit_id, {}).setdefault(line.cells["valid_from"], {})
        owner = line.cells["owner_id"] or line.cells["owner_name"]
        held[owner] = held.get(owner, Fraction(0)) + share
    owners = {}
    for unit in known.city.alive(day):
        if begun := [since for since in lines.get(unit.unit_id, {}) if date.fromisoformat(since) <= day]:
            owners[unit.unit_id] = lines[unit.unit_id][max(begun)]
    spells = {unit.unit_id: spell for unit in known.city.alive(day) if (spell := unit.spell(day))}
    return owners, {unit: known.city.units[spell.parent].unit_id for unit, spell in spells.items() if spell.parent}


def _product(owner: str, unit: str, owners: Owners) -> Fraction:
    """Up from the unit: what its owners hold of it, times what the owner holds of them."""
    held = owners.get(unit, {})
    return sum((share * (1 if above == owner else _product(owner, above, owners)) for above, share in held.items()), Fraction(0))


def _controlled(owner: str, owners: Owners, controller: Mapping[str, str], more_than: Fraction) -> frozenset[str]:
    """The owner and all whom he controls: more than half, or as first holder with the registry's word."""
    group = frozenset({owner})
    while True:
        won = {unit for unit, shares in owners.items() if unit not in group and _controls(group, shares, controller.get(unit), more_than)}
        if not won:
            return group
        group |= won


def _controls(group: frozenset[str], shares: Mapping[str, Fraction], controller: str | None, more_than: Fraction) -> bool:
    held = sum((share for holder, share in shares.items() if holder in group), Fraction(0))
    first = held > 0 and all(held >= share for holder, share in shares.items() if holder not in group)
    return held > more_than or (first and controller in group)


def _chain(owner: str, unit: str, owners: Owners, group: frozenset[str]) -> list[str]:
    """Down to the unit, at each step by the controlled holder of most."""
    way = [unit]
    while way[0] != owner:
        holders = {holder: share for holder, share in owners[way[0]].items() if holder in group}
        way.insert(0, min(holders, key=lambda holder: (-holders[holder], holder)))
    return way
