"""What becomes of every file and every entry in it: its own findings, then the rules of resubmission in order of arrival."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from samples.balances import Found, within
from samples.filing import FORM, Filed
from samples.ids import organisation_digit, outer_digit
from samples.line import Line
from samples.plan import Plan
from samples.sending import Sent
from schemas.codes import code_list
from schemas.load import form

# What F02 calls a query; every other check of a record by itself is an error.
QUERIES = frozenset({"B02-3", "B09-1", "B11-6", "B11-7", "B12-1", "B12-3", "B12-4", "B13-1", "B17-1", "UID-2", "UID-3"})
STANDING = ("in force", "to explain")
Key = tuple[str, str, str, str]


@dataclass
class Entry:
    """One unit, period and scope of one file. `errors`, `queries`: (rule, column) of its records by themselves; `content`: a hash.

    `wrong`: how many of its `rows` records have an error. Of a form that returns whole entries one is enough.
    """

    sent: Sent
    form: str
    unit_id: str
    period: str
    scope: str
    content: str
    rows: int = 0
    wrong: int = 0
    errors: list[Found] = field(default_factory=list)
    queries: list[Found] = field(default_factory=list)
    record: Filed | None = None
    lines: list[Line] = field(default_factory=list)
    state: str = "pending"
    reason: str = ""

    @property
    def key(self) -> Key:
        return self.form, self.unit_id, self.period, self.scope

    @property
    def refused(self) -> bool:
        return self.wrong == self.rows or (self.wrong > 0 and form(self.form).acceptance == "entry")

    def note(self, errors: Sequence[Found], queries: Sequence[Found]) -> None:
        self.rows += 1
        self.wrong += bool(errors)
        self.errors += errors
        self.queries += queries


@dataclass
class Outcome:
    """`entries` in order of arrival; `rejected`: files refused whole, with the rule; `standing`: key → the entry that counts."""

    entries: list[Entry] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    standing: dict[Key, Entry] = field(default_factory=dict)

    def verdict(self, sent: Sent) -> str:
        if sent.path in self.rejected:
            return "rejected"
        mine = [e for e in self.entries if e.sent is sent]
        back = [e.state == "returned" for e in mine]
        return "returned" if all(back) else "partial" if any(back) or any(e.wrong for e in mine) else "accepted"


def decide(plan: Plan) -> Outcome:
    made = Outcome()
    for sent in plan.in_order():
        if sent.bytes_of:
            made.rejected[sent.path] = "SUB-DUPLICATE"
            continue
        for entry in _entries(sent):
            _settle(made, entry)
            made.entries.append(entry)
    return made


def _settle(made: Outcome, new: Entry) -> None:
    standing, revision = made.standing.get(new.key), new.sent.revision
    if new.refused:
        new.state, new.reason = "returned", "ACC-ENTRY"
    elif standing is None or form(new.form).accumulation == "append":
        _stand(made, new)
    elif revision and revision < standing.sent.revision:
        new.state, new.reason = "superseded", "SUB-LATE"
    elif new.content == standing.content:
        new.state, new.reason = "returned", "SUB-UNCHANGED"
    elif not revision:
        new.state, new.reason = "returned", "SUB-UNNAMED"
    elif revision == standing.sent.revision:
        new.state, new.reason = "to review", "SUB-FORK"
    else:
        standing.state, standing.reason = "superseded", "SUB-NEWER"
        _stand(made, new)


def _stand(made: Outcome, new: Entry) -> None:
    new.state = "to explain" if new.queries else "in force"
    made.standing[new.key] = new


def _entries(sent: Sent) -> Iterator[Entry]:
    made: dict[tuple[str, str, str], Entry] = {}
    for record in sent.records:
        _add_record(made, sent, record)
    for line in sent.lines:
        place = (line.unit_id, line.period, line.scope)
        entry = made.setdefault(place, Entry(sent, sent.form, *place, ""))
        entry.content = _digest((entry.content, *line.cells.values()))
        entry.lines.append(line)
        entry.note(line.errors, [*line.queries, *code_findings(line.unit_id)])
    yield from made.values()


def _add_record(made: dict[tuple[str, str, str], Entry], sent: Sent, record: Filed) -> None:
    place = (record.unit_id, record.period, record.scope)
    record.freeze()
    found = record_findings(record)
    content = _digest(_value(record, c.name) for c in form(FORM).columns)
    if place in made:
        again: Found = ("KEY-DUP", "unit_id")
        found += [again, again]
    entry = made.setdefault(place, Entry(sent, FORM, *place, content, record=record))
    entry.note([f for f in found if f[0] not in QUERIES], [f for f in found if f[0] in QUERIES])


def _digest(values: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(values).encode()).hexdigest()


def _value(record: Filed, column: str) -> str:
    item = form(FORM).by_name[column].item
    return str(record.amount(column)) if item else record.cells.get(column, "")


def record_findings(record: Filed) -> list[Found]:
    """What a record breaks by itself, line for line of the form."""
    found = [*code_findings(record.unit_id), *within(record)]
    for column in form(FORM).columns:
        text = record.cells.get(column.name, "").strip()
        if column.required and text in ("", "-"):
            found.append((f"REQ-{column.name}", column.name))
        elif column.item and text not in ("", "-") and record.amount(column.name) is None:
            found.append((f"TYP-{column.name}", column.name))
    known = {code.code for code in code_list("statement_type")}
    if record.cells["statement_type"] not in known:
        found.append(("COD-statement_type", "statement_type"))
    return found


def code_findings(unit_id: str) -> list[Found]:
    if ":" in unit_id:
        return []
    outer = [] if outer_digit(unit_id[:17]) == unit_id[17] else [("UID-2", "unit_id")]
    return outer + ([] if organisation_digit(unit_id[8:16]) == unit_id[16] else [("UID-3", "unit_id")])
