"""Matters that bodies decide (三重一大): what each unit's list says of them, and what is decided when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from samples.city import Unit
from samples.world import WAN, wan

LISTED = date(2022, 1, 1)
BOARD, OFFICE, PARTY = "董事会", "总经理（院长）办公会", "党委（党组）会"


@dataclass(frozen=True)
class Item:
    """One line of a unit's list. `most`: from how much on at most, fen; `part`: or from so many ten-thousandths of its revenue on."""

    code: str
    decision_class: str
    name: str
    most: int
    part: int
    bodies: str
    final_body: str
    legal: bool
    report: bool

    def line(self, unit: Unit) -> int:
        """What the unit's own list says: small units have lower lines, of ten thousand yuan at least."""
        return min(self.most, max(WAN, wan(unit.profile.revenue * self.part // 10_000)))


ITEMS = (
    Item("SX-01", "重大项目安排", "投资项目的立项与实施", 500_000_00, 5, "党委前置→董事会", BOARD, True, False),
    Item("SX-02", "大额度资金运作", "年度资金预算", 1_000_000_00, 30, "党委前置→董事会", BOARD, False, False),
    Item("SX-03", "大额度资金运作", "内部借款与资金调度", 500_000_00, 100, "党委前置→总办会", OFFICE, False, False),
    Item("SX-04", "大额度资金运作", "对外担保", 100_000_00, 100, "党委前置→董事会", BOARD, True, False),
    Item("SX-05", "大额度资金运作", "对外融资", 100_000_00, 100, "党委前置→董事会", BOARD, False, False),
    Item("SX-06", "重大决策", "产权变动与资产处置", 0, 0, "党委前置→总办会→董事会", BOARD, True, True),
)  # fmt: skip
BY_CODE = {item.code: item for item in ITEMS}


@dataclass(frozen=True)
class Matter:
    """One topic, decided by the final body of its item on `decided_on`, after the party committee's study four days before."""

    key: str
    topic_id: str
    code: str
    decided_on: date
    title: str
    amount: int
    project_id: str = ""
    contract_no: str = ""
    subject: str = ""

    @property
    def item(self) -> Item:
        return BY_CODE[self.code]

    @property
    def steps(self) -> tuple[tuple[date, str], ...]:
        """The days on which the bodies of the list have the topic, the last being that of the decision."""
        office = ((self.decided_on.replace(day=10), OFFICE),) if "总办会→" in self.item.bodies else ()
        return ((self.party_on, PARTY), *office, (self.decided_on, self.item.final_body))

    @property
    def party_on(self) -> date:
        return self.decided_on.replace(day=8)


def meeting_id(key: str, kind: str, day: date) -> str:
    return f"HY-{key}-{day:%Y%m%d}-{ {BOARD: 'D', OFFICE: 'Z', PARTY: 'W'}[kind] }".replace(" ", "")
