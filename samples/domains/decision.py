"""三重一大: each unit's list of items, its meetings with their topics, and the decisions, for whatever the other domains had to decide."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from samples.domains.planting import lawful, pick, plant
from samples.domains.posting import post
from samples.economy import guarantees, loans, payments, projects, property
from samples.economy.matters import BOARD, ITEMS, LISTED, OFFICE, PARTY, Matter, meeting_id
from samples.line import Line, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent

LIST, MEETING, TOPIC, DECISION = "decision_item_list", "decision_meeting", "decision_meeting_line", "decision"
_SEATS = {BOARD: 7, OFFICE: 9, PARTY: 7}


def matters(plan: Plan) -> list[Matter]:
    """Decided by the day the last file is made up, by unit and day."""
    books = (projects, loans, guarantees, payments, property)
    last = _cut_off(plan)
    found = (m for book in books for m in book.matters(plan.world) if m.decided_on <= last)
    return sorted(found, key=lambda m: (m.key, m.decided_on, m.topic_id))


def _cut_off(plan: Plan) -> date:
    return date(2025, 4, 30) if plan.world.small else date(2025, 12, 31)


def send(plan: Plan) -> Iterable[Sent]:
    decided = matters(plan)
    deciding = sorted({m.key for m in decided})
    yield from post(plan, "2022", date(2024, 1, 15), [_item(plan, key, i) for key in deciding for i in range(len(ITEMS))])
    for label, arrived, chosen in _by_year(plan, decided):
        meetings = [*_meetings(plan, chosen)]
        yield from post(plan, label, arrived, [head for head, _ in meetings])
        yield from post(plan, label, arrived, [line for _, lines in meetings for line in lines])
        yield from post(plan, label, arrived, [_decision(plan, m) for m in chosen])


def _by_year(plan: Plan, decided: Sequence[Matter]) -> Iterator[tuple[str, date, list[Matter]]]:
    """What was decided before this system, then year by year."""
    first = 2024 if plan.world.small else 2023
    for year in range(first, 2026):
        chosen = [m for m in decided if m.decided_on.year == year or m.decided_on.year < year == first]
        label = f"through-{year}" if year == first else str(year)
        yield label, min(date(year + 1, 1, 10), _cut_off(plan) + timedelta(8)), chosen


def _item(plan: Plan, key: str, number: int) -> Line:
    unit, item = plan.city.units[key], ITEMS[number]
    return make_line(LIST, unit, "", {
        "item_code": item.code, "valid_from": LISTED, "decision_class": item.decision_class, "item_name": item.name,
        "amount_line": item.line(unit) or None, "bodies": item.bodies, "party_first": True, "final_body": item.final_body,
        "legal": item.legal, "report": item.report, "list_version": "2022版", "list_basis": "样例企业“三重一大”决策制度实施办法",
    }, plan.world.style(unit, 2024))  # fmt: skip


def _meetings(plan: Plan, decided: Iterable[Matter]) -> Iterator[tuple[Line, list[Line]]]:
    """The party committee's study, what comes between, and the meeting that decides, each with its topics."""
    held = [(m.key, day, kind, m) for m in decided for day, kind in m.steps]
    held.sort(key=lambda h: h[:3])
    for (key, day, kind), group in groupby(held, key=lambda h: h[:3]):
        topics = [m for *_, m in group]
        unit, number = plan.city.units[key], meeting_id(key, kind, day)
        due, present = attendance(plan, kind, number)
        yield make_line(MEETING, unit, "", {
            "held_on": day, "meeting_id": number, "meeting_kind": kind, "form": "现场", "chair": "样例主持人", "members_due": due,
            "members_present": present, "observers": 2, "topics": len(topics), "minutes": f"JY-{number}",
        }), [make_line(TOPIC, unit, "", {
            "held_on": day, "meeting_id": number, "line_no": i, "topic_id": m.topic_id, "title": m.title, "item_code": m.code,
            "votes_for": present, "votes_against": 0, "votes_abstain": 0, "withdrew": 0, "result": "通过",
        }) for i, m in enumerate(topics, 1)]  # fmt: skip


def attendance(plan: Plan, kind: str, meeting: str) -> tuple[int, int]:
    """Seats of the body, and who came: all, or all but one."""
    return _SEATS[kind], _SEATS[kind] - random.Random(f"{plan.city.seed}/meeting/{meeting}").randint(0, 1)


