"""The platform's own matters: nodes, systems and incidents of the network, video meetings, and what the supervisor's offices keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from samples.city import Unit
from samples.domains.planting import following, lawful, pick, plant, preceded
from samples.domains.posting import arrival, post, whole
from samples.economy.projects import Quarter, quarter_end
from samples.ids import SUPERVISOR
from samples.line import Line, Value, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent
from samples.world import Month, month_end

NODE, SYSTEM, INCIDENT, MEETING, ITEM, PROJECT, REQUEST, DIRECTIVE = (
    "network_access", "network_system", "network_event", "video_meeting", "service_item", "it_project", "data_request", "directive",
)  # fmt: skip
_OFFICES = ("财务监管处", "产权管理处", "规划投资处", "资本运营处", "企业改革处", "党建工作处")


def send(plan: Plan) -> Iterable[Sent]:
    leading = plan.world.leading
    for month in plan.world.months:
        label, end = f"{month[0]}-{month[1]:02d}", month_end(month)
        yield from post(plan, label, arrival(plan, end, 4), [_node(plan, u, month) for u in plan.world.reporting(end)])
    for quarter in plan.world.quarters:
        label, end = f"{quarter[0]}Q{quarter[1]}", arrival(plan, quarter_end(quarter), 9)
        yield whole(label, end, [_system(plan, u, n, quarter) for u in leading for n in (1, 2)], "systems")
        yield whole(label, end, [_item(plan, n, quarter) for n in range(18)], "items")
    last = date(2025, 5, 12)
    yield whole("2025", last, [_incident(plan, u, n) for n, u in enumerate(leading)], "incidents")
    yield whole("2025", last, [_stage(plan, u, s) for u in leading[:6] for s in range(4)], "projects")
    yield whole("2025", last, [_meeting(plan, n) for n in range(10)], "meetings")
    yield whole("2025", last, [_request(plan, n) for n in range(12)], "requests")
    yield whole("2025", last, [_directive(plan, n) for n in range(12)], "directives")


def office(plan: Plan) -> Unit:
    """The supervisor itself, which reports for its own offices."""
    return replace(plan.city.units["A"], unit_id=SUPERVISOR, name="样例市国有资产监督管理机构")


def _node(plan: Plan, unit: Unit, month: Month) -> Line:
    dormant = unit.profile.dormant
    connected: dict[str, Value] = {
        "link": "VPN" if len(unit.key) > 1 else "专线", "bandwidth": Decimal(100),
        "connected_on": max(date(2023, 6, 1), unit.spells[0].start), "terminals": 20, "online_rate": Decimal("0.985"), "systems": 3,
        "interfaces": 2, "auto_rate": Decimal("0.6"),
        "domestic_rate": Decimal("0.4"),
    }  # fmt: skip
    return make_line(NODE, unit, f"{month[0]}-{month[1]:02d}", {
        "node_id": f"JD-{unit.key}", "node_level": "集团" if len(unit.key) == 1 else "子企业", "video": len(unit.key) <= 2,
        "status": "未接入" if dormant else "已接入", **({} if dormant else connected),
    })  # fmt: skip


def _system(plan: Plan, unit: Unit, number: int, quarter: Quarter) -> Line:
    third = number == 1
    november = date(quarter[0] - (quarter[1] < 4), 11, 12)
    return make_line(SYSTEM, unit, f"{quarter[0]}Q{quarter[1]}", {
        "system_name": f"{unit.key}{'财务共享系统' if third else '办公系统'}", "grade": "三级" if third else "二级",
        "filing_no": f"备{unit.key}-{number}", "assessed_on": november, "score": Decimal("88.5"), "high_risks": 2,
        "fixed": 2, "crypto_assessed_on": november, "crypto_result": "符合",
        "vendor": plan.world.outside(unit.key, 6), "on_site": 2, "nda": True,
    })  # fmt: skip


def _incident(plan: Plan, unit: Unit, place: int) -> Line:
    day, told = date(2025, 1 + place % 4, 3 + place % 24), place % 2 == 0
    return make_line(INCIDENT, unit, "", {
        "occurred": day, "event_no": f"WA-2025-{unit.key}", "found": day + timedelta(1), "reported": day + timedelta(1),
        "handled": day + timedelta(2), "closed": day + timedelta(9), "severity": "较大" if place % 5 == 0 else "一般",
        "kind": ("网络攻击", "病毒", "违规外联", "设备故障")[place % 4], "affected": unit.name, "source": "通报" if told else "自查",
        "notice_no": f"网信通〔2025〕{place}号" if told else None, "feedback_due": day + timedelta(15) if told else None, "is_drill": False,
        "remedy": "已加固并复测",
    })  # fmt: skip


def _stage(plan: Plan, unit: Unit, place: int) -> Line:
    """One project through four of its stages."""
    stage, day = ("立项", "采购", "上线", "验收")[place], date(2024, 3 + place * 3, 18)
    contracted = place > 0
    return make_line(PROJECT, unit, "", {
        "stage_on": day, "project_id": f"XX-{unit.key}-1", "stage": stage, "project_name": f"{unit.name}数据治理项目", "planned_on": day,
        "budget": 300_000_000, "contract": 280_000_000 if contracted else None,
        "vendor": plan.world.outside(unit.key, 6) if contracted else None, "approval_no": f"样例信息〔2024〕{unit.key}号",
        "version": "V1.0" if place >= 2 else None, "rollback_plan": True, "review": "通过验收" if stage == "验收" else None,
    }, ("万元", 2))  # fmt: skip


def _meeting(plan: Plan, place: int) -> Line:
    day, dropped = date(2025, 1 + place % 4, 5 + place), place % 3 == 0
    return make_line(MEETING, office(plan), "", {
        "planned_on": day, "meeting_id": f"SP-2025-{place:03d}", "title": "经济运行视频会议", "host": _OFFICES[place % 6],
        "level": "国务院国资委转发" if place % 4 == 0 else "市", "started_at": day, "ended_at": day, "duration": 95, "sites_due": 26,
        "sites_joined": 26, "people": 180, "main_site": SUPERVISOR, "test_result": "正常", "drops": int(dropped),
        "drop_minutes": 4 if dropped else 0, "drop_reason": "线路故障" if dropped else None, "relayed": place % 4 == 0, "encrypted": True,
        "recorded": True,
    })  # fmt: skip


def _item(plan: Plan, place: int, quarter: Quarter) -> Line:
    public, online = place % 3 == 0, place % 4 != 1
    one_thing: dict[str, Value] = {
        "one_thing_id": f"YJS-{place:03d}", "lead_office": _OFFICES[place % 6], "before_items": 4, "after_items": 1, "before_steps": 12,
        "after_steps": 4, "before_documents": 20, "after_documents": 8, "before_days": 40, "after_days": 10,
    } if public else {}  # fmt: skip
    return make_line(ITEM, office(plan), f"{quarter[0]}Q{quarter[1]}", {
        "item_id": f"SX-GZ-{place:04d}", "name": f"国资监管事项{place + 1}", "smallest": True, "office": _OFFICES[place % 6],
        "kind": "行政权力" if public else "日常运转", "item_basis": f"权责清单第{place + 1}项", "audience": "企业", "frequency": "不定期",
        "volume": 40 + place, "online": online, "mobile": online and place % 2 == 0, "system": "国资监管平台" if online else None,
        "guide_version": "2024-1" if public else None, "guide_on": date(2024, 2, 1) if public else None,
        "legal_days": 20 if public else None, "promised_days": 5 if public else None, "documents": 6, "steps": 3,
        "visits": 0 if online else 1, "status": "已上线" if online else "未上线", 
        "online_on": date(2023, 9, 1) if online else None, **one_thing,
    })  # fmt: skip


def _request(plan: Plan, place: int) -> Line:
    day, known = date(2025, 1 + place % 4, 2 + place), (0, 3, 6, 12)[place % 4]
    return make_line(REQUEST, office(plan), "", {
        "received_on": day, "request_no": f"XQ-2025-{place:03d}", "from_dept": "市财政局", "title": "企业资产负债情况", "items_asked": 12,
        "items": "资产总计、负债合计", "matched_items": known, "owner_office": _OFFICES[place % 6], "due": day + timedelta(11),
        "answered_on": day + timedelta(8), "reused": Decimal(known) / 12, "share_basis": "政务数据共享目录",
    })  # fmt: skip


def _directive(plan: Plan, place: int) -> Line:
    day, done = date(2025, 1 + place % 4, 4 + place), place % 2 == 0
    return make_line(DIRECTIVE, office(plan), "", {
        "issued_on": day, "directive_no": f"PS-2025-{place:03d}", "on_kind": "预警", "on_ref": f"W11-2025-{place:04d}",
        "given_by": "分管领导", "text": "请核实并报应对方案", "to_office": _OFFICES[place % 6],
        "due": day + timedelta(14), "reply": "已核实" if done else None,
        "replied_on": day + timedelta(9) if done else None, "closed_on": day + timedelta(12) if done else None,
    })  # fmt: skip


def go_wrong(plan: Plan) -> None:
    line = pick(plan, NODE, key="A1", period="2025-04")
    plant(plan, "rate_without_point", line, {"online_rate": Decimal("9.85")}, errors=[("NAC-1", "online_rate")], days=3)
    line = pick(plan, SYSTEM, key="B1", grade="三级", period="2024Q4")
    for one in (line, *following(plan, line)):
        plant(plan, "assessment_expired", one, {"assessed_on": date(2022, 6, 8)}, shown=("network_coverage",))
    if preceded(plan, line):
        line.related.append(("NSY-12", "assessed_on"))
    _typed_wrongly(plan)


def _typed_wrongly(plan: Plan) -> None:
    line = pick(plan, INCIDENT, source="自查", severity="一般")
    plant(plan, "swapped_dates", line, {"found": line.values["closed"], "closed": line.values["found"]},
          errors=[("NEV-2", "reported"), ("NEV-3", "handled"), ("NEV-4", "closed")], days=2)  # fmt: skip
    line = pick(plan, PROJECT, stage="上线")
    plant(plan, "contract_over_budget", line, {"contract": 320_000_000}, queries=[("ITP-1", "contract")])
    line = pick(plan, ITEM, kind="行政权力", period="2025Q1")
    plant(plan, "days_typed", line, {"promised_days": 50}, errors=[("SVI-1", "promised_days")])
    line = pick(plan, MEETING, level="市")
    plant(plan, "sites_typed", line, {"sites_joined": 62}, errors=[("VID-1", "sites_joined")])
    line = pick(plan, REQUEST, matched_items="6")
    plant(plan, "matched_typed", line, {"matched_items": 60}, errors=[("DRQ-1", "matched_items")])
    line = pick(plan, DIRECTIVE, reply="已核实")
    issued = line.values["issued_on"]
    early = issued - timedelta(30) if isinstance(issued, date) else None
    plant(plan, "reply_before", line, {"replied_on": early}, errors=[("DIR-2", "replied_on")])


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "rate_without_point", NODE, "在线率为百分数，或未接入没有在线率", lambda one: True)
    yield from lawful(plan, "assessment_expired", SYSTEM, "上年测评仍在一年内，二级系统两年一次", lambda one: True)
    yield from lawful(plan, "contract_over_budget", PROJECT, "合同不超预算，立项时还没有合同", lambda one: True)
    yield from lawful(plan, "days_typed", ITEM, "承诺时限短于法定时限，或没有法定时限", lambda one: True)
    yield from lawful(plan, "sites_typed", MEETING, "会场全部接入", lambda one: True)
    yield from lawful(plan, "matched_typed", REQUEST, "全部已有，或一项也没有", lambda one: one.cells["matched_items"] in ("12", "0"))
    yield from lawful(plan, "reply_before", DIRECTIVE, "尚未答复，或期限内答复", lambda one: True)
