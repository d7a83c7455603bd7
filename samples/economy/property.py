"""Who put how much into which unit, what the units hold in associates, and what they sold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from samples.chart import FIRST_YEAR
from samples.city import Unit
from samples.economy.guarantees import SHARES
from samples.economy.matters import Matter
from samples.ids import SUPERVISOR
from samples.world import WAN, Month, World, board_day, wan

BACKLOG = date(2020, 6, 30)  # the day as of which everybody who was there was registered


@dataclass(frozen=True)
class Owner:
    name: str
    code: str
    kind: str
    share: int  # per cent
    paid: int


@dataclass(frozen=True)
class Registered:
    """One entry of the property register. `capital`: paid in, as the unit registry and the market registry have it."""

    key: str
    number: int
    kind: str
    reason: str
    event: date
    parent: str
    level: int
    capital: int
    owners: tuple[Owner, ...]

    @property
    def registration_no(self) -> str:
        return f"CQ-{self.key}-{self.number}"


def capital(world: World, unit: Unit) -> int:
    return world.stock(unit.key, "paid_in_capital", (2025, 4))


def owners(world: World, unit: Unit, parent: str) -> tuple[Owner, ...]:
    """As the registry's lines: the parent (the supervisor of a head), and an outsider for the rest."""
    whole = capital(world, unit)
    above = world.city.units.get(parent)
    own = whole * unit.share // 100 // WAN * WAN
    first = (
        Owner(above.name, above.unit_id, "由履行出资人职责的机构或国有独资企业（公司）出资设立的企业", unit.share, own) if above
        else Owner("样例市国有资产监督管理机构", SUPERVISOR, "履行出资人职责的机构", unit.share, own)
    )  # fmt: skip
    return (first,) if unit.share == 100 else (first, Owner("样例社会资本投资人", "", "其他", 100 - unit.share, whole - own))


def registrations(world: World) -> Iterator[Registered]:
    for unit in world.city.units.values():
        first, last = unit.spells[0], unit.spells[-1]
        event = max(first.start, BACKLOG)
        yield _of(world, unit, 1, "占有", "投资新设", event, first.parent)
        if last is not first:
            yield _of(world, unit, 2, "变动", "股权变更", last.start, last.parent)
        if last.end:
            yield _of(world, unit, 3, "注销", "解散", last.end - timedelta(12), last.parent)


def _of(world: World, unit: Unit, number: int, kind: str, reason: str, event: date, parent: str) -> Registered:
    level = world.city.level(unit.key, event)
    return Registered(unit.key, number, kind, reason, event, parent, level, capital(world, unit), owners(world, unit, parent))


@dataclass(frozen=True)
class Holding:
    """A minority share in a company outside; `number` as of the guarantees given to it."""

    key: str
    number: int
    target: str
    share: Decimal
    cost: int

    def book(self, world: World, month: Month) -> int:
        held = world.stock(self.key, "long_equity_investment", month)
        return held * (6 if self.number == 1 else 4) // 10


def holdings(world: World) -> Iterator[Holding]:
    for unit in world.active:
        bought = world.stock(unit.key, "long_equity_investment", (FIRST_YEAR, 1))
        for number, share in SHARES.items():
            if bought:
                yield Holding(unit.key, number, world.outside(unit.key, number), share, wan(bought * (6 if number == 1 else 4) // 10))


@dataclass(frozen=True)
class Deal:
    """A stake sold: appraised, decided, disclosed, sold, paid and handed over. `open`: on the exchange, else within the group."""

    key: str
    number: int
    open: bool
    target: str
    buyer: str
    value: int
    base: date

    @property
    def transaction_no(self) -> str:
        return f"JY-{self.key}-{self.number}"

    @property
    def appraisal_no(self) -> str:
        return f"PG-{self.key}-{self.number}"

    @property
    def topic_id(self) -> str:
        return f"YT-{self.key}-J{self.number}"

    @property
    def approved(self) -> date:
        return self.base + timedelta(100)

    @property
    def price(self) -> int:
        return wan(self.value * (104 if self.open else 100) // 100)


def deals(world: World) -> Iterator[Deal]:
    """One in 2024 for every leading unit that has something to sell, half of them in the open."""
    for place, unit in enumerate(u for u in world.leading if world.stock(u.key, "long_equity_investment", (2024, 1)) > 20 * WAN):
        value = wan(world.stock(unit.key, "long_equity_investment", (2024, 1)) // 10)
        base = date(2024, 3, 31) if place % 3 else date(2024, 6, 30)
        yield Deal(unit.key, 1, place % 2 == 0, world.outside(unit.key, 7), world.outside(unit.key, 8), value, base)


def matters(world: World) -> Iterator[Matter]:
    for deal in deals(world):
        title = f"关于转让所持参股企业股权 {deal.transaction_no} 的议题"
        yield Matter(deal.key, deal.topic_id, "SX-06", board_day(deal.approved), title, deal.price, subject=deal.target)
