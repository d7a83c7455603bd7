"""Units that hold each other: found as each registered line closes a circle of holdings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import values
from jobs.slips import found
from schemas.contract import Rule

Line = tuple[str, str, str]  # unit, day from which it holds, owner


def circles(records: DataFrame, rule: Rule) -> DataFrame:
    """Lines whose owner is, by the lines in force on their day, itself held by the unit: directly (`two`) or through others (`more`).

    Who holds whom, a line an owner, passes through the driver: a circle has no bound on its length.
    """
    owner, share = rule.parameters["owner"], rule.parameters["share"]
    lines = records.where(F.col(share) > 0).select("unit_id", "period", owner).where(F.col(owner).isNotNull())
    closed = closing((tuple(row) for row in lines.distinct().collect()), direct=rule.parameters["members"] == "two")
    place = ["unit_id", "period", owner]
    told = values(records, dict.fromkeys(place, "text"), closed)
    return found(records.join(F.broadcast(told), place, "left_semi"), rule, f"'{owner}'", owner)


def closing(lines: Iterable[Line], *, direct: bool) -> Iterator[Line]:
    """In order of day. The lines of a unit are those of its last day; what closes a circle of two is not told as a longer one."""
    held_by: dict[str, set[str]] = {}
    days: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for unit, day, owner in lines:
        days[day][unit].add(owner)
    for day in sorted(days):
        held_by |= days[day]
        for unit, owners in sorted(days[day].items()):
            for owner in sorted(owners - {unit}):
                mutual = unit in held_by.get(owner, ())
                if mutual if direct else not mutual and unit in _above(owner, held_by):
                    yield unit, day, owner


def _above(unit: str, held_by: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    left = {unit}
    while left:
        left = {owner for one in left for owner in held_by.get(one, ())} - seen
        seen |= left
    return seen
