"""Interest-bearing debt loan by loan: the balances of every month add up to 带息负债 of the monthly report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from samples.chart import FIRST_YEAR
from samples.city import Unit
from samples.economy.matters import Matter
from samples.world import Month, World, board_day, month_end, months_between, wan_up

_LAST = (FIRST_YEAR + 2, 12)
_HUNDRED_YUAN = 10_000


@dataclass(frozen=True)
class Loan:
    """`item`: the line of the balance sheet it is the balance of. `interest_month`: 0 monthly, else the month of the year."""

    key: str
    number: str
    item: str
    kind: str
    creditor: str
    principal: int
    rate: Decimal
    start_on: date
    due_on: date
    put_on: date | None = None
    interest_month: int = 0

    @property
    def financing_no(self) -> str:
        return f"RZ-{self.key}-{self.number}"

    @property
    def topic_id(self) -> str:
        return f"YT-{self.key}-R{self.number}"

    def balance(self, world: World, month: Month) -> int:
        return world.stock(self.key, self.item, month)

    def runs(self, month: Month) -> bool:
        return self.start_on <= month_end(month) < self.due_on

    def due(self, balance: int, month: Month) -> tuple[int, int]:
        """(principal, interest) to be paid in a month, as planned with the balance of the day."""
        first, last = date(*month, 1), month_end(month)
        if self.due_on < first or self.start_on >= first:
            return 0, 0
        repaid = balance if first <= self.due_on <= last else 0
        if self.interest_month and month[1] != self.interest_month:
            return repaid, 0
        yearly = int(self.principal * self.rate) // (1 if self.interest_month else 12)
        return repaid, yearly // _HUNDRED_YUAN * _HUNDRED_YUAN


def loans(world: World) -> Iterator[Loan]:
    for unit in world.active:
        yield from _of_unit(world, unit)


def _of_unit(world: World, unit: Unit) -> Iterator[Loan]:
    def loan(number: str, item: str, kind: str, creditor: str, rate: str, start: date, due: date) -> Loan:
        most = max(world.stock(unit.key, item, m) for m in months_between((FIRST_YEAR, 1), _LAST))
        return Loan(unit.key, number, item, kind, creditor, wan_up(most), Decimal(rate), start, due)

    began = date(2022, 5, 20)
    bond = loan("3", "bonds_payable", "中票", "样例证券承销团", "0.0320", began, date(2028, 5, 20))
    made = [
        loan("1", "short_loans", "银行贷款", "样例银行青岛分行", "0.0345", began, date(2027, 1, 10)),
        loan("2", "long_loans", "银行贷款", "样例政策性银行分行", "0.0385", began, date(2030, 5, 20)),
        replace(bond, put_on=date(2026, 5, 20), interest_month=5),
        loan("4", "lease_liabilities", "融资租赁", "样例金融租赁公司", "0.0450", began, date(2029, 5, 20)),
        *(loan(f"5{y}", "current_portion", "银行贷款", "样例城市商业银行", "0.0360", date(y, 6, 15), date(y + 1, 6, 15))
          for y in range(2022, 2026)),
    ]  # fmt: skip
    yield from (one for one in made if one.principal)


def matters(world: World) -> Iterator[Matter]:
    for one in loans(world):
        title = f"关于{one.kind}融资 {one.financing_no} 的议题"
        yield Matter(one.key, one.topic_id, "SX-05", board_day(one.start_on), title, one.principal)
