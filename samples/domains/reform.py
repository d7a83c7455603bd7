"""Reform tasks month by month with their milestones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from samples.chart import month_index
from samples.domains.planting import following, lawful, pick, plant
from samples.domains.posting import arrival, post
from samples.line import Line, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent
from samples.world import Month, World, month_end

TASK, MILESTONE = "reform_task", "reform_task_line"
_WORK = (
    ("区域性综改试验", "公司治理", "完善法人治理结构", "企业改革处", "外部董事占多数的企业", "户", date(2024, 1, 1), date(2025, 2, 28)),
    ("深化提升行动", "科技创新", "提高研发投入强度", "规划投资处", "研发经费投入强度", "%", date(2024, 1, 1), date(2025, 10, 31)),
    ("区域性综改试验", "市场化经营机制", "推行经理层任期制和契约化管理", "企业改革处", "签约率", "%", date(2024, 7, 1), date(2026, 3, 31)),
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """Worked on evenly from start to due day, done on time."""

    key: str
    number: int

    @property
    def task_id(self) -> str:
        return f"GG-{self.key}-{self.number + 1}"

    @property
    def start(self) -> date:
        return _WORK[self.number][6]

    @property
    def due(self) -> date:
        return _WORK[self.number][7]

    def progress(self, month: Month) -> Decimal:
        whole = month_index(self.due.year, self.due.month) - month_index(self.start.year, self.start.month) + 1
        done = month_index(*month) - month_index(self.start.year, self.start.month) + 1
        return Decimal(1) if done >= whole else Decimal(max(done, 0) * 100 // whole) / 100

    def milestones(self) -> Iterator[tuple[str, date]]:
        days = (self.due - self.start).days
        for name, part in (("方案印发", 4), ("中期评估", 2), ("总结验收", 1)):
            yield name, date.fromordinal(self.start.toordinal() + days // part)


def tasks(world: World) -> Iterator[Task]:
    return (Task(unit.key, number) for unit in world.leading for number in range(len(_WORK)))


def send(plan: Plan) -> Iterable[Sent]:
    made = [*tasks(plan.world)]
    for month in plan.world.months:
        label, day = f"{month[0]}-{month[1]:02d}", arrival(plan, month_end(month), 4)
        begun = [t for t in made if t.start <= month_end(month)]
        yield from post(plan, label, day, [_task(plan, t, month) for t in begun], alone=None if plan.world.small else ())
        yield from post(plan, label, day, [line for t in begun for line in _milestones(plan, t, month)], alone=())


def _task(plan: Plan, t: Task, month: Month) -> Line:
    programme, theme, task, office, metric, measure, start, due = _WORK[t.number]
    progress, unit = t.progress(month), plan.city.units[t.key]
    done = progress == 1
    return make_line(TASK, unit, f"{month[0]}-{month[1]:02d}", {
        "task_id": t.task_id, "programme": programme, "theme": theme, "task": task, "measure": f"{task}的具体举措", "lead_office": office,
        "metric": metric, "metric_unit": measure, "base": Decimal(0), "target": Decimal(100), "current": progress * 100, "start_on": start,
        "due_on": due, "done_on": due if done else None, "progress": progress, "status": "已完成" if done else "推进中",
        "evidence": f"佐证-{t.task_id}" if done else None,
    })  # fmt: skip


def _milestones(plan: Plan, t: Task, month: Month) -> Iterator[Line]:
    for number, (name, due) in enumerate(t.milestones(), 1):
        done = due if due <= month_end(month) else None
        yield make_line(MILESTONE, plan.city.units[t.key], f"{month[0]}-{month[1]:02d}", {
            "task_id": t.task_id, "line_no": number, "milestone": name, "milestone_due": due, "milestone_done": done,
            "evidence": f"佐证-{t.task_id}-{number}" if done else None,
        })  # fmt: skip


def go_wrong(plan: Plan) -> None:
    line = pick(plan, TASK, key="A1", task_id="GG-A1-1", period="2025-04")
    for one in (line, *following(plan, line)):
        changes = {"done_on": None, "status": "推进中", "progress": Decimal("0.9"), "evidence": None}
        related = [("RFM-14", "progress"), ("RFM-17", "status")] if one is line else []
        plant(plan, "task_overdue", one, changes, queries=[("RFM-7", "status")], related=related, shown=("reform_progress", "W29"))
    line = pick(plan, TASK, key="B1", task_id="GG-B1-2", period="2025-04")
    plant(plan, "progress_fell", line, {"progress": Decimal("0.07"), "current": Decimal(7)}, related=[("RFM-14", "progress")],
          shown=("reform_progress",))  # fmt: skip
    line = pick(plan, TASK, key="C", task_id="GG-C-1", period="2025-04")
    plant(plan, "no_evidence", line, {"evidence": None}, errors=[("RFM-1", "status")], days=3)
    line = pick(plan, MILESTONE, key="A2", task_id="GG-A2-2", line_no="2", period="2025-04")
    plant(plan, "milestone_blank", line, {"milestone_done": None, "evidence": None}, queries=[("RFL-2", "milestone_due")],
          related=[("RFL-6", "milestone_done")])  # fmt: skip


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "task_overdue", TASK, "按期完成", lambda one: one.cells["status"] == "已完成")
    yield from lawful(plan, "progress_fell", TASK, "进度按月推进", lambda one: one.cells["status"] == "推进中")
    yield from lawful(plan, "no_evidence", TASK, "未完成，不需要佐证", lambda one: one.cells["status"] == "推进中")
    yield from lawful(plan, "milestone_blank", MILESTONE, "计划日未到，还没有完成", lambda one: not one.cells["milestone_done"])
