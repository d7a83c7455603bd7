"""Property rights: who owns which unit, what was appraised and sold, what is held in associates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from samples.domains.planting import fen, lawful, pick, plant
from samples.domains.posting import arrival, post
from samples.economy.projects import quarter_end
from samples.economy.property import Deal, Holding, Registered, deals, holdings, registrations
from samples.line import Line, Value, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent

HEAD, OWNER, SALE, APPRAISAL, HELD = (
    "property_registration", "property_registration_line", "property_transaction", "asset_appraisal", "equity_participation",
)  # fmt: skip
_STYLE = ("万元", 2)


def send(plan: Plan) -> Iterable[Sent]:
    entered = [*registrations(plan.world)]
    for label, chosen in (("initial", [r for r in entered if r.number == 1 and r.event.year == 2020]),
                          ("changes", [r for r in entered if r.number > 1 or r.event.year > 2020])):  # fmt: skip
        day = date(2024, 1, 20) if label == "initial" else date(2025, 2, 14)
        alone = None if label == "initial" else ()
        yield from post(plan, label, day, [_head(plan, r) for r in chosen], alone=alone)
        yield from post(plan, label, day, [line for r in chosen for line in _owners(plan, r)], alone=alone)
    sold = [*deals(plan.world)]
    yield from post(plan, "2024", date(2024, 12, 27), [_appraisal(plan, d) for d in sold], alone=())
    yield from post(plan, "2024", date(2025, 1, 15), [_sale(plan, d) for d in sold])
    held = [*holdings(plan.world)]
    for half in plan.world.halves:
        lines = [_holding(plan, h, half) for h in held]
        yield from post(plan, f"{half[0]}Q{half[1]}", arrival(plan, quarter_end(half), 19), lines)


def _head(plan: Plan, r: Registered) -> Line:
    unit = plan.city.units[r.key]
    top = unit if not r.parent else plan.city.units[r.key[0] if r.parent[0] == r.key[0] else r.parent[0]]
    state = sum(o.paid for o in r.owners if o.kind == "履行出资人职责的机构")
    other = sum(o.paid for o in r.owners if o.kind == "其他")
    ended = r.kind == "注销"
    return make_line(HEAD, unit, "", {
        "registration_no": r.registration_no, "event_date": r.event, "registration_kind": r.kind, "reason": r.reason,
        "applied_on": r.event + timedelta(10), "approved_on": r.event + timedelta(24), "before_registry": False, "authority": "sasac",
        "top_unit": top.unit_id, "main_contributor": r.owners[0].code, "ownership_level": r.level, "legal_form": unit.legal_form,
        "status": "正常", "registered_capital": r.capital, "paid_in_capital": r.capital, "state_capital": state,
        "state_legal_person_capital": r.capital - state - other, "other_capital": other, "is_nominee": False, "pledged_share": Decimal(0),
        "frozen_share": Decimal(0), "state_equity_before": 0 if r.number == 1 else r.capital - other,
        "state_equity_after": 0 if ended else r.capital - other, "basis_no": f"样例国资产权〔{r.event.year}〕{r.key}号",
        "certificate_no": f"DJ-{r.key}-{r.number}",
    }, _STYLE)  # fmt: skip


def _owners(plan: Plan, r: Registered) -> Iterator[Line]:
    for number, owner in enumerate(r.owners, 1):
        yield make_line(OWNER, plan.city.units[r.key], "", {
            "registration_no": r.registration_no, "event_date": r.event, "line_no": number, "contributor_name": owner.name,
            "contributor_id": owner.code or None, "contributor_class": owner.kind, "subscribed": owner.paid, "paid": owner.paid,
            "share": Decimal(owner.share) / 100, "contribution_form": "货币", "is_nominee": False,
        }, _STYLE)  # fmt: skip


def _appraisal(plan: Plan, d: Deal) -> Line:
    unit = plan.city.units[d.key]
    net, book, owed = d.value * 4, d.value * 32 // 10, d.value * 2
    return make_line(APPRAISAL, unit, "", {
        "appraisal_no": d.appraisal_no, "name": f"{d.transaction_no} 股权转让评估", "act": "转让", "client": unit.unit_id,
        "subject": d.target, "appraiser": "样例资产评估有限公司", "appraiser_id": plan.world.outside(d.key, 9), "selection": "机构库抽取",
        "object": "股东全部权益", "base_date": d.base, "appraised_on": d.base + timedelta(60),
        "valid_until": d.base.replace(year=d.base.year + 1) - timedelta(1),
        "methods": "资产基础法、收益法", "method_used": "资产基础法", "assets_book": book + owed, "assets_value": net + owed,
        "liabilities_book": owed, "liabilities_value": owed, "net_book": book, "net_value": net, "premium": Decimal("0.25"),
        "control": "备案", "accepted_on": d.base + timedelta(70), "done_on": d.base + timedelta(90), "filing_no": f"BA-{d.key}-{d.number}",
        "shown_from": d.base + timedelta(62), "shown_to": d.base + timedelta(69), "objections": 0,
    }, plan.world.style(unit, 2024))  # fmt: skip


def _sale(plan: Plan, d: Deal) -> Line:
    unit, shown = plan.city.units[d.key], d.approved + timedelta(20)
    ended = shown + timedelta(45)
    in_open: dict[str, Value] = {
        "exchange": "青岛产权交易所", "disclosed_from": shown, "disclosed_to": ended, "first_disclosed_on": shown, "floor_first": d.value,
        "floor_now": d.value, "cuts": 0, "bidders": 2,
    }  # fmt: skip
    within = {"private_basis": "同一国家出资企业内部重组"}
    return make_line(SALE, unit, "", {
        "transaction_no": d.transaction_no, "name": f"{d.transaction_no} 参股股权转让", "kind": "产权转让" if d.open else "协议转让",
        "transferor": unit.unit_id, "target": d.target, "share": Decimal("0.25"), "control_changes": False,
        "topic_id": d.topic_id, "approver": unit.name, "approval_no": f"样例产权〔{d.approved.year}〕{d.key}号", "approved_on": d.approved,
        "audit_base_date": d.base, "appraisal_no": d.appraisal_no, "appraisal_base_date": d.base, "appraised_value": d.value * 4,
        "appraised_share_value": d.value, "method": "进场公开" if d.open else "非公开协议", **(in_open if d.open else within),
        "buyer": "样例股权投资有限公司", "buyer_id": d.buyer, "relation_kind": "无关联" if d.open else "国资系统内", "price": d.price,
        "premium": Decimal("0.04") if d.open else Decimal(0), "closed_on": ended + timedelta(5), "contract_on": ended + timedelta(8),
        "payment_mode": "一次付清", "first_ratio": Decimal(1), "received": d.price, "settled_on": ended + timedelta(12),
        "transferred_on": ended + timedelta(30), "registration_no": f"CQ-W-{d.key}", "staff_plan": True, "debt_plan": True,
        "closed_reason": "成交",
    }, plan.world.style(unit, 2024))  # fmt: skip


def _holding(plan: Plan, h: Holding, half: tuple[int, int]) -> Line:
    unit = plan.city.units[h.key]
    return make_line(HELD, unit, f"{half[0]}Q{half[1]}", {
        "target": h.target, "target_name": f"样例参股企业{h.key}{h.number}有限公司", "status": "正常", "share": h.share, "cost": h.cost,
        "book": h.book(plan.world, (half[0], half[1] * 3)), "dividend": h.cost * 3 // 100, "last_dividend_year": half[0],
        "no_dividend_years": 0, "loss_years": 0, "directors": 1, "consolidated": False, "name_used": False, "exit_plan": "保留",
        "registration_no": f"CQ-C-{h.key}-{h.number}",
    }, plan.world.style(unit, half[0]))  # fmt: skip


def go_wrong(plan: Plan) -> None:
    in_open = [line.key for _, line in plan.lines(SALE) if line.cells["method"] == "进场公开"]
    line = pick(plan, SALE, key=in_open[1])
    below = fen(line, "appraised_share_value") * 95 // 100
    plant(plan, "floor_under_appraisal", line, {"floor_first": below, "floor_now": below}, queries=[("PT-1", "floor_first")],
          shown=("property_movement", "W27"))  # fmt: skip
    line = pick(plan, SALE, key=in_open[2])
    plant(plan, "appraisal_expired", line, {"appraisal_base_date": date(2022, 12, 31)}, queries=[("PT-30", "appraisal_base_date")],
          shown=("property_movement", "W27"))  # fmt: skip
    line = pick(plan, SALE, key=in_open[4])
    plant(plan, "disclosed_too_short", line, {"disclosed_to": _day(line, "disclosed_from") + timedelta(14)},
          queries=[("PT-34", "disclosed_to")], shown=("property_movement", "W27"))  # fmt: skip
    line = pick(plan, APPRAISAL, key=in_open[0])
    until = date.fromisoformat(line.period) - timedelta(1)
    plant(plan, "wrong_year", line, {"valid_until": until}, errors=[("AA-5", "valid_until")],
          queries=[("AA-6", "appraised_on"), ("AA-9", "done_on")], days=3)  # fmt: skip
    line = pick(plan, APPRAISAL, key=in_open[3])
    shown = next(_day(sale, "first_disclosed_on") for _, sale in plan.lines(SALE) if sale.key == in_open[3])
    plant(plan, "appraised_after_disclosure", line, {"done_on": shown + timedelta(10)},
          shown=("reconciliation_break", "RC-APPRAISED-FIRST"))  # fmt: skip
    line = pick(plan, OWNER, key="A13", line_no="1")
    share = line.values["share"]
    plant(plan, "shares_not_whole", line, {"share": Decimal("0.06") if share == Decimal("0.6") else Decimal("0.9")},
          errors=[("PRL-2", "share")], days=6)  # fmt: skip
    for other in (one for _, one in plan.lines(OWNER) if one is not line and one.own.split()[0] == line.own.split()[0]):
        other.errors.append(("PRL-2", "share"))
    line = pick(plan, HEAD, key="B111", registration_kind="占有")
    plant(plan, "capital_transposed", line, {"paid_in_capital": fen(line, "paid_in_capital") * 9 // 10},
          errors=[("PR-1", "paid_in_capital")], days=4)  # fmt: skip
    line = pick(plan, HELD, key="A21", period="2024Q4")
    plant(plan, "loss_years_typed", line, {"loss_years": 12}, queries=[("EP-6", "exit_plan")], related=[("EP-13", "loss_years")])
    line = pick(plan, HELD, key="B1", period="2024Q4")
    plant(plan, "holding_not_registered", line, {"registration_no": None}, queries=[("EP-17", "registration_no")])
    line = pick(plan, HEAD, key="B31", legal_form="国有控股")
    owner = pick(plan, OWNER, key="B31", registration_no=line.cells["registration_no"], line_no="1")
    owner.put({"contributor_class": "其他"})
    plant(plan, "owner_misclassed", line, {}, related=[("PR-23", "legal_form")], columns=("legal_form",))


def _day(line: Line, column: str) -> date:
    value = line.values[column]
    if not isinstance(value, date):
        raise TypeError(f"{line.form} {line.own} 的 {column} 不是日期")
    return value


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "floor_under_appraisal", SALE, "底价等于评估值，或协议价等于评估值", lambda one: True)
    yield from lawful(plan, "appraisal_expired", SALE, "首次披露在评估基准日后一年内", lambda one: True)
    yield from lawful(plan, "disclosed_too_short", SALE, "公告四十五日，足二十个工作日；协议转让不用公告", lambda one: True)
    yield from lawful(plan, "holding_not_registered", HELD, "参股股权有登记编号", lambda one: True)
    yield from lawful(plan, "owner_misclassed", HEAD, "上级持股六成，社会资本持股四成",
                      lambda one: one.cells["legal_form"] == "国有控股")  # fmt: skip
    yield from lawful(plan, "appraised_after_disclosure", APPRAISAL, "备案办结不到一个月即披露", lambda one: True)
    yield from lawful(plan, "wrong_year", APPRAISAL, "有效期满前办结", lambda one: True)
    yield from lawful(plan, "shares_not_whole", OWNER, "两个出资人各占一部分，合计为百分之百",
                      lambda one: one.cells["share"] == "60.00")  # fmt: skip
    yield from lawful(plan, "capital_transposed", HEAD, "有社会资本，国有法人资本小于实收资本",
                      lambda one: fen(one, "other_capital") > 0)  # fmt: skip
    yield from lawful(plan, "loss_years_typed", HELD, "没有亏损，保留参股", lambda one: one.cells["exit_plan"] == "保留")
