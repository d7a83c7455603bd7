"""Rules over one batch's records → true, false or unknown per record. Broken is false; unknown is not broken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from expectations.kinds import RECORD_KINDS
from expectations.predicate import entry_columns, parse, parse_value
from intake.duck import run
from intake.typed import Typed
from intake.words import Bools
from schemas.codes import windows
from schemas.contract import Check, Form, Rule
from schemas.declared import once_per_set
from schemas.implied import all_rules
from schemas.load import form as load_form

_ALIASES = {"": "r"}
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """One check over all records: `ok` and `known` per record; broken is known and not ok. `column` is the cell shown."""

    rule_id: str
    severity: str
    ok: Bools
    known: Bools
    column: str
    check: Check | None = None
    silent: bool = False

    @property
    def broken(self) -> Bools:
        return self.known & ~self.ok


@dataclass
class Verdicts:
    """All outcomes of a batch. A rule with several checks is false where any is, else unknown where any is."""

    rows: int
    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def add_all(self, outcomes: Iterable[Outcome]) -> None:
        self.outcomes.extend(outcomes)

    def excuse(self, nil: Bools, rule_id: str) -> None:
        """A record that files nothing is one notice, not a hundred missing figures."""
        if nil.any():
            kept = [Outcome(o.rule_id, o.severity, o.ok | nil, o.known, o.column, o.check, o.silent) for o in self.outcomes]
            self.outcomes = kept
        self.add(Outcome(rule_id, "notice", ~nil, np.ones(self.rows, bool), ""))

    def broken(self, severity: str) -> Bools:
        """Records that break a rule of that severity."""
        found = [o.broken for o in self.outcomes if o.severity == severity]
        return np.logical_or.reduce(found) if found else np.zeros(self.rows, bool)

    def broken_ids(self) -> list[list[str]]:
        broken: dict[int, set[str]] = {}
        for outcome in self.outcomes:
            for index in np.flatnonzero(outcome.broken).tolist():
                broken.setdefault(index, set()).add(outcome.rule_id)
        return [sorted(broken[index]) if index in broken else [] for index in range(self.rows)]

    def counts(self, file_of: Numbers) -> list[dict[str, dict[str, int]]]:
        """For each file, in order: rule → records for which it is true, false, unknown."""
        false: dict[str, Bools] = {}
        unknown: dict[str, Bools] = {}
        for o in self.outcomes:
            false[o.rule_id] = false[o.rule_id] | o.broken if o.rule_id in false else o.broken
            unknown[o.rule_id] = unknown[o.rule_id] | ~o.known if o.rule_id in unknown else ~o.known
        starts = np.flatnonzero(np.diff(file_of, prepend=-1))
        bad = np.add.reduceat(np.stack(list(false.values())).astype(np.int64), starts, axis=1)
        open_ = np.add.reduceat((np.stack(list(unknown.values())) & ~np.stack(list(false.values()))).astype(np.int64), starts, axis=1)
        rows = np.diff(np.append(starts, self.rows))
        return [
            {rule_id: {"true": int(rows[f] - bad[r, f] - open_[r, f]), "false": int(bad[r, f]), "unknown": int(open_[r, f])}
             for r, rule_id in enumerate(false)}
            for f in range(len(starts))
        ]  # fmt: skip


def implied(
    made: Form, typed: Typed, ends: pa.Array, periods: Sequence[str], file_of: Numbers, repeated: Bools | None = None
) -> Verdicts:
    """What follows from the columns: TYP-, REQ-, COD-, KEY-DUP, PER-DIFF. `periods`: of each record's submission; `repeated`: known
    already of each record, where these are not all of their file.
    """
    verdicts, everywhere = Verdicts(typed.values.num_rows), np.ones(typed.values.num_rows, bool)
    for column in made.columns:
        verdicts.add(Outcome(f"TYP-{column.name}", "error", ~typed.uncast(column.name), everywhere, column.name))
        if column.required:
            verdicts.add(Outcome(f"REQ-{column.name}", "error", ~typed.blank[column.name], everywhere, column.name))
        if column.codes:
            verdicts.add(_in_list(column.name, column.codes, typed, ends))
    twice = _repeated(made, typed.values, file_of) if repeated is None else repeated
    verdicts.add(Outcome("KEY-DUP", "error", ~twice, everywhere, made.key[0]))
    if made.period_from == "submission":
        period = typed.values.column("period")
        other = np.asarray(pc.fill_null(pc.not_equal(period, pa.array(periods, pa.string())), False), bool)
        verdicts.add(Outcome("PER-DIFF", "error", ~other, everywhere, "period"))
    return verdicts


def _in_list(name: str, codes: str, typed: Typed, ends: pa.Array) -> Outcome:
    """In the list on the last day of the record's period; unknown where nothing is filed or the day is not known."""
    values = typed.values.column(name).combine_chunks()
    ok = np.zeros(len(values), bool)
    for (start, end), members in windows(codes).items():
        inside = np.asarray(pc.fill_null(pc.greater_equal(ends, pa.scalar(start)), False), bool)
        if end is not None:
            inside &= np.asarray(pc.fill_null(pc.less(ends, pa.scalar(end)), False), bool)
        ok |= inside & np.asarray(pc.is_in(values, value_set=_members(members)), bool)
    known = ~typed.blank[name] & ~np.asarray(ends.is_null(), bool)
    return Outcome(f"COD-{name}", "error", ok, known, name)


