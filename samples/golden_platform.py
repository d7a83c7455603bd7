"""Golden rows of the platform's own marts: `network_coverage` and `service_items`, from the lines in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from samples.accounts import period_end
from samples.filing import figure
from samples.golden_domains import nodes_on
from samples.golden_known import UNITS, Known, Row, Value, parameter, quotient, told
from samples.line import Line
from samples.truth import last_day
from schemas.codes import code_list

_MONTHS = {"二级": "protection_months_2", "三级": "protection_months_3", "四级": "protection_months_4"}
_SAVED = ("items", "steps", "documents", "days")


def network_coverage(known: Known) -> Iterator[Row]:
    """Nodes of units, group, district and city by level; systems and events of the units."""
    lines = known.standing.every
    for period in sorted({line.period for line in lines("network_access")}):
        filed = [line for line in lines("network_access") if line.period == period]
        for node, keys in nodes_on(known.plan, last_day(period)).items():
            alive = {unit.key for unit in known.city.alive(last_day(period))} & keys
            scope = "single" if len(keys) == 1 and not node.startswith("jg:") else "aggregate"
            yield from _nodes(node, period, scope, [line for line in filed if line.key in alive], len(alive))
    yield from (_system(line) for line in lines("network_system") if line.key in UNITS)
    yield from (_event(line, known.city.today) for line in lines("network_event") if line.key in UNITS)


def _nodes(node: str, period: str, scope: str, filed: list[Line], units: int) -> Iterator[Row]:
    for level in (*sorted({line.cells["node_level"] for line in filed}), *["*"] * bool(filed)):
        mine = [line for line in filed if level in ("*", line.cells["node_level"])]
        up = [line for line in mine if line.cells["status"] == "已接入"]
        reached = len({line.key for line in up})
        yield _network(node, period, scope, "access", level, {
            "level": level, "nodes": len(mine), "connected": len(up), "connect_rate": quotient(len(up), len(mine)),
            "units": units, "units_connected": reached, "unit_rate": quotient(reached, units),
            **{name: _sum(up, name) for name in ("terminals", "systems", "interfaces")},
            **{f"{name}_rate": _mean(up, f"{name}_rate") for name in ("auto", "online", "domestic")},
        })  # fmt: skip


def _system(line: Line) -> Row:
    end, grade = last_day(line.period), line.cells["grade"]
    assessed, crypto = line.values["assessed_on"], line.values["crypto_assessed_on"]
    expires = assessed_until(line)
    crypto_expires = _later(crypto, int(parameter("crypto_months", end)))
    risks = _whole(line, "high_risks") - _whole(line, "fixed")
    return _network(line.unit_id, line.period, "", "system", line.cells["system_name"], {
        "level": grade, "assessed_on": assessed, "expires_on": expires, "expired": expires is None or expires < end,
        "crypto_assessed_on": crypto, "crypto_result": line.cells["crypto_result"], "crypto_expires_on": crypto_expires,
        "crypto_expired": crypto_expires is None or crypto_expires < end, "high_risks_open": risks,
        "overdue_days": None if expires is None else max(0, (end - expires).days),
    })  # fmt: skip


def assessed_until(line: Line) -> date | None:
    """The day to which a system's last assessment holds, by its grade."""
    return _later(line.values["assessed_on"], int(parameter(_MONTHS[line.cells["grade"]], last_day(line.period))))


def _event(line: Line, today: date) -> Row:
    due, answered = line.values["feedback_due"], line.values["closed"] or line.values["handled"]
    drill, over = line.cells["is_drill"] == "是", None
    if isinstance(due, date):
        until = answered if isinstance(answered, date) else today
        over = (until - due).days
    return _network(line.unit_id, line.period, "", "event", line.cells["event_no"], {
        "level": line.cells["severity"], "event_kind": line.cells["kind"], "drill": drill, "open": not line.values["closed"],
        "due_on": due, "answered_on": answered, "in_time": None if over is None else over <= 0,
        "overdue_days": 0 if drill else None if over is None else max(0, over),
    })  # fmt: skip


def _network(node: str, period: str, scope: str, kind: str, item: str, values: Mapping[str, Value]) -> Row:
    return told("network_coverage", {"unit_id": node, "period": period, "scope": scope, "kind": kind, "item": item}, values)


def _later(day: object, months: int) -> date | None:
    """The same day months later, or the month's last."""
    if not isinstance(day, date):
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, period_end(year, month + 1).day))


def service_items(known: Known) -> Iterator[Row]:
    """Of the supervisor's own office, by quarter and by the office in charge ('*': all)."""
    offices = {code.code for code in code_list("office") if code.valid_to is None}
    filed = [line for line in known.standing.every("service_item") if line.cells["status"] != "已取消"]
    for period in sorted({line.period for line in filed}):
        mine = [line for line in filed if line.period == period]
        firsts = _first_of_things(mine)
        for office in (*sorted({line.cells["office"] or "未明确" for line in mine}), "*"):
            yield _items(office, [line for line in mine if office in ("*", line.cells["office"] or "未明确")], firsts, offices)


def _first_of_things(lines: Iterable[Line]) -> list[Line]:
    """Of each “one thing” its first item, which alone counts for it."""
    named = sorted((line for line in lines if line.cells["one_thing_id"]), key=lambda line: line.own)
    return [line for n, line in enumerate(named) if all(line.cells["one_thing_id"] != b.cells["one_thing_id"] for b in named[:n])]


def _items(office: str, mine: list[Line], firsts: list[Line], offices: set[str]) -> Row:
    def count(column: str, text: str) -> int:
        return sum(line.cells[column] == text for line in mine)

    things = [line for line in mine if line in firsts]
    before, after = ({what: _sum(things, f"{when}_{what}") for what in _SAVED} for when in ("before", "after"))
    saved = {f"saved_{w}": quotient((before[w] or 0) - (after[w] or 0), before[w] or 0) for w in _SAVED}
    over = sum(bool(line.cells["legal_days"]) and _whole(line, "promised_days") > _whole(line, "legal_days") for line in mine)
    online, mobile = count("online", "是"), count("mobile", "是")
    return told("service_items", {"unit_id": mine[0].unit_id, "period": mine[0].period, "office": office}, {
        "items": len(mine), "smallest_items": count("smallest", "是"), "launched": count("status", "已上线"), "online_items": online,
        "mobile_items": mobile, "online_rate": quotient(online, len(mine)), "mobile_rate": quotient(mobile, len(mine)),
        "volume": _sum(mine, "volume"), "things": len(things), **saved, "over_legal": over, "without_system": count("system", ""),
        "without_guide": count("guide_version", ""), "without_owner": sum(line.cells["office"] not in offices for line in mine),
    })  # fmt: skip


def _whole(line: Line, column: str) -> int:
    return int(line.cells[column] or 0)


def _sum(lines: Iterable[Line], column: str) -> int | None:
    numbers = [int(line.cells[column]) for line in lines if line.cells[column]]
    return sum(numbers) if numbers else None


def _mean(lines: list[Line], column: str) -> Fraction | None:
    """Of the rates filed in per cent, over all that are connected."""
    filed = [value for line in lines if (value := figure(line.cells[column])) is not None]
    return quotient(sum(filed, Decimal(0)), 100 * len(lines)) if filed else None
