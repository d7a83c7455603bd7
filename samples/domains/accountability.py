"""Clues of losses and who answers for them; grave risks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from samples.domains.planting import lawful, pick, plant
from samples.domains.posting import post
from samples.line import Line, Value, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent

CASE, PERSON, RISK = "accountability_case", "accountability_case_line", "risk_event"
_WAN = 1_000_000


@dataclass(frozen=True)
class Case:
    """`loss` in ten thousand yuan; `stage` as of the last report."""

    key: str
    number: int
    received: date
    group: str
    loss: int
    loss_class: str
    stage: str

    @property
    def clue_no(self) -> str:
        return f"XS-{self.received.year}-{self.key}-{self.number}"


_GROUPS = ("购销管理", "工程承包建设", "资金管理", "固定资产投资", "风险管理", "集团管控")
_STAGES = ("初核", "立项核查", "责任认定", "处理", "整改", "办结")
_AGES = (27, 100, 140, 200, 300, 420)  # days since it was received: each stage within its term
_LOSSES = ((0, ""), (120, "一般"), (499, "一般"), (500, "较大"), (3_200, "较大"), (6_800, "重大"))


def cases(plan: Plan) -> Iterator[Case]:
    """One for each leading unit, six kinds in turn: every stage, losses on both sides of each line."""
    for place, unit in enumerate(plan.world.leading):
        turn = place % 6
        loss, graded = _LOSSES[turn]
        received = plan.city.today - timedelta(_AGES[turn] - place % 5)
        yield Case(unit.key, 1, received, _GROUPS[turn], loss, graded, _STAGES[turn])


def send(plan: Plan) -> Iterable[Sent]:
    made = [*cases(plan)]
    day = plan.city.today - timedelta(20)
    yield from post(plan, str(day.year), day, [_case(plan, c) for c in made])
    yield from post(plan, str(day.year), day, [_person(plan, c, n) for c in made if c.stage != "初核" for n in (1, 2)], alone=())
    risks = [_risk(plan, unit.key, place) for place, unit in enumerate(plan.world.leading)]
    yield from post(plan, "2025", date(2025, 4, 29), risks, alone=())


def _case(plan: Plan, c: Case) -> Line:
    at = _STAGES.index(c.stage)
    ended: dict[str, Value] = {"closed_on": c.received + timedelta(200)} if c.stage == "办结" else {}
    mended: dict[str, Value] = {
        "remedy": "完善内部控制制度", "remedy_due": c.received + timedelta(400 if c.stage == "整改" else 190), "rules_changed": 2,
        "remedied_on": c.received + timedelta(180) if c.stage == "办结" else None,
    } if at >= 4 else {}  # fmt: skip
    return make_line(CASE, plan.city.units[c.key], "", {
        "received_on": c.received, "clue_no": c.clue_no, "source": "审计", "level": len(c.key), "handler": "集团公司",
        "reason_group": c.group, "reason_code": f"37-{at + 1:02d}" if at else None, "vintage": "37号令",
        "act_from": c.received - timedelta(500), "act_to": c.received - timedelta(200), "loss_direct": c.loss * _WAN if c.loss else None,
        "recovered": c.loss * _WAN // 4 if c.loss else None, "determined_on": c.received + timedelta(90) if at >= 2 else None,
        "basis": "专项审计报告" if at >= 2 else None, "loss_class": c.loss_class or None, "stage": c.stage,
        "first_due": c.received + timedelta(30), "inquiry_due": c.received + timedelta(180), "extensions": 0, "exempted": False,
        **mended, **ended,
    }, ("万元", 2))  # fmt: skip


def _person(plan: Plan, c: Case, number: int) -> Line:
    treated = _STAGES.index(c.stage) >= 3
    return make_line(PERSON, plan.city.units[c.key], "", {
        "received_on": c.received, "clue_no": c.clue_no, "line_no": number, "person_ref": f"ZR{len(c.key)}{number:03d}",
        "post_level": "子企业领导班子成员" if number == 1 else "子企业中层", "duty": "主管责任" if number == 1 else "直接责任",
        "treatment": ("扣减薪酬" if number == 1 else "诫勉") if treated else None,
        "treated_on": c.received + timedelta(150) if treated else None, "pay_cut": 3_000_000 if treated and number == 1 else 0,
        "ban": False,
    })  # fmt: skip


_RISKS = (("诉讼", "一般", 800), ("安全", "较大", 150), ("债务违约", "较大", 2_000), ("舆情", "一般", 0), ("重大损失", "重大", 6_000))


def _risk(plan: Plan, key: str, place: int) -> Line:
    kind, level, loss = _RISKS[place % 5]
    found = date(2025, 1 + place % 3, 6 + place % 20)
    return make_line(RISK, plan.city.units[key], "", {
        "found_on": found, "event_no": f"FX-2025-{key}", "kind": kind, "title": f"{kind}风险事件",
        "reported_on": found if level == "重大" else found + timedelta(1), "amount": loss * _WAN or None, "level": level,
        "measures": "已制定处置方案", "closed_on": found + timedelta(40) if place % 2 else None,
    }, ("万元", 2))  # fmt: skip


def go_wrong(plan: Plan) -> None:
    def case(stage: str) -> Line:
        return pick(plan, CASE, stage=stage)

    plant(plan, "loss_class_wrong", case("处理"), {"loss_class": "一般"}, queries=[("CAS-5", "loss_class")], shown=("accountability",))
    line = case("立项核查")
    plant(plan, "swapped_dates", line, {"act_from": line.values["act_to"], "act_to": line.values["act_from"]}, errors=[("CAS-1", "act_to")],
          days=7)  # fmt: skip
    line = case("办结")
    plant(plan, "closing_day_blank", line, {"closed_on": None}, errors=[("CAS-17", "closed_on")], days=9)
    line = pick(plan, PERSON, treatment="诫勉")
    plant(plan, "name_for_reference", line, {"person_ref": "样例某某"}, errors=[("CAL-1", "person_ref")], days=2)
    line = pick(plan, RISK, level="重大")
    found = line.values["found_on"]
    late = found + timedelta(9) if isinstance(found, date) else None
    plant(plan, "reported_late", line, {"reported_on": late}, queries=[("RSK-5", "reported_on")])


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "loss_class_wrong", CASE, "损失正好在标准线的两侧", lambda one: bool(one.cells["loss_class"]))
    yield from lawful(plan, "swapped_dates", CASE, "违规行为早已结束", lambda one: True)
    yield from lawful(plan, "closing_day_blank", CASE, "尚未办结，没有办结日期", lambda one: one.cells["stage"] != "办结")
    yield from lawful(plan, "name_for_reference", PERSON, "责任人用代号", lambda one: True)
    yield from lawful(plan, "reported_late", RISK, "较大以下事件次日报告", lambda one: one.cells["level"] != "重大")
