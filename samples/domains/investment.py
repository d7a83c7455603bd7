"""Plans of the year and progress of the quarter: one project keeps one code through plan, decision, contract, payment and review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from samples.domains.planting import fen, following, lawful, pick, plant
from samples.domains.posting import arrival, post
from samples.economy.projects import Project, Quarter, projects, quarter_end
from samples.filing import FORM
from samples.line import Line, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent
from samples.world import WAN

PLAN, PROJECT = "investment_plan", "investment_project"


def send(plan: Plan) -> Iterable[Sent]:
    made = [*projects(plan.world)]
    for year in plan.world.years:
        lines = [_planned(plan, p, year) for p in made if p.in_plan(year)]
        yield from post(plan, str(year), date(year, 3, 28), lines)
    for quarter in plan.world.quarters:
        lines = [_progress(plan, p, quarter) for p in made if p.known(quarter)]
        yield from post(plan, f"{quarter[0]}Q{quarter[1]}", arrival(plan, quarter_end(quarter), 14), lines)


def _planned(plan: Plan, p: Project, year: int) -> Line:
    unit = plan.city.units[p.key]
    done, now = p.since_start((year - 1, 4)), p.planned(year)
    own, debt = p.budget * 35 // 100 // WAN * WAN, p.budget // 2 // WAN * WAN
    fixed = p.kind == "固定资产"
    return make_line(PLAN, unit, str(year), {
        "version": "年初", "project_id": p.project_id, "project_name": p.name, "investor": unit.unit_id, "kind": p.kind,
        "main_class": p.main_class, "stage": "续建" if done else "新开工", "total": p.budget, "own_funds": own, "debt_funds": debt,
        "other_funds": p.budget - own - debt, "done_before": done, "plan_year": now, "plan_later": p.budget - done - now,
        "fixed_part": now if fixed else 0, "industry": unit.industry, "expected_irr": Decimal("0.065"), "payback": Decimal("8.5"),
        "special": False, "banned": False, "topic_id": p.topic_id, "country": "CN", "division": "370212", "planned_end": p.due,
    }, plan.world.style(unit, year))  # fmt: skip


def _progress(plan: Plan, p: Project, quarter: Quarter) -> Line:
    unit, year = plan.city.units[p.key], quarter[0]
    end = quarter_end(quarter)
    done, finished = p.since_start(quarter), p.finished if p.finished and p.finished <= end else None
    reviewed = p.reviewed if p.reviewed and p.reviewed <= end else None
    own, debt = done * 35 // 100 // WAN * WAN, done // 2 // WAN * WAN
    return make_line(PROJECT, unit, f"{year}Q{quarter[1]}", {
        "project_id": p.project_id, "project_name": p.name, "in_plan": True, "stage": p.stage(quarter),
        "started": p.started if p.started and p.started <= end else None, "due": p.due, "finished": finished, "budget": p.budget,
        "contracts": p.contract_amount if done else 0, "plan_year": p.planned(year) if p.in_plan(year) else 0,
        "quarter": p.spent.get(quarter, 0), "ytd": p.in_year(year, quarter), "since_start": done, "funded_own": own,
        "funded_debt": debt, "funded_public": done - own - debt, "physical_progress": p.progress(quarter),
        "expected_irr": Decimal("0.065"), "risk_level": "低", "post_review_on": reviewed,
        "post_review_result": "达到预期" if reviewed else None,
    }, plan.world.style(unit, year))  # fmt: skip


def go_wrong(plan: Plan) -> None:
    _over_budget(plan)
    line = pick(plan, PROJECT, key="B1", project_id="XM-B1-1", period="2025Q1")
    plant(plan, "outside_plan", line, {"in_plan": False, "extra_approval": None}, queries=[("IJ-5", "extra_approval")])
    line = pick(plan, PROJECT, key="A1", project_id="XM-A1-1", period="2025Q1")
    plant(plan, "fallen_progress", line, {"physical_progress": Decimal("0.03")}, related=[("IJ-17", "physical_progress")])
    line = pick(plan, PROJECT, key="A2", project_id="XM-A2-1", period="2025Q1")
    plant(plan, "project_stalled", line, {"stalled_since": date(2024, 9, 10), "stalled_reason": None},
          queries=[("IJ-10", "stalled_reason")], shown=("investment_chain", "W24"))  # fmt: skip
    line = pick(plan, PROJECT, key="C", project_id="XM-C-1", period="2025Q1")
    plant(plan, "swapped_dates", line, {"started": line.values["due"], "due": line.values["started"]}, errors=[("IJ-6", "due")], days=3)
    line = pick(plan, PLAN, key="B", project_id="XM-B-1", period="2025")
    plant(plan, "total_transposed", line, {"total": _swapped(fen(line, "total"))}, errors=[("IP-1", "total"), ("IP-2", "total")], days=4)
    line = pick(plan, PLAN, key="A", project_id="XM-A-3", period="2025")
    plant(plan, "undecided_outside_main", line, {"topic_id": None}, queries=[("IP-10", "topic_id")])


def _swapped(value: int) -> int:
    """Two neighbouring digits the wrong way round, the first that differ from the third place on: a tenth at most."""
    text = str(value)
    place = next((i for i in range(2, len(text) - 1) if text[i] != text[i + 1]), 2)
    return int(text[:place] + text[place + 1] + text[place] + text[place + 2 :])


def _over_budget(plan: Plan) -> None:
    """The work of a quarter is typed a digit too long, and carried on from there."""
    line = pick(plan, PROJECT, key="B2", project_id="XM-B2-1", period="2025Q1")
    more = fen(line, "budget") * 13 // 10
    for one in (line, *following(plan, line)):
        raised = ("quarter", "ytd", "since_start") if one is line else ("ytd", "since_start")
        plant(plan, "over_budget", one, {c: fen(one, c) + more for c in raised}, queries=[("IJ-4", "since_start"), ("IJ-14", "ytd")])
        if any(s.form == FORM for s in plan.sent):
            month = f"{one.period[:4]}-{int(one.period[-1]) * 3:02d}"
            plan.find(one.key, month)[1].related.append(("B21-4", "cfi_out_ytd"))


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    def days(line: Line, column: str) -> date:
        value = line.values[column]
        return value if isinstance(value, date) else date.max

    yield from lawful(plan, "over_budget", PROJECT, "竣工项目累计接近概算，未超过", lambda one: one.cells["stage"] in ("竣工", "后评价"))
    yield from lawful(plan, "outside_plan", PROJECT, "年度内没有计划投资，是上年已竣工的计划内项目",
                      lambda one: one.cells["stage"] in ("竣工", "后评价"))  # fmt: skip
    yield from lawful(plan, "fallen_progress", PROJECT, "形象进度与上季相同或只略有增加", lambda one: one.cells["stage"] != "决策")
    yield from lawful(plan, "project_stalled", PROJECT, "已决策未开工，或已竣工，本季没有完成额", lambda one: one.values["quarter"] == 0)
    yield from lawful(plan, "swapped_dates", PROJECT, "提前竣工：实际竣工早于计划", lambda one: days(one, "finished") < days(one, "due"))
    yield from lawful(plan, "total_transposed", PLAN, "总投资等于各年之和，也等于各来源之和", lambda one: one.cells["stage"] == "续建")
    yield from lawful(plan, "undecided_outside_main", PLAN, "培育业务或非主业，有决策议题号", lambda one: one.cells["main_class"] != "主业")

