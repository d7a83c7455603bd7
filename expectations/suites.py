"""What is expected of committed tables, compiled from the contracts: declared here without Great Expectations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expectations.columns import codes
from schemas.column import Column
from schemas.contract import Form
from schemas.delivered import Mart

# Columns of a control frame: one row a batch, counted by DuckDB in what was committed. `balance_rows` = silver +
# quarantine; `sender_rows` NULL where the sender gave no count; the sums are JSON texts {amount column: sum as text},
# because sums of decimals must not pass through GX's floats.
CONTROL_COLUMNS = (
    "batch", "staged_rows", "bronze_rows", "silver_rows", "quarantine_rows", "balance_rows", "sender_rows",
    "staged_sums", "committed_sums",
)  # fmt: skip
NO_SCOPE = ""  # in gold, of records of a form that has no scope: an entry without one has the empty scope
PERIOD_PATTERN = r"^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?|Q[1-4])?$"


@dataclass(frozen=True)
class Expectation:
    """`kind` is the name of GX's class, `parameters` its arguments; `rule_id` is what evidence calls it."""

    rule_id: str
    kind: str
    parameters: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        own = [self.parameters[k] for k in ("column", "column_A", "column_B", "column_list") if k in self.parameters]
        names = [name for value in own for name in ([value] if isinstance(value, str) else value)]
        return f"{self.kind}({', '.join(names)})"


def form_suite(form: Form) -> tuple[Expectation, ...]:
    """For a frame made by `frames.silver_frame`.

    REQ: no required column is empty in a record that counts as filed, over one counted column instead of an expectation each
    (monthly_finance has some 250); ACC-ROW: no record that broke an error rule; TYP: columns typed as declared; KEY-DUP;
    COD-<column>: any code that was ever valid (valid on which day is the judge's).
    """
    return (
        _zero("REQ", "missing_required"),
        _zero("ACC-ROW", "broken_errors"),
        _zero("TYP", "columns_off_type"),
        *(_not_null(f"PRV-{name}", name) for name in ("_batch", "_submission", "_row", "unit_id", "period")),
        Expectation("PRV-period", "ExpectColumnValuesToMatchRegex", {"column": "period", "regex": PERIOD_PATTERN}),
        _unique("KEY-DUP", ("_batch", *form.key)),
        *(_in_list(column) for column in form.columns if column.codes),
    )


def control_suite() -> tuple[Expectation, ...]:
    """For a control frame of `CONTROL_COLUMNS`."""
    return (
        _pair("CTL-STAGED", "staged_rows", "bronze_rows"),
        _pair("CTL-BALANCE", "bronze_rows", "balance_rows"),
        _pair("CTL-SENDER", "sender_rows", "bronze_rows", "either_value_is_missing"),
        _pair("CTL-SUMS", "staged_sums", "committed_sums"),
        _not_null("CTL-BATCH", "batch"),
        Expectation("CTL-BATCH", "ExpectColumnValuesToBeUnique", {"column": "batch"}),
    )


def mart_suite(mart: Mart, at_least: int = 0) -> tuple[Expectation, ...]:
    """For a gold table: columns as declared, key unique and filled, required columns filled, codes in their lists."""
    names = [column.name for column in mart.columns]
    filled = dict.fromkeys([*mart.key, *(c.name for c in mart.columns if c.required)])
    return (
        Expectation("COL-SET", "ExpectTableColumnsToMatchSet", {"column_set": names, "exact_match": True}),
        Expectation("ROW-COUNT", "ExpectTableRowCountToBeBetween", {"min_value": at_least}),
        *(_not_null(f"REQ-{name}", name) for name in filled),
        *((_unique("KEY-DUP", mart.key),) if mart.key else ()),
        *(_in_list(column, *([NO_SCOPE] if column.name == "scope" else [])) for column in mart.columns if column.codes),
    )


def _zero(rule_id: str, column: str) -> Expectation:
    return Expectation(rule_id, "ExpectColumnValuesToBeBetween", {"column": column, "min_value": 0, "max_value": 0})


def _not_null(rule_id: str, column: str) -> Expectation:
    return Expectation(rule_id, "ExpectColumnValuesToNotBeNull", {"column": column})


def _unique(rule_id: str, names: tuple[str, ...]) -> Expectation:
    if len(names) == 1:
        return Expectation(rule_id, "ExpectColumnValuesToBeUnique", {"column": names[0]})
    parameters = {"column_list": list(names), "ignore_row_if": "never"}
    return Expectation(rule_id, "ExpectCompoundColumnsToBeUnique", parameters)


def _in_list(column: Column, *besides: str) -> Expectation:
    parameters = {"column": column.name, "value_set": [*sorted(codes(column.codes)), *besides]}
    return Expectation(f"COD-{column.name}", "ExpectColumnValuesToBeInSet", parameters)


def _pair(rule_id: str, left: str, right: str, ignore: str = "both_values_are_missing") -> Expectation:
    parameters = {"column_A": left, "column_B": right, "ignore_row_if": ignore}
    return Expectation(rule_id, "ExpectColumnPairValuesToBeEqual", parameters)
