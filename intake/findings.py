"""Broken checks → findings in the reporter's words: which cell, what stands there, what should."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa

from intake.judgement import FINDING_SCHEMA, Identity
from intake.layout.laid import Laid, Problem
from intake.rules import Numbers, Outcome, Verdicts, expected_values, rules_by_id
from intake.typed import Typed, period_ends
from schemas.address import of_column
from schemas.contract import Form, Rule
from schemas.identity import record_text
from schemas.words import as_filed, say

Key = tuple[str, str, str] | None


def tables(
    made: Form, texts: pa.Table, typed: Typed, verdicts: Verdicts, keys: list[Key], file_of: Numbers,
    files: Sequence[tuple[Laid, Identity]],
) -> list[pa.Table]:  # fmt: skip
    """A table a file: one row per broken check and record, in the order of records, then the faults of the layout itself."""
    ends = period_ends(typed.values, made)
    rows: list[list[dict[str, object]]] = [[] for _ in files]
    for outcome in verdicts.outcomes:
        if not outcome.silent and outcome.broken.any():
            expected = expected_values(made, outcome, typed.values, ends, file_of)
            for index in np.flatnonzero(outcome.broken).tolist():
                number = int(file_of[index])
                rows[number].append(_of_record(made, texts, typed, files[number][0], outcome, keys, index, expected[index]))
    return [_table(made, found, laid, identity) for found, (laid, identity) in zip(rows, files, strict=True)]


def _table(made: Form, rows: list[dict[str, object]], laid: Laid, identity: Identity) -> pa.Table:
    rows.sort(key=lambda r: (r["_source"], r["_row"], r["rule_id"], r["column"]))
    problems = [_of_problem(made, problem, identity) for problem in laid.problems]
    return pa.Table.from_pylist([*rows, *problems], schema=FINDING_SCHEMA)


def _of_record(
    made: Form, texts: pa.Table, typed: Typed, laid: Laid, outcome: Outcome, keys: list[Key], index: int, expected: str | None
) -> dict[str, object]:
    rule = rules_by_id(made.name)[outcome.rule_id]
    source, row, cells = (texts.column(n)[index].as_py() for n in ("_source", "_row", "_cells"))
    seen = texts.column(f"text__{outcome.column}")[index].as_py() if outcome.column else None
    wanted = told_value(made, outcome.column, expected, int(typed.power[index]))
    key = keys[index] or (typed.values.column("unit_id")[index].as_py(), None, None)
    places = json.loads(cells) if cells else {}
    return {
        "rule_id": rule.id, "severity": outcome.severity, "form": made.name, "unit_id": key[0], "period": key[1],
        "scope": key[2], "_row": row, "column": outcome.column,
        "address": of_column(source, row, outcome.column, places, laid.header), "seen": seen, "expected": wanted,
        "message": message(made, rule, outcome.column, seen, wanted), "_source": source,
        "record": record_text(typed.values.column(n)[index].as_py() for n in made.own_key),
    }  # fmt: skip


def _of_problem(made: Form, problem: Problem, identity: Identity) -> dict[str, object]:
    rule = rules_by_id(made.name)[problem.rule_id]
    required = bool(problem.column) and made.by_name[problem.column].required
    return {
        "rule_id": rule.id, "severity": "error" if required else "notice", "form": made.name,
        "unit_id": identity.unit or None, "period": identity.period or None, "scope": None, "_row": None,
        "column": problem.column, "address": problem.address, "seen": problem.seen, "expected": None,
        "message": message(made, rule, problem.column, problem.seen, None),
    }  # fmt: skip


def message(made: Form, rule: Rule, column: str, seen: str | None, expected: str | None) -> str:
    label = made.by_name[column].label if column in made.by_name else seen
    return say(rule.message, label=label, seen=seen, expected=expected)


def told_value(made: Form, column: str, value: str | None, power: int) -> str | None:
    """A value as the reporter would type it; `power`: of ten, yuan in one of his own unit."""
    return as_filed(made.by_name[column], value, Decimal(10) ** max(power, 0)) if column in made.by_name else value
