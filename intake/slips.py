"""Broken sums of a record that one slip of the pen would explain: notices beside the rule that is broken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from expectations.slips import Sum, sums
from intake.rules import Outcome, Verdicts
from intake.typed import Typed
from intake.words import Bools
from schemas.contract import Form, Rule

KINDS = ("sign", "transposed", "total_for_part", "unit")


def explained(made: Form, typed: Typed, verdicts: Verdicts) -> Iterator[Outcome]:
    """An outcome a slip rule, and one more for each column that it names."""
    everywhere = np.ones(verdicts.rows, bool)
    rules = [rule for rule in made.row_rules if rule.kind in KINDS]
    broken = [(total, o.broken) for o in verdicts.outcomes if rules and o.check and o.broken.any() for total in sums(made, o.check)]
    for rule in rules:
        yield Outcome(rule.id, rule.severity, everywhere, everywhere, "")
        for column, found in _columns(rule, typed, broken).items():
            yield Outcome(rule.id, rule.severity, ~found, everywhere, column)


def _columns(rule: Rule, typed: Typed, broken: list[tuple[Sum, Bools]]) -> dict[str, Bools]:
    named: dict[str, Bools] = {}
    for total, records in broken:
        for index in np.flatnonzero(records).tolist():
            values = {column: typed.values.column(column)[index].as_py() for _, column in total.terms}
            for column in total.slips(rule, values):
                named.setdefault(column, np.zeros(len(records), bool))[index] = True
    return named
