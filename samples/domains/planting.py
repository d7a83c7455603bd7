"""How a clerk's mistake gets into a line, and what is written down of it for the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import timedelta

from samples.city import PILOT
from samples.line import Found, Line, Value
from samples.plan import Fault, LookAlike, Plan
from samples.sending import Sent, file_name

Test = Callable[[Line], bool]


def pick(plan: Plan, name: str, **cells: str) -> Line:
    """The first line of a form with these texts (`key`: the unit) that nothing is wrong with. Raises LookupError if there is none."""
    for _, line in plan.lines(name):
        said = {"key": line.key, "period": line.period, **line.cells}
        if all(said[column] == text for column, text in cells.items()) and not touched(plan, line):
            return line
    raise LookupError(f"{name} 没有 {cells} 这一行，换一行来放差错")


def touched(plan: Plan, line: Line) -> bool:
    if line.errors or line.queries or line.related:
        return True
    return any((f.form, f.unit_id, f.period, f.record) == (line.form, line.unit_id, line.period, line.own) for f in plan.faults)


def sent_with(plan: Plan, line: Line) -> Sent:
    return next(s for s in plan.sent if any(one is line for one in s.lines))


def plant(
    plan: Plan, kind: str, line: Line, changes: Mapping[str, Value], *, errors: Sequence[Found] = (), queries: Sequence[Found] = (),
    related: Sequence[Found] = (), shown: Sequence[str] = (), days: int | None = None, columns: Sequence[str] = (),
) -> None:  # fmt: skip
    """Types `changes` over the line. `days`: so many days later a revision of the whole entry puts it right.

    Given rules: every (rule, column) it must be found under; `columns`: the cells that are wrong, if others than those changed.
    """
    sent = sent_with(plan, line)
    if days is not None:
        _correct(plan, sent, line, days)
    line.put(changes)
    line.errors += errors
    line.queries += queries
    line.related += related
    rules = sorted({rule for rule, _ in (*errors, *queries, *related)})
    plan.faults.append(Fault(kind, sent.path, line.form, line.unit_id, line.period, line.scope, tuple(columns or changes), tuple(rules),
                             days is not None, line.own, tuple(shown)))  # fmt: skip


def _correct(plan: Plan, sent: Sent, line: Line, days: int) -> None:
    sent.revision = sent.revision or 1
    entry = [deepcopy(one) for one in sent.lines if (one.unit_id, one.period, one.scope) == (line.unit_id, line.period, line.scope)]
    kind = "csv-utf-8-sig" if sent.kind == "zip" else sent.kind
    name = file_name(f"{line.unit_id.replace(':', '-')}-{line.own.replace(' ', '-')}", kind, 2)
    plan.sent.append(Sent(sent.folder, name, sent.form, sent.period, kind, sent.arrived + timedelta(days), unit=line.unit_id, revision=2,
                          lines=entry))  # fmt: skip


def fen(line: Line, column: str) -> int:
    """The amount the books have. Raises TypeError where there is none."""
    value = line.values[column]
    if not isinstance(value, int):
        raise TypeError(f"{line.form} {line.own} 的 {column} 不是金额")
    return value


def following(plan: Plan, line: Line) -> Iterator[Line]:
    """The same record in later periods, in order."""
    return iter(sorted((one for one in _same(plan, line) if one.period > line.period), key=lambda one: one.period))


def preceded(plan: Plan, line: Line) -> bool:
    """Whether the same record stands in an earlier period."""
    return any(one.period < line.period for one in _same(plan, line))


def _same(plan: Plan, line: Line) -> Iterator[Line]:
    return (one for _, one in plan.lines(line.form) if (one.unit_id, one.own) == (line.unit_id, line.own))


def lawful(plan: Plan, kind: str, name: str, why: str, test: Test, wanted: int = 6) -> Iterator[LookAlike]:
    """The first lines of a form that pass the test and with which, and with whose entry, nothing is wrong."""
    wrong = {(f.form, f.unit_id, f.period) for f in plan.faults}
    pilot = plan.city.units[PILOT].unit_id
    for _, line in plan.lines(name):
        if wanted and line.unit_id != pilot and (name, line.unit_id, line.period) not in wrong and not touched(plan, line) and test(line):
            wanted -= 1
            yield LookAlike(kind, name, line.unit_id, line.period, line.scope, why, line.own)
