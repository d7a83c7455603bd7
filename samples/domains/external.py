"""What other authorities say: the market registry with its shareholders, the tax office, courts. One file speaks of many units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from samples.city import Unit
from samples.domains.planting import fen, lawful, pick, plant
from samples.domains.posting import arrival, whole
from samples.economy.property import capital, owners
from samples.line import Line, Value, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent
from samples.world import Month, month_end

MARKET, HOLDER, TAX, COURT = "market_registry", "market_registry_line", "tax", "court_credit"
_DOWN, _ABSENT = "B4", "K"  # asked for while the source was out; not found, which is itself something


def send(plan: Plan) -> Iterable[Sent]:
    for day in _fetched(plan):
        known = [*_known(plan, day)]
        yield whole(day.isoformat(), day + timedelta(1), [_market(plan, u, day) for u in known], "market")
        held = [line for u in known if u.key not in (_DOWN, _ABSENT) for line in _holders(plan, u, day)]
        yield whole(day.isoformat(), day + timedelta(1), held, "holders")
    for month in plan.world.months:
        label, end = f"{month[0]}-{month[1]:02d}", month_end(month)
        lines = [_tax(plan, u, month) for u in _known(plan, end) if u.files_monthly]
        yield whole(label, arrival(plan, end, 19), lines, "tax")
    for year in plan.world.years:
        day = date(year, 4, 28)
        yield whole(str(year), day + timedelta(1), [*_court(plan, day)], "court")


def _fetched(plan: Plan) -> Iterator[date]:
    yield from (date(2024, 12, 31), date(2025, 4, 30))
    if not plan.world.small:
        yield from (date(2025, 8, 31), date(2025, 12, 31))


def _known(plan: Plan, day: date) -> Iterator[Unit]:
    """Units with a credit code that have ever been registered by then, dissolved ones too."""
    return (u for u in plan.city.units.values() if ":" not in u.unit_id and u.spells[0].start <= day)


def _market(plan: Plan, unit: Unit, day: date) -> Line:
    last, put = unit.spells[-1], capital(plan.world, unit)
    ended = last.end if last.end and last.end <= day else None
    status = "source_down" if unit.key == _DOWN else "not_found" if unit.key == _ABSENT else "ok"
    said: dict[str, Value] = {
        "unit_name": unit.name, "entity_type": "有限责任公司", "status": "注销" if ended else "存续", "legal_representative": "样例代表人",
        "registered_capital": put, "paid_in": put, "currency": "CNY", "founded": founded(unit), "approved": founded(unit), "ended": ended,
        "term_to": date(2099, 12, 31), "authority": "样例市市场监督管理局", "address": "样例市样例路1号", "industry": unit.industry,
        "division": unit.division if unit.division != "370282" else None, "scope_text": "样例业务", "abnormal": False, "blacklisted": False,
        "penalties": 0, "pledged": Decimal(0), "frozen": Decimal(0),
    }  # fmt: skip
    return make_line(MARKET, unit, "", {
        "unit_name": None, "fetched_on": day, "source_name": "市场监管部门", "fetch_status": status, **(said if status == "ok" else {}),
    })  # fmt: skip


def founded(unit: Unit) -> date:
    """The day in the registry; of a unit founded since, the day from which it is registered."""
    return max(unit.founded, unit.spells[0].start) if unit.spells[0].start.year > 2020 else unit.founded


def _holders(plan: Plan, unit: Unit, day: date) -> Iterator[Line]:
    spell = unit.spell(day) or unit.spells[-1]
    for number, owner in enumerate(owners(plan.world, unit, spell.parent), 1):
        yield make_line(HOLDER, unit, "", {
            "fetched_on": day, "line_no": number, "holder": owner.name, "holder_id": owner.code or None, "subscribed": owner.paid,
            "share": Decimal(owner.share) / 100,
        })  # fmt: skip


def _tax(plan: Plan, unit: Unit, month: Month) -> Line:
    """The tax office has what the books have; of every ninth unit it only says whether a figure agrees."""
    own = {item: plan.world.flow(unit.key, item, month, month) for item in
           ("revenue_total", "taxes_due_total", "taxes_paid_total", "vat_paid", "cit_paid", "total_profit")}  # fmt: skip
    heads = plan.world.stock(unit.key, "headcount", month)
    paid, answered = own["taxes_paid_total"], list(plan.city.units).index(unit.key) % 9 == 0
    full: dict[str, Value] = {
        "answer_mode": "明细", "declared_revenue": own["revenue_total"], "due": own["taxes_due_total"], "paid": paid, "arrears": 0,
        "late_fee": 0, "vat": own["vat_paid"], "cit": own["cit_paid"], "other": paid - own["vat_paid"] - own["cit_paid"], "refund": 0,
        "relief": 0, "declared_profit": own["total_profit"] if month[1] % 3 == 0 else None, "headcount": heads, "insured": heads,
        "late_filings": 0, "audits": 0, "credit_grade": "A",
    }  # fmt: skip
    only: dict[str, Value] = {"answer_mode": "核验", "asked": "申报销售收入与快报营业总收入是否一致", "agrees": True}
    return make_line(TAX, unit, f"{month[0]}-{month[1]:02d}", {
        "source_name": "税务部门", "fetched_on": month_end(month) + timedelta(15), "fetch_status": "ok", "authority": "样例市税务局",
        "status": "正常", **(only if answered else full),
    })  # fmt: skip


_RECORDS = (("立案", "被告", "进行中"), ("判决", "原告", "终结"), ("被执行", "被执行人", "履行中"), ("行政处罚", "被告", "已履行"))


def _court(plan: Plan, day: date) -> Iterator[Line]:
    """One record of some kind for every unit that leads."""
    for place, unit in enumerate(plan.world.leading):
        kind, role, status = _RECORDS[place % 4]
        claim = (place + 3) * 20_000_000
        fine = kind == "行政处罚"
        yield make_line(COURT, unit, "", {
            "fetched_on": day, "record_no": f"SF-{day.year}-{unit.key}", "source_name": "司法与信用平台", "fetch_status": "ok",
            "kind": kind, "role": role, "case_no": f"（{day.year}）样例民初{place}号", "authority": "样例市人民法院", "cause": "合同纠纷",
            "filed": day - timedelta(120), "published": day - timedelta(90), "ended": day - timedelta(20) if status == "终结" else None,
            "claim": claim, "enforced": claim if kind == "被执行" else None, "outstanding": claim // 2 if kind == "被执行" else None,
            "fine": 5_000_000 if fine else None, "penalty_kind": "罚款、没收" if fine else None, "status": status, "withdrawn": False,
        })  # fmt: skip


def go_wrong(plan: Plan) -> None:
    line = pick(plan, MARKET, key="B3", fetched_on="2025-04-30")
    more = fen(line, "registered_capital") * 15 // 10
    plant(plan, "change_not_registered", line, {"registered_capital": more, "paid_in": more, "approved": date(2024, 11, 5)},
          related=[("MKR-11", "registered_capital")], shown=("property_movement", "W26"))  # fmt: skip
    line = pick(plan, MARKET, key="A3", fetched_on="2025-04-30")
    plant(plan, "ended_day_blank", line, {"ended": None}, queries=[("MKR-6", "ended")])
    line = pick(plan, HOLDER, key="A2", fetched_on="2025-04-30", line_no="1")
    plant(plan, "share_typed", line, {"share": Decimal("0.1")}, queries=[("MKL-2", "share")])
    head = next(one for _, one in plan.lines(MARKET) if (one.key, one.period) == (line.key, line.period))
    head.related.append(("MKR-12", "registered_capital"))
    line = pick(plan, TAX, key="A12", period="2025-04")
    plant(plan, "parts_not_paid", line, {"vat": fen(line, "paid") * 2}, queries=[("TAX-6", "paid")])
    line = pick(plan, COURT, kind="被执行", fetched_on="2025-04-28")
    plant(plan, "outstanding_over", line, {"outstanding": fen(line, "enforced") * 10}, errors=[("CRT-6", "outstanding")])


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "change_not_registered", MARKET, "登记资本与名录一致", lambda one: one.cells["status"] == "存续")
    yield from lawful(plan, "ended_day_blank", MARKET, "存续企业没有注销日期，或来源中断、查无此户", lambda one: not one.cells["ended"])
    yield from lawful(plan, "share_typed", HOLDER, "两个股东合计百分之百，或一个股东", lambda one: True)
    yield from lawful(plan, "parts_not_paid", TAX, "只答是否一致，没有明细；或分税种合计相符", lambda one: True)
    yield from lawful(plan, "outstanding_over", COURT, "部分履行，未履行小于执行金额；或不是执行案件", lambda one: True)
