"""Investment projects of the leading units: built out of what their cash-flow statement pays for long-term assets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from samples.city import Unit
from samples.economy.matters import Matter
from samples.ids import credit_code
from samples.world import World, board_day, quarter_months, wan, wan_up

Quarter = tuple[int, int]
QUARTERS: tuple[Quarter, ...] = tuple((year, q) for year in (2023, 2024, 2025) for q in range(1, 5))
_OF_CAPEX = 60  # per cent of 购建长期资产支付的现金 that projects account for; the rest is maintenance


@dataclass(frozen=True)
class Project:
    """`spent`: quarter → completed in it. `started` None: decided, not begun. `reviewed`: the day of the post-review."""

    key: str
    number: int
    name: str
    kind: str
    main_class: str
    budget: int
    spent: dict[Quarter, int]
    started: date | None
    due: date
    finished: date | None
    reviewed: date | None
    decided_on: date

    @property
    def project_id(self) -> str:
        return f"XM-{self.key}-{self.number}"

    @property
    def topic_id(self) -> str:
        return f"YT-{self.key}-X{self.number}"

    @property
    def contract_no(self) -> str:
        return f"HT-{self.key}-{self.number}"

    @property
    def contract_amount(self) -> int:
        return wan(self.budget * 9 // 10)

    @property
    def builder_id(self) -> str:
        return credit_code(80_000 + sum(ord(c) * (i + 1) for i, c in enumerate(self.project_id)))

    def since_start(self, last: Quarter) -> int:
        return sum(v for q, v in self.spent.items() if q <= last)

    def in_year(self, year: int, last: Quarter) -> int:
        return sum(v for q, v in self.spent.items() if q[0] == year and q <= last)

    def planned(self, year: int) -> int:
        """What the year's plan holds: the year's work and six per cent more, in the last year all that is left."""
        before = self.since_start((year - 1, 4))
        if self.finished and self.finished.year == year:
            return self.budget - before
        if not self.started:
            return wan(self.budget // 2)
        return wan_up(self.in_year(year, (year, 4)) * 106 // 100)

    def in_plan(self, year: int) -> bool:
        begun = self.started.year if self.started else self.decided_on.year
        return begun <= year and (self.finished is None or year <= self.finished.year)

    def progress(self, last: Quarter) -> Decimal:
        """As far as the money is spent, never all of it before the end."""
        if self.finished and self.finished <= quarter_end(last):
            return Decimal(1)
        done = (Decimal(self.since_start(last)) / self.budget).quantize(Decimal("0.01"), ROUND_DOWN)
        return min(done, Decimal("0.99"))

    def stage(self, last: Quarter) -> str:
        end = quarter_end(last)
        if self.reviewed and self.reviewed <= end:
            return "后评价"
        if self.finished and self.finished <= end:
            return "竣工"
        return "实施" if self.started and self.started <= end else "决策"

    def known(self, last: Quarter) -> bool:
        """Reported from the decision until the post-review is over."""
        after = self.reviewed is not None and quarter_end(last) > quarter_end((self.reviewed.year, (self.reviewed.month + 2) // 3))
        return self.decided_on <= quarter_end(last) and not after


def quarter_end(quarter: Quarter) -> date:
    year, number = quarter
    return date(year, number * 3, 30 if number in (2, 3) else 31)


def projects(world: World) -> Iterator[Project]:
    for unit in world.leading:
        yield from _of_unit(world, unit)


def _of_unit(world: World, unit: Unit) -> Iterator[Project]:
    paid = {q: world.flow(unit.key, "capex_paid", *quarter_months(q)) * _OF_CAPEX // 100 for q in QUARTERS}
    old = {q: wan(paid[q] * 4 // 10) for q in QUARTERS[:5]}
    long = {q: wan(paid[q] * 6 // 10) for q in QUARTERS[1:]}
    new = {q: wan(paid[q] * 4 // 10) for q in QUARTERS[5:9]}
    if min(sum(old.values()), sum(long.values()), sum(new.values())) == 0:
        return
    begun = (date(2023, 2, 15), date(2023, 5, 15), date(2024, 5, 15))
    yield _project(unit, 0, "设备更新改造项目", "主业", old, begun[0], date(2024, 3, 31), date(2024, 3, 15), date(2024, 11, 20), 103)
    yield _project(unit, 1, "基础设施建设项目", "主业", long, begun[1], date(2027, 6, 30), None, None, 150)
    yield _project(unit, 2, "信息化与节能改造项目", "培育业务", new, begun[2], date(2025, 3, 31), date(2025, 3, 20), None, 103)
    if len(unit.key) == 1:
        budget = max(wan(unit.profile.revenue // 50), 2_000_000_00)
        yield Project(unit.key, 3, f"{unit.name}产业协同投资项目", "股权", "非主业", budget, {}, None, date(2026, 12, 31), None, None,
                      date(2025, 2, 12))  # fmt: skip


def _project(
    unit: Unit, number: int, name: str, main_class: str, spent: dict[Quarter, int], started: date, due: date,
    finished: date | None, reviewed: date | None, points: int,
) -> Project:  # fmt: skip
    budget = wan_up(sum(spent.values()) * points // 100)
    return Project(unit.key, number, f"{unit.name}{name}", "固定资产", main_class, budget, spent, started, due, finished, reviewed,
                   board_day(started))  # fmt: skip


def matters(world: World) -> Iterator[Matter]:
    for p in projects(world):
        yield Matter(p.key, p.topic_id, "SX-01", p.decided_on, f"关于实施{p.name}的议题", p.budget, p.project_id, p.contract_no)
