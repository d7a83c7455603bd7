"""The truth file: what was planted, what must be found and nothing else, what becomes of every file, who reported and who did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from samples.accounts import period_end
from samples.balances import Found, first_of_year, wholly_owned
from samples.city import PILOT, City, Unit
from samples.filing import FORM, Filed
from samples.line import Line
from samples.plan import Plan
from samples.relations import across
from samples.sending import DUE, DUE_ANNUAL, Sent
from samples.verdicts import STANDING, Entry, Outcome
from schemas.load import form

Row = dict[str, Any]
ANNUAL = "annual_finance"


def truth(plan: Plan, outcome: Outcome) -> Row:
    """`findings`: of records by themselves, one a batch and cell; `relations`: between records in force; `pilot_codes`: units
    whose lawful code breaks the check digit: UID-2 in every file, a query and no fault.

    Only errors and queries are listed: notices (an optional column left out) are not part of the truth.
    """
    return {
        "seed": plan.city.seed,
        "size": plan.city.size,
        "today": plan.city.today.isoformat(),
        "periods": [period for period, _ in plan.periods()],
        "faults": [asdict(fault) for fault in plan.faults],
        "look_alikes": [asdict(one) for one in plan.look_alikes],
        "pilot_codes": [plan.city.units[PILOT].unit_id],
        "submissions": [_submission(outcome, sent) for sent in plan.in_order()],
        "entries": [_entry(entry) for entry in outcome.entries],
        "findings": [*_findings(plan, outcome)],
        "relations": [*relations(plan.city, outcome)],
        "coverage": [*coverage(plan, outcome)],
    }


def _submission(outcome: Outcome, sent: Sent) -> Row:
    return {"file": sent.path, "form": sent.form, "period": sent.period, "arrived": sent.arrived.isoformat(),
            "records": sent.count, "verdict": outcome.verdict(sent), "rule_id": outcome.rejected.get(sent.path, "")}  # fmt: skip


def _entry(entry: Entry) -> Row:
    return {"file": entry.sent.path, "form": entry.form, "unit_id": entry.unit_id, "period": entry.period,
            "scope": entry.scope, "state": entry.state, "rule_id": entry.reason}  # fmt: skip


def _findings(plan: Plan, outcome: Outcome) -> Iterator[Row]:
    for entry in outcome.entries:
        for severity, found in (("error", entry.errors), ("query", entry.queries)):
            for rule, column in sorted(found):
                yield {"file": entry.sent.path, "form": entry.form, "unit_id": entry.unit_id, "period": entry.period,
                       "scope": entry.scope, "rule_id": rule, "column": column, "severity": severity}  # fmt: skip
    for sent in plan.in_order():
        required = {i.name for i in form(FORM).items if i.required}
        for item in sorted({i for items in sent.without.values() for i in items if i in required}):
            for measure in ("opening", "closing", "ly_closing"):
                yield {"file": sent.path, "form": sent.form, "unit_id": sent.unit, "period": sent.period, "scope": None,
                       "rule_id": "HDR-MISSING", "column": f"{item}_{measure}", "severity": "error"}  # fmt: skip


def relations(city: City, outcome: Outcome) -> Iterator[Row]:
    """Findings between records that stand, all queries."""
    records = {e.key[1:]: e.record for e in outcome.standing.values() if e.record is not None}
    records |= {e.key[1:]: _as_filed(line) for e in outcome.standing.values() if e.form == ANNUAL for line in e.lines}
    by_id = {unit.unit_id: unit for unit in city.units.values()}
    for (unit_id, period, scope), record in ((key, r) for key, r in records.items() if len(key[1]) > len("2024")):
        for rule, column in sorted(set(_related(city, record, by_id.get(unit_id), records))):
            yield {"form": FORM, "unit_id": unit_id, "period": period, "scope": scope, "rule_id": rule, "column": column}
    for entry in outcome.standing.values():
        beside = entry.record.related if entry.record else []
        for rule, column in sorted([*beside, *(f for line in entry.lines if not line.errors for f in line.related)]):
            yield {"form": entry.form, "unit_id": entry.unit_id, "period": entry.period, "scope": entry.scope,
                   "rule_id": rule, "column": column}  # fmt: skip


def _related(
    city: City, record: Filed, unit: Unit | None, records: Mapping[tuple[str, str, str], Filed]
) -> Iterator[Found]:  # fmt: skip
    year, month = (int(part) for part in record.period.split("-"))
    day = period_end(year, month)
    if unit is None or unit.spell(day) is None:
        yield "REG-1", "unit_id"
    else:
        yield from wholly_owned(record, unit.legal_form)
    if month == 2:
        yield from first_of_year(record)
    before = previous(record.period)
    at = {"previous": before, "previous_in_year": before if before[:4] == record.period[:4] else "",
          "year_end": f"{year - 1}-12", "year_ago": f"{year - 1}-{month:02d}", "annual": str(year - 1)}  # fmt: skip
    yield from across(record, {name: records.get((record.unit_id, p, record.scope)) for name, p in at.items()})


def _as_filed(line: Line) -> Filed:
    """Annual accounts under the names of the monthly report, which they share."""
    return Filed(line.key, line.unit_id, line.period, line.scope, line.style, line.cells)


def previous(period: str) -> str:
    """The report before: December before a combined January and February."""
    year, month = (int(part) for part in period.split("-"))
    return f"{year - 1}-12" if month <= 2 else f"{year}-{month - 1:02d}"


@dataclass(frozen=True)
class Asked:
    """A form that units of the registry must file: when each period is due, who is exempt, how long figures are provisional."""

    form: str
    due: Mapping[str, str]
    files: Callable[[Unit], bool]
    provisional: timedelta


ASKED = (Asked(FORM, DUE, lambda unit: unit.files_monthly, timedelta(4)), Asked(ANNUAL, DUE_ANNUAL, lambda _: True, timedelta(0)))


def coverage(plan: Plan, outcome: Outcome) -> Iterator[Row]:
    """Who was to report what, and did, of every period from the first filed to the last that is over."""
    return (row for asked in ASKED for row in _covered(plan, outcome, asked))


def _covered(plan: Plan, outcome: Outcome, form: Asked) -> Iterator[Row]:
    """A correction keeps the day of the first that was accepted."""
    days: dict[tuple[str, str, str], date] = {}
    for entry in outcome.entries:
        if entry.form == form.form and entry.state in (*STANDING, "superseded"):
            days.setdefault(entry.key[1:], entry.sent.arrived)
    received = {e.key[1:] for e in outcome.standing.values() if e.form == form.form}
    first = min((period for _, period, _ in received), default=None)
    ends = {period: end for period in form.due if first and first <= period and (end := last_day(period)) < plan.city.today}
    asked = {(u.unit_id, period, scope): form.files(u) for period, day in ends.items() for u, scope in _asked(plan, day)}
    for key in sorted({*asked, *received}):
        due, day = date.fromisoformat(form.due[key[1]]), days.get(key)
        expected, came = asked.get(key, False), key in received
        yield {"form": form.form, "unit_id": key[0], "period": key[1], "scope": key[2], "expected": expected, "received": came,
               "late": came and day is not None and day > due, "missing": expected and not came and plan.city.today > due,
               "excluded": key in asked and not expected,
               "maturity": _maturity(expected, came, plan.city.today, due, due + form.provisional)}  # fmt: skip


def last_day(period: str) -> date:
    """Of a month (`2024-03`), a quarter (`2024Q1`) or a year."""
    year, quarter, number = period.partition("Q") if "Q" in period else period.partition("-")
    return period_end(int(year), int(number or 12) * (3 if quarter == "Q" else 1))


def _maturity(expected: bool, came: bool, today: date, due: date, final: date) -> str:
    if came:
        return "暂定" if today < final else "确定"
    return "免报" if not expected else "未到期" if today <= due else "迟报"


def _asked(plan: Plan, day: date) -> Iterator[tuple[Unit, str]]:
    for unit in plan.city.alive(day):
        yield unit, "single"
        if plan.city.consolidates(unit.key, day):
            yield unit, "consolidated"
