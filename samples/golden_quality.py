"""Golden rows of `data_quality`: how many records a rule was held against, and how many broke it, where any did."""

from __future__ import annotations

from collections.abc import Iterator

from samples.golden_known import UNITS, Known, Row, quotient, told
from samples.verdicts import STANDING, Entry, code_findings
from schemas.load import form

Place = tuple[str, str, str]  # form, unit, period


def data_quality(known: Known) -> Iterator[Row]:
    """Of the units: by rules of the record everything sent, by rules between records what is in force."""
    ids = {known.city.units[key].unit_id for key in UNITS}
    rows: dict[Place, int] = {}
    stands: dict[Place, int] = {}
    broken: dict[tuple[Place, str], int] = {}
    for entry in (entry for entry in known.outcome.entries if entry.unit_id in ids):
        place = (entry.form, entry.unit_id, entry.period)
        rows[place] = rows.get(place, 0) + _sent(entry)
        if entry.state in STANDING:
            stands[place] = stands.get(place, 0) + entry.rows - entry.wrong
        for rule in _broken(entry):
            broken[place, rule] = broken.get((place, rule), 0) + 1
    for (place, rule), count in broken.items():
        yield _row(place, rule, rows[place], count)
    for (place, rule), count in _between(known).items():
        if place in stands:
            yield _row(place, rule, stands[place], count)


def _sent(entry: Entry) -> int:
    """Of an entry sent back whole for some of its records only these are known."""
    return max(1, entry.wrong) if form(entry.form).acceptance == "entry" and entry.wrong else entry.rows


def _broken(entry: Entry) -> Iterator[str]:
    """Each rule once for each record that breaks it by itself."""
    if entry.record is not None:
        yield from {rule for rule, _ in (*entry.errors, *entry.queries)}
    for line in entry.lines:
        yield from {rule for rule, _ in (*line.errors, *line.queries, *code_findings(line.unit_id))}


def _between(known: Known) -> dict[tuple[Place, str], int]:
    """Records in force that break a rule beside others: a monthly report by its scope, a line by itself."""
    scopes: dict[tuple[Place, str], set[str]] = {}
    counted: dict[tuple[Place, str], int] = {}
    for found in known.truth["relations"]:
        scopes.setdefault(((found["form"], found["unit_id"], found["period"]), found["rule_id"]), set()).add(found["scope"])
    for entry in known.outcome.standing.values():
        for rule in (rule for line in entry.lines if not line.errors for rule in {rule for rule, _ in line.related}):
            place = (entry.form, entry.unit_id, entry.period)
            counted[place, rule] = counted.get((place, rule), 0) + 1
    return {key: counted.get(key, len(filed)) for key, filed in scopes.items()}


def _row(place: Place, rule: str, rows: int, broken: int) -> Row:
    form_name, unit, period = place
    judged = max(rows, broken)
    return told("data_quality", {"rule_id": rule, "form": form_name, "unit_id": unit, "period": period}, {
        "rows": judged, "broken": broken, "pass_rate": quotient(judged - broken, judged),
    })  # fmt: skip
