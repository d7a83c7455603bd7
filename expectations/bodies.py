"""Whether the bodies of a unit met over a topic in the order that its own list asks, in SQL that both engines read alike.

Of a topic's days, the party committee's and that of the body that decided are the decision's own; any other body's is the first day
on which its minutes have the topic. A body of which no minutes are filed is not out of order.
"""

from __future__ import annotations

from itertools import combinations

LIST, MEETING, TOPIC = "decision_item_list", "decision_meeting", "decision_meeting_line"
READS = (LIST, MEETING, TOPIC)
# How a list writes a body, and the kind of meeting it is.
BODIES = {
    "党委前置": "党委（党组）会", "总办会": "总经理（院长）办公会", "专委会": "董事会专门委员会",
    "董事会": "董事会", "股东会": "股东（大）会", "职代会": "职工代表大会",
}  # fmt: skip
PARTY = "党委前置"
KEY = ("unit_id", "period", "topic_id")
_HELD = """
SELECT l.unit_id, l.topic_id, {days} FROM {lines} AS l
JOIN {meetings} AS m ON l.unit_id = m.unit_id AND l.held_on = m.held_on AND l.meeting_id = m.meeting_id
GROUP BY l.unit_id, l.topic_id"""
_TOLD = """
SELECT r.unit_id, r.period, r.topic_id FROM {own} AS r
JOIN {listed} AS i ON r.unit_id = i.unit_id AND r.period = i.period AND r.item_code = i.item_code
LEFT JOIN ({held}) AS h ON r.unit_id = h.unit_id AND r.topic_id = h.topic_id
WHERE {broken}"""


def out_of_order(own: str, listed: str, meetings: str, lines: str) -> str:
    """A query of KEY of the decisions out of order. Given: names of tables, `listed` being the items in use on the day of each period."""
    days = ", ".join(f"MIN(CASE WHEN m.meeting_kind = '{kind}' THEN l.held_on END) AS day_{n}" for n, kind in enumerate(BODIES.values()))
    held = _HELD.format(days=days, lines=lines, meetings=meetings)
    broken = " OR ".join(_swapped(*pair) for pair in combinations(enumerate(BODIES), 2))
    return _TOLD.format(own=own, listed=listed, held=held, broken=broken)


def _swapped(one: tuple[int, str], other: tuple[int, str]) -> str:
    """Both are asked, and the one that is asked first met later. That the study came before the decision is a rule of its own."""
    (n, first), (m, second) = one, other
    places = [f"instr(i.bodies, '{body}')" for body in (first, second)]
    before, after = _day(n, first), _day(m, second)
    turned = f"{places[0]} < {places[1]} AND {before} > {after} OR {places[0]} > {places[1]} AND {before} < {after}"
    told = f"NOT (r.party_on IS NOT NULL AND r.decided_by = '{BODIES[second]}') AND " if first == PARTY else ""
    return f"({told}{places[0]} > 0 AND {places[1]} > 0 AND ({turned}))"


def _day(number: int, body: str) -> str:
    own = f"CASE WHEN r.decided_by = '{BODIES[body]}' THEN r.decided_on ELSE h.day_{number} END"
    return f"COALESCE(r.party_on, {own})" if body == PARTY else f"({own})"
