"""Functions of the predicate language that look something up by day: declared lines, and the calendar of workdays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from expectations.lexis import Refused
from expectations.nodes import Node
from expectations.target import Target, Type
from schemas.calendar import FIRST_KNOWN, moved_days
from schemas.codes import code_list
from schemas.declared import once_per_set

LINES = "mart_parameter"
_DAYS = Type("number", 10, 0)
_MONDAY = date(2003, 12, 29)


@dataclass(frozen=True)
class Line:
    """One value of a declared parameter; `supervisor`: whose own it is, '' for everybody's."""

    value: str
    since: date
    until: date | None
    supervisor: str


@dataclass(frozen=True)
class ParameterNode(Node):
    """The value in force on a day, of the unit's supervisor where it has its own; unknown where none is in force."""

    lines: tuple[Line, ...]
    day: Node
    supervisor: Node | None
    type: Type

    def sql(self, to: Target) -> str:
        day, cases = self.day.sql(to), []
        for line in self.lines:
            tests = [f"{day} >= DATE '{line.since.isoformat()}'"]
            tests += [f"{day} < DATE '{line.until.isoformat()}'"] if line.until else []
            tests += [f"{self.supervisor.sql(to)} = {to.text(line.supervisor)}"] if self.supervisor and line.supervisor else []
            cases.append(f"WHEN {' AND '.join(tests)} THEN CAST({line.value} AS {self.type.sql})")
        return f"(CASE {' '.join(cases)} END)"

    def parts(self) -> tuple[Node, ...]:
        return (self.day, self.supervisor) if self.supervisor else (self.day,)


@dataclass(frozen=True)
class WorkdaysNode(Node):
    """Workdays from one day to another, both counted; 0 where the second is the earlier, unknown before holidays are known."""

    first: Node
    last: Node
    type = _DAYS

    def sql(self, to: Target) -> str:
        first, last = self.first.sql(to), self.last.sql(to)
        within = f"d >= {first} AND d <= {last}"
        off, on = ((_listed(to, days), within) for days in moved_days())
        plain = f"{_weekdays(to, last)} - {_weekdays(to, first)} + {_weekday(to, first)}"
        counted = f"{plain} - {_count(to, *off)} + {_count(to, *on)}"
        known = f"{first} >= DATE '{FIRST_KNOWN.isoformat()}'"
        return f"(CASE WHEN {first} > {last} THEN CAST(0 AS {_DAYS.sql}) WHEN {known} THEN CAST({counted} AS {_DAYS.sql}) END)"

    def parts(self) -> tuple[Node, ...]:
        return (self.first, self.last)


def _since(to: Target, day: str) -> str:
    monday = f"DATE '{_MONDAY.isoformat()}'"
    return f"DATE_DIFF('day', {monday}, {day})" if to.dialect == "duckdb" else f"DATEDIFF({day}, {monday})"


def _weekdays(to: Target, day: str) -> str:
    """From Monday to Friday, of the days from `_MONDAY` up to and with the day."""
    since, whole = _since(to, day), "//" if to.dialect == "duckdb" else "div"
    return f"(({since} {whole} 7) * 5 + LEAST({since} % 7 + 1, 5))"


def _weekday(to: Target, day: str) -> str:
    return f"(CASE WHEN {_since(to, day)} % 7 < 5 THEN 1 ELSE 0 END)"


def _listed(to: Target, days: tuple[date, ...]) -> str:
    listed = ", ".join(f"DATE '{day.isoformat()}'" for day in days)
    return f"[{listed}]" if to.dialect == "duckdb" else f"array({listed})"


def _count(to: Target, listed: str, within: str) -> str:
    return f"len(list_filter({listed}, lambda d: {within}))" if to.dialect == "duckdb" else f"size(filter({listed}, d -> {within}))"


@once_per_set
def _known(name: str) -> tuple[Line, ...]:
    """Lines of a parameter: each supervisor's own before everybody's."""
    named = [(code, *code.code.partition("@")[::2]) for code in code_list(LINES)]
    found = [Line(code.extra["value"], code.valid_from, code.valid_to, own) for code, base, own in named if base == name]
    return tuple(sorted(found, key=lambda line: not line.supervisor))


def parameter(name: str, day: Node, supervisor: Node | None) -> ParameterNode:
    """Raises Refused where nobody declared it."""
    lines = tuple(line for line in _known(name) if supervisor or not line.supervisor)
    if not lines:
        raise Refused(f"代码表 {LINES} 里没有参数“{name}”", f"在 schemas/codes/{LINES}.csv 里增加一行，或改正名字")
    split = [line.value.lstrip("-").partition(".") for line in lines]
    return ParameterNode(lines, day, supervisor, Type("literal", max(len(w) for w, _, _ in split), max(len(d) for *_, d in split)))
