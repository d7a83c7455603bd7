"""Party organisations of the units that are large enough for one, quarter by quarter: counts only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from samples.domains.planting import following, lawful, pick, plant
from samples.domains.posting import arrival, post
from samples.economy.projects import Quarter, quarter_end
from samples.line import Line, make_line
from samples.plan import LookAlike, Plan
from samples.sending import Sent
from samples.world import World

FORM = "party_organisation"
_FIRST = (2024, 1)


@dataclass(frozen=True)
class Organisation:
    """`base`: members at the end of 2023; each fourth quarter one is admitted, each second one moves in."""

    key: str
    base: int

    @property
    def party_org_id(self) -> str:
        return f"DZZ-{self.key}"

    @property
    def kind(self) -> str:
        return "党委" if self.base >= 100 else "党总支" if self.base >= 50 else "党支部"

    @property
    def term(self) -> int:
        return 5 if self.kind == "党委" else 3

    def moves(self, quarter: Quarter) -> tuple[int, int]:
        return int(quarter[1] == 4), int(quarter[1] == 2)

    def members(self, quarter: Quarter) -> int:
        gone = [(y, q) for y in range(_FIRST[0], quarter[0] + 1) for q in range(1, 5) if (y, q) <= quarter]
        return self.base + sum(sum(self.moves(q)) for q in gone)


def organisations(world: World) -> Iterator[Organisation]:
    """A quarter of the heads are members; none where fewer than four would be."""
    for unit in world.active:
        base = world.stock(unit.key, "headcount", (2023, 12)) // 4
        if base >= 4:
            yield Organisation(unit.key, base)


def send(plan: Plan) -> Iterable[Sent]:
    made = [*organisations(plan.world)]
    for quarter in plan.world.quarters:
        lines = [_line(plan, one, quarter) for one in made]
        yield from post(plan, f"{quarter[0]}Q{quarter[1]}", arrival(plan, quarter_end(quarter), 9), lines)


def _line(plan: Plan, one: Organisation, quarter: Quarter) -> Line:
    unit, members = plan.city.units[one.key], one.members(quarter)
    admitted, moved_in = one.moves(quarter)
    probationary = min(2, members - 3)
    parent = one.key[:-1]
    began = date(2023, 3, 15)
    return make_line(FORM, unit, f"{quarter[0]}Q{quarter[1]}", {
        "party_org_id": one.party_org_id, "party_org_name": f"中共{unit.name}{one.kind}",
        "parent": f"DZZ-{parent}" if parent else "DZZ-SASAC", "kind": one.kind, "founded": date(2008, 7, 1),
        "term": one.term, "term_from": began, "election_due": date(2023 + one.term, 3, 14),
        "seats": 7, "filled": 7, "secretary_vacant": False, "members": members, "full_members": members - probationary,
        "probationary": probationary, "female": members // 3, "young": members // 4, "frontline": members // 2,
        "admitted": admitted, "moved_in": moved_in, "moved_out": 0, "lost": 0, "joint_chair": True, "in_charter": True,
        "list_version_on": date(2022, 1, 1), "meetings_due": 3, "held": 3, "theme_days": 3, "appraisal": True, "budget": members * 100_000,
        "spent": members * 20_000 * quarter[1], "premises": 1, "teams_without": 0,
    }, plan.world.style(unit, quarter[0]))  # fmt: skip


def go_wrong(plan: Plan) -> None:
    line = pick(plan, FORM, key="A1", period="2025Q1")
    for one in (line, *following(plan, line)):
        changes = {"term_from": date(2021, 1, 15), "election_due": date(2024, 1, 14)}
        earlier = [("PTY-16", "term_from")] if one is line else []
        plant(plan, "expired_term", one, changes, queries=[("PTY-6", "election_due")], related=earlier, shown=("party_building", "W29"))
    line = pick(plan, FORM, key="B", period="2025Q1")
    members = line.values["members"]
    plant(plan, "members_typed", line, {"members": members + 10 if isinstance(members, int) else None}, errors=[("PTY-1", "members")],
          days=4)  # fmt: skip
    line = pick(plan, FORM, key="A2", period="2025Q1")
    plant(plan, "vacant_unsaid", line, {"secretary_vacant": True, "filled": 6}, queries=[("PTY-5", "secretary_vacant")])
    line = pick(plan, FORM, key="B1", period="2025Q1")
    plant(plan, "arrivals_left_out", line, {"moved_in": 3}, related=[("PTY-15", "members")])
    line = pick(plan, FORM, kind="党支部", period="2025Q1")
    plant(plan, "joint_only", line, {"kind": "联合支部"}, queries=[("PTY-18", "full_members")])


def look_alikes(plan: Plan) -> Iterator[LookAlike]:
    yield from lawful(plan, "expired_term", FORM, "本届任期未满", lambda one: True)
    yield from lawful(plan, "members_typed", FORM, "正式与预备之和等于总数", lambda one: True)
    yield from lawful(plan, "vacant_unsaid", FORM, "书记在任", lambda one: True)
    yield from lawful(plan, "joint_only", FORM, "有自己的党组织", lambda one: one.cells["kind"] != "联合支部")
    yield from lawful(plan, "arrivals_left_out", FORM, "本季发展党员，总数相应增加", lambda one: True)
