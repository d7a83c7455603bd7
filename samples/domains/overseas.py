"""Assets and projects abroad, quarter by quarter: the overseas unit as its own books have it, and what mainland units run there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from samples.domains.planting import fen, lawful, pick, plant
from samples.domains.posting import arrival, post
from samples.economy.projects import Quarter, quarter_end
from samples.line import Line, Value, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent
from samples.world import wan

FORM = "overseas_asset"
_OWN_BOOKS = "B22"


@dataclass(frozen=True)
class Abroad:
    """`size`: per mille of the parent's revenue that the assets are; `rate`: of the currency, in yuan."""

    parent: str
    overseas_id: str
    name: str
    kind: str
    country: str
    city: str
    currency: str
    rate: str
    size: int
    security: str


_PLACES = (
    Abroad("A2", "HW-A2-01", "样例肯尼亚公路工程项目", "工程项目", "KE", "内罗毕", "USD", "7.18", 40, "中"),
    Abroad("A2", "HW-A2-02", "样例新加坡贸易有限公司", "子企业", "SG", "新加坡", "SGD", "5.36", 60, "低"),
    Abroad("A1", "HW-A1-01", "样例德国检测投资项目", "投资项目", "DE", "汉堡", "EUR", "7.75", 30, "低"),
    Abroad("B1", "HW-B1-01", "样例越南仓储投资项目", "投资项目", "VN", "海防", "USD", "7.18", 45, "中"),
    Abroad("B1", "HW-B1-02", "样例日本代表处", "代表机构", "JP", "大阪", "JPY", "0.048", 3, "低"),
    Abroad("D", "HW-D-01", "样例印度尼西亚渔业基地", "投资项目", "ID", "泗水", "USD", "7.18", 50, "中"),
)  # fmt: skip


def send(plan: Plan) -> Iterable[Sent]:
    for quarter in plan.world.quarters:
        lines = [_own(plan, quarter), *(_line(plan, place, number, quarter) for number, place in enumerate(_PLACES))]
        yield from post(plan, f"{quarter[0]}Q{quarter[1]}", arrival(plan, quarter_end(quarter), 19), lines)


def _own(plan: Plan, quarter: Quarter) -> Line:
    """The subsidiary abroad, whose figures are those of its monthly report."""
    unit, parent = plan.city.units[_OWN_BOOKS], plan.city.units["B2"]
    end = (quarter[0], quarter[1] * 3)
    held = {item: plan.world.stock(unit.key, item, end) for item in ("assets", "liabilities", "cash", "interest_bearing_debt")}
    earned = {item: plan.world.flow(unit.key, item, (quarter[0], 1), end) for item in ("revenue_total", "net_profit")}
    return _filed(plan, parent.key, quarter, {
        "overseas_id": unit.unit_id, "name": unit.name, "kind": "子企业", "country": "HK", "city": "香港", "currency": "HKD",
        "rate": Decimal("0.92"), "share": Decimal(unit.share) / 100, "assets": held["assets"], "liabilities": held["liabilities"],
        "net_assets": held["assets"] - held["liabilities"], "revenue": earned["revenue_total"], "net_profit": earned["net_profit"],
        "cash": held["cash"], "debt": held["interest_bearing_debt"], "security_level": "低",
    }, plan.world.stock(unit.key, "paid_in_capital", end))  # fmt: skip


def _line(plan: Plan, place: Abroad, number: int, quarter: Quarter) -> Line:
    base = wan(plan.city.units[place.parent].profile.revenue * place.size // 1000)
    grown = base * (100 + quarter[1]) // 100
    owed = base * 45 // 100
    return _filed(plan, place.parent, quarter, {
        "overseas_id": place.overseas_id, "name": place.name, "kind": place.kind, "country": place.country, "city": place.city,
        "currency": place.currency, "rate": Decimal(place.rate), "share": Decimal("1"), "assets": grown, "liabilities": owed,
        "net_assets": grown - owed, "revenue": base * quarter[1] // 5, "net_profit": base * quarter[1] // 100, "cash": base // 10,
        "debt": owed // 2, "security_level": place.security,
    }, wan(base // 2))  # fmt: skip


def _filed(plan: Plan, key: str, quarter: Quarter, values: dict[str, Value], invested: int) -> Line:
    unit, rate = plan.city.units[key], values["rate"]
    if not isinstance(rate, Decimal):
        raise TypeError("汇率应为小数")
    return make_line(FORM, unit, f"{quarter[0]}Q{quarter[1]}", {
        **values, "parent": unit.unit_id, "controlled": True, "acquired_on": date(2019, 9, 10), "approval_no": f"境外投资证第{key}号",
        "invested_fc": (Decimal(invested) / 100 / rate).quantize(Decimal("0.01")), "invested": invested, "onshore_guarantee": 0,
        "fx_exposure": fen_of(values["assets"]) // 20, "hedge_ratio": Decimal("0.5"), "staff_cn": 6, "staff_foreign": 14, "nominee": False,
        "spv": False, "events": 0, "loss": 0, "cfo_posted": True, "audited_on": date(quarter[0] - 1, 12, 20),
    }, plan.world.style(unit, quarter[0]))  # fmt: skip


def fen_of(value: Value) -> int:
    return value if isinstance(value, int) else 0


def go_wrong(plan: Plan) -> None:
    line = pick(plan, FORM, overseas_id="HW-A2-01", period="2025Q1")
    loss = fen(line, "assets") // 25
    plant(plan, "overseas_loss", line, {"loss": loss, "net_profit": -loss}, queries=[("OA-10", "events")],
          shown=("overseas_exposure", "W28"))  # fmt: skip
    line = pick(plan, FORM, overseas_id="HW-B1-01", period="2025Q1")
    plant(plan, "net_assets_typed", line, {"net_assets": fen(line, "assets")}, errors=[("OA-1", "net_assets")], days=5)
    line = pick(plan, FORM, overseas_id="HW-D-01", period="2025Q1")
    plant(plan, "no_certificate", line, {"approval_no": None}, queries=[("OA-2", "approval_no")])
    line = pick(plan, FORM, overseas_id="HW-A1-01", period="2025Q1")
    plant(plan, "wrong_country", line, {"country": "DK"}, related=[("OA-15", "country")])
    for _, later in plan.lines(FORM):
        if later.own == line.own and later.period == "2025Q2":
            later.related.append(("OA-15", "country"))


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "overseas_loss", FORM, "没有事件，没有损失", lambda one: one.values["events"] == 0)
    yield from lawful(plan, "net_assets_typed", FORM, "净资产等于资产减负债", lambda one: True)
    yield from lawful(plan, "no_certificate", FORM, "备案证书齐全", lambda one: True)
    yield from lawful(plan, "wrong_country", FORM, "同一单位在几个国家有资产", lambda one: True)
