"""Large payments of the leading units: works and purchases under contract, taxes, loans to daughters; each decided before it is paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from samples.chart import FIRST_YEAR
from samples.city import Unit
from samples.economy.matters import Matter
from samples.economy.projects import Project, projects
from samples.world import Month, World, months_between, wan, workday

_OF_WORK = 80  # per cent of a quarter's work that is paid within it, in three parts


@dataclass(frozen=True)
class Payment:
    key: str
    number: str
    paid_at: date
    amount: int
    purpose: str
    memo: str
    payee: str
    payee_id: str
    relation: str
    item_code: str
    topic_id: str
    contract_no: str = ""
    contract_amount: int = 0
    paid_to_date: int = 0
    project_id: str = ""

    @property
    def payment_no(self) -> str:
        return f"ZF{self.paid_at:%Y%m%d}-{self.key}-{self.number}"


def payments(world: World) -> list[Payment]:
    """Of the months for which forms are sent, by unit and day."""
    found = [*_for_work(world), *(p for unit in world.leading for month in world.months for p in _of_month(world, unit, month))]
    return sorted(found, key=lambda p: (p.key, p.paid_at, p.number))


def _for_work(world: World) -> Iterator[Payment]:
    for project in projects(world):
        so_far = 0
        for year, month in months_between((FIRST_YEAR, 1), world.months[-1]):
            quarter = (year, (month + 2) // 3)
            amount = wan(project.spent.get(quarter, 0) * _OF_WORK // 300)
            so_far += amount
            if amount and (year, month) in world.months:
                yield _work(project, workday(date(year, month, 20)), amount, so_far)


def _work(project: Project, day: date, amount: int, so_far: int) -> Payment:
    return Payment(
        project.key, f"X{project.number}", day, amount, "工程款", f"{project.project_id} 工程进度款", "样例建设工程有限公司",
        project.builder_id, "无关联", "SX-01", project.topic_id, project.contract_no, project.contract_amount, so_far, project.project_id,
    )  # fmt: skip


def bought(world: World, key: str, month: Month) -> int:
    """What is paid to the year's supplier in a month."""
    return wan(world.flow(key, "cost", month, month) * 6 // 100)


def budget_topic(key: str, year: int) -> str:
    return f"YT-{key}-Y{year}"


def _of_month(world: World, unit: Unit, month: Month) -> Iterator[Payment]:
    year, number = month
    budget = budget_topic(unit.key, year)
    if amount := bought(world, unit.key, month):
        year_all = sum(bought(world, unit.key, m) for m in _year(year))
        so_far = sum(bought(world, unit.key, m) for m in _year(year) if m <= month)
        yield Payment(unit.key, "C", workday(date(year, number, 16)), amount, "采购款", "年度采购合同价款", "样例物资供应有限公司",
                      world.outside(unit.key, 5), "无关联", "SX-02", budget, f"CG-{unit.key}-{year}", wan(year_all * 11 // 10),
                      so_far)  # fmt: skip
    if amount := wan(world.flow(unit.key, "taxes_paid_total", month, month)):
        day = workday(date(year, number, 15))
        yield Payment(unit.key, "S", day, amount, "税费", "缴纳税费", "样例市税务局", "", "无关联", "SX-02", budget)
    daughter = next((u for u in world.active if u.key[:-1] == unit.key and len(u.spells) == 1), None)
    if number % 3 == 0 and daughter:
        yield Payment(unit.key, "N", workday(date(year, number, 25)), wan(unit.profile.revenue // 60), "内部借款", "向所属企业提供借款",
                      daughter.name, daughter.unit_id, "合并范围内", "SX-03", _loan_topic(unit.key, month))  # fmt: skip


def _year(year: int) -> Iterator[Month]:
    return months_between((year, 1), (year, 12))


def _loan_topic(key: str, month: Month) -> str:
    return f"YT-{key}-N{month[0]}{month[1]:02d}"


def matters(world: World) -> Iterator[Matter]:
    """The budget of every year before its first payment, and each loan to a daughter thirteen days before it is paid."""
    for unit in world.leading:
        for year in world.years:
            spent = sum(bought(world, unit.key, m) + world.flow(unit.key, "taxes_paid_total", m, m) for m in _year(year))
            yield Matter(unit.key, budget_topic(unit.key, year), "SX-02", date(year, 1, 12), f"关于{year}年度资金预算的议题",
                         wan(spent * 13 // 10))  # fmt: skip
    for paid in payments(world):
        if paid.item_code == "SX-03":
            yield Matter(paid.key, paid.topic_id, "SX-03", paid.paid_at.replace(day=12), f"关于向{paid.payee}提供借款的议题", paid.amount,
                         subject=paid.payee_id)  # fmt: skip