def _decision(plan: Plan, m: Matter) -> Line:
    unit, number = plan.city.units[m.key], meeting_id(m.key, m.item.final_body, m.decided_on)
    due, present = attendance(plan, m.item.final_body, number)
    done = m.decided_on + timedelta(200) if m.decided_on.year < 2024 else None
    return make_line(DECISION, unit, "", {
        "decided_on": m.decided_on, "topic_id": m.topic_id, "meeting_id": number, "item_code": m.code, "item_version": "2022版",
        "decision_class": m.item.decision_class, "item_name": m.item.name, "title": m.title, "amount": m.amount, "currency": "CNY",
        "subject": m.subject or None, "project_id": m.project_id or None, "contract_no": m.contract_no or None, "source": "企业规划计划",
        "urgent": False, "prior_study": True, "expert": m.item.legal, "risk_review": True, "legal_review": True, "party_first": True,
        "party_meeting_id": meeting_id(m.key, PARTY, m.party_on), "party_result": "同意", "party_on": m.party_on,
        "decided_by": m.item.final_body, "members_due": due, "members_present": present, "votes_for": present, "votes_against": 0,
        "votes_abstain": 0, "withdrew": 0, "result": "通过", "needs_report": m.item.report,
        "report_no": f"样例国资报〔{m.decided_on.year}〕{m.key}号" if m.item.report else None, "owner": "财务部",
        "status": "已完成" if done else "实施中", "progress": Decimal(1) if done else Decimal("0.5"), "done_on": done,
        "minutes": f"JY-{number}",
    }, plan.world.style(unit, m.decided_on.year))  # fmt: skip


def go_wrong(plan: Plan) -> None:
    line = pick(plan, DECISION, topic_id="YT-A1-X2")
    plant(plan, "party_after_board", line, {"party_on": date(2024, 5, 18)}, queries=[("DEC-7", "party_on")],
          shown=("decision_compliance", "W21"))  # fmt: skip
    line = pick(plan, DECISION, topic_id="YT-B1-X2")
    plant(plan, "votes_not_present", line, {"votes_for": 2}, errors=[("DEC-2", "members_present")],
          queries=[("DEC-6", "votes_for")], days=2)  # fmt: skip
    line = pick(plan, DECISION, topic_id="YT-A-N202503")
    plant(plan, "wrong_class", line, {"decision_class": "重大决策"}, related=[("DEC-21", "decision_class")])
    line = pick(plan, DECISION, topic_id="YT-C-J1")
    plant(plan, "board_before_office", line, {"decided_on": date.fromisoformat(line.period) - timedelta(3)},
          related=[("DEC-31", "decided_on")], shown=("decision_compliance", "W21"))  # fmt: skip
    line = pick(plan, TOPIC, topic_id="YT-C-X2", meeting_id="HY-C-20240512-D")
    plant(plan, "minutes_disagree", line, {"result": "缓议"}, related=[("MTL-4", "result")])
    line = pick(plan, DECISION, topic_id="YT-A2-X2")
    plant(plan, "not_studied_first", line, {"party_on": None, "party_result": None}, queries=[("DEC-8", "party_on")],
          related=[("DEC-22", "party_first")], shown=("decision_compliance", "W21"))  # fmt: skip


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "party_after_board", DECISION, "前置研究在决策前四日", lambda one: one.cells["party_first"] == "是")
    yield from lawful(plan, "votes_not_present", DECISION, "有人请假，票数等于实到人数",
                      lambda one: one.cells["members_present"] != one.cells["members_due"])  # fmt: skip
    yield from lawful(plan, "board_before_office", DECISION, "党委、总办会、董事会先后开会",
                      lambda one: one.cells["item_code"] == "SX-06")  # fmt: skip
    yield from lawful(plan, "wrong_class", DECISION, "内部借款属大额度资金运作，由总经理办公会决定",
                      lambda one: one.cells["item_code"] == "SX-03")  # fmt: skip
    yield from lawful(plan, "minutes_disagree", TOPIC, "同一议题在党委会与决策会议上各记一次",
                      lambda one: one.cells["meeting_id"].endswith("-W"))  # fmt: skip
    yield from lawful(plan, "not_studied_first", DECISION, "前置研究结论与日期齐全", lambda one: one.cells["decided_by"] == OFFICE)