@cache
def _members(codes: tuple[str, ...]) -> pa.Array:
    return pa.array(codes, pa.string())


def _repeated(made: Form, values: pa.Table, file_of: Numbers) -> Bools:
    """Every record of a key that stands twice in its file: nobody can say which one is meant."""
    keys = list(zip(file_of.tolist(), *(values.column(k).to_pylist() for k in made.key), strict=True))
    seen: dict[tuple[object, ...], int] = {}
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
    return np.array([None not in key and seen[key] > 1 for key in keys], bool)


def authored(made: Form, typed: Typed, ends: pa.Array, file_of: Numbers) -> list[Outcome]:
    """The contract's own rules that need only the record (relation rules are the lake's)."""
    rules = [r for r in made.row_rules if not r.kind or r.kind in RECORD_KINDS]
    outcomes = [_of_kind(rule, typed) for rule in rules if rule.kind]
    checks = [(rule, check) for rule in rules for check in rule.checks]
    results = _evaluate(made.name, typed.values, ends, file_of, len(checks))
    for (rule, check), result in zip(checks, results, strict=True):
        outcomes.append(Outcome(rule.id, rule.severity, result.ok, result.known, check.at, check))
    return [_when_valid(outcome, made.rule[outcome.rule_id], ends) for outcome in outcomes]


@dataclass(frozen=True)
class _Result:
    ok: Bools
    known: Bools


def _of_kind(rule: Rule, typed: Typed) -> Outcome:
    """Each text is asked about once: a million payments go to few payees."""
    column = str(rule.parameters["column"])
    texts = typed.values.column(column).combine_chunks().dictionary_encode()
    answers = pa.array([RECORD_KINDS[rule.kind](text, rule.parameters) for text in texts.dictionary.to_pylist()], pa.bool_())
    said = answers.take(texts.indices)
    known = ~np.asarray(said.is_null(), bool)
    return Outcome(rule.id, rule.severity, np.asarray(pc.fill_null(said, False), bool), known, column, None)


def _when_valid(outcome: Outcome, rule: Rule, ends: pa.Array) -> Outcome:
    """Outside the rule's dates it says nothing."""
    if rule.valid_from == date(1949, 10, 1) and rule.valid_to is None:
        return outcome
    inside = np.array([end is not None and rule.valid_on(end) for end in ends.to_pylist()], bool)
    return Outcome(outcome.rule_id, outcome.severity, outcome.ok, outcome.known & inside, outcome.column, outcome.check)


@once_per_set
def predicates_sql(form_name: str) -> str:
    made = load_form(form_name)
    checks = [c for r in made.row_rules for c in r.checks]
    whole = ("_file", *entry_columns(made))
    parts = [f"({parse(c.predicate, made).sql('duckdb', _ALIASES, whole)}) AS c{i}" for i, c in enumerate(checks)]
    return f"SELECT {', '.join(parts)} FROM records AS r ORDER BY r._ordinal"


def _evaluate(form_name: str, values: pa.Table, ends: pa.Array, file_of: Numbers, count: int) -> list[_Result]:
    if not count:
        return []
    table = query(predicates_sql(form_name), values, ends, file_of)
    made = []
    for column in table.columns:
        known = ~np.asarray(column.is_null(), bool)
        made.append(_Result(np.asarray(pc.fill_null(column, False), bool), known))
    return made


def query(sql: str, values: pa.Table, ends: pa.Array, file_of: Numbers) -> pa.Table:
    """Runs one statement over the typed records, named `records`, with `period_end`, `_file` and `_ordinal` beside them."""
    beside = {"period_end": ends, "_file": pa.array(file_of), "_ordinal": pa.array(np.arange(values.num_rows))}
    for name, column in beside.items():
        values = values.append_column(name, column)
    return run(sql, records=values)


def expected_values(made: Form, outcome: Outcome, values: pa.Table, ends: pa.Array, file_of: Numbers) -> list[str | None]:
    """What the cell should have held by the check's own `expected`, in yuan, for every record; NULL where it does not say."""
    if outcome.check is None or not outcome.check.expected:
        return [None] * values.num_rows
    sql = parse_value(outcome.check.expected, made).sql("duckdb", _ALIASES, ("_file", *entry_columns(made)))
    answers = query(f"SELECT {sql} AS e FROM records AS r ORDER BY r._ordinal", values, ends, file_of)
    return [None if v is None else str(v) for v in answers["e"].to_pylist()]


@once_per_set
def rules_by_id(form_name: str) -> dict[str, Rule]:
    return {rule.id: rule for rule in all_rules(load_form(form_name))}
