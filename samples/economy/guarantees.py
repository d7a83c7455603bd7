"""Guarantees one by one: those to outsiders add up to 对外担保余额 of the monthly report; heads also stand for their daughters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from samples.city import Unit
from samples.economy.matters import Matter
from samples.world import WAN, World, board_day, wan

START, END = date(2023, 3, 20), date(2027, 3, 19)
_FRIEND = "I"  # a unit of another group: the system of state-owned enterprises
SHARES = {1: Decimal("0.40"), 3: Decimal("0.30")}


@dataclass(frozen=True)
class Guarantee:
    """`share`: what the guarantor holds of an associate; `limit` is then just its part of `debt`."""

    key: str
    number: int
    debtor: str
    relation: str
    debt: int
    limit: int
    balance: int
    share: Decimal | None = None

    @property
    def guarantee_no(self) -> str:
        return f"DB-{self.key}-{self.number}"

    @property
    def topic_id(self) -> str:
        return f"YT-{self.key}-B{self.number}"


def guarantees(world: World) -> Iterator[Guarantee]:
    for unit in world.active:
        yield from _of_unit(world, unit)


def _of_unit(world: World, unit: Unit) -> Iterator[Guarantee]:
    total = world.stock(unit.key, "guarantee_balance", (2025, 1))
    if total:
        parts = [total * 5 // 10, total * 3 // 10]
        parts.append(total - sum(parts))
        for number, balance in enumerate(parts, 1):
            share = SHARES.get(number)
            debtor = world.outside(unit.key, number) if share else world.city.units[_FRIEND if unit.key != _FRIEND else "G"].unit_id
            limit = -(-balance * 12 // 10 // (12 * WAN)) * 12 * WAN  # the guarantor's part of a debt in whole ten thousands
            debt = int(limit / share) if share else limit
            yield Guarantee(unit.key, number, debtor, "参股" if share else "国资系统内", debt, limit, balance, share)
    daughters = [u for u in world.active if u.key[:-1] == unit.key and u.spells[0].parent == unit.key and len(u.spells) == 1]
    sound = [u for u in daughters if world.stock(u.key, "equity", (2024, 12)) > 0]
    if len(unit.key) <= 2 and sound:
        amount = wan(sound[0].profile.revenue // 20)
        yield Guarantee(unit.key, 4, sound[0].unit_id, "合并范围内", amount, amount, wan(amount * 8 // 10))


def matters(world: World) -> Iterator[Matter]:
    for one in guarantees(world):
        title = f"关于提供担保 {one.guarantee_no} 的议题"
        yield Matter(one.key, one.topic_id, "SX-04", board_day(START), title, one.limit, subject=one.debtor)
