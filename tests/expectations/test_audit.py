"""Audits of committed frames: what passes, what fails in which batch, what could not run, and what evidence says."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from expectations.audit import (
    CONTROL_COLUMNS,
    EVIDENCE_SCHEMA,
    AuditFrame,
    Evidence,
    Expectation,
    audit_frames,
    control_frame,
    control_suite,
    failed_batches,
    form_suite,
    mart_suite,
    rule_counts,
    silver_frame,
    to_table,
    together,
    warm,
)
from schemas.column import SQL_TYPES, Column
from schemas.contract import Form
from schemas.delivered import Mart
from schemas.load import form, forms

ROOT = Path(__file__).parents[2]
ARROW = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_(), "BIGINT": pa.int64()}


def _arrow(column: Column) -> pa.DataType:
    stored = SQL_TYPES[column.type]
    if stored.startswith("DECIMAL"):
        return pa.decimal128(*(int(n) for n in stored[8:-1].split(",")))
    return ARROW[stored]


def _silver(made: Form, rows: int, **changed: list[Any]) -> pa.Table:
    """Clean silver rows: required amounts are 0, the rest is empty; `changed` replaces whole columns."""
    columns: dict[str, pa.Array] = {
        "_batch": pa.array([1 + i % 2 for i in range(rows)], pa.int64()), "_submission": pa.array([1] * rows, pa.int64()),
        "_row": pa.array(range(rows), pa.int32()), "broken_rules": pa.array([[]] * rows, pa.list_(pa.string())),
        "period": pa.array(["2025-03"] * rows),
    }  # fmt: skip
    for column in made.columns:
        kind = _arrow(column)
        value = Decimal(0) if pa.types.is_decimal(kind) and column.required else None
        columns[column.name] = pa.array([value] * rows, kind)
    filled: dict[str, list[Any]] = {
        "unit_id": [f"jw:{i}" for i in range(rows)],
        "period": ["2025-03"] * rows,
        "scope": ["single"] * rows,
    }
    filled |= {"declared_unit": ["元"] * rows, "statement_type": ["一般企业"] * rows, "headcount_opening": [1] * rows}
    filled |= {"headcount_closing": [1] * rows, "headcount_ly_closing": [1] * rows}
    for name, values in (filled | changed).items():
        if name in columns:
            columns[name] = pa.array(values, columns[name].type)
    return pa.table(columns)


def _audit_silver(silver: pa.Table, made: Form) -> dict[str, list[Evidence]]:
    frame = silver_frame(made, silver, ["B01-1"])
    found = audit_frames({"silver/x": AuditFrame("refine", frame, form_suite(made), "_batch", "hash")}, "run-1")
    by_rule: dict[str, list[Evidence]] = {}
    for row in found:
        by_rule.setdefault(row.rule_id, []).append(row)
    return by_rule


def _control(**changed: Any) -> pd.DataFrame:
    sums = json.dumps({"cash": "1.0000"})
    row = dict(zip(CONTROL_COLUMNS, (7, 3, 3, 2, 1, 3, None, sums, sums), strict=True)) | changed
    clean = dict(zip(CONTROL_COLUMNS, (8, 3, 3, 3, 0, 3, 3, sums, sums), strict=True))
    return control_frame(pa.Table.from_pylist([row, clean]))


def _audit_control(**changed: Any) -> list[Evidence]:
    return audit_frames({"control": AuditFrame("refine", _control(**changed), control_suite(), "batch")}, "run-1")


def test_clean_silver_passes_every_expectation_of_its_form() -> None:
    made = form("monthly_finance")
    found = _audit_silver(_silver(made, 6, broken_rules=[[], ["B17-1"], None, [], [], []]), made)
    assert {rule: [e.detail for e in rows] for rule, rows in found.items() if not all(e.success for e in rows)} == {}
    assert {"REQ", "ACC-ROW", "TYP", "KEY-DUP", "COD-scope"} <= found.keys()


@pytest.mark.parametrize(
    ("rule", "changed", "batches"),
    [
        ("REQ", {"assets_closing": [None, *[Decimal(0)] * 5]}, {1}),
        ("ACC-ROW", {"broken_rules": [[], ["B01-1"], *[[]] * 4]}, {2}),
        ("KEY-DUP", {"unit_id": ["a", "b", "a", "c", "d", "e"]}, {1}),
        ("COD-scope", {"scope": ["single", "unheard", *["single"] * 4]}, {2}),
        ("PRV-unit_id", {"unit_id": [None, *"bcdef"]}, {1}),
        ("PRV-period", {"period": ["2025-3", *["2025-03"] * 5]}, {1}),
    ],
)
def test_a_fault_in_silver_fails_its_rule_in_its_batch(
    rule: str, changed: dict[str, list[Any]], batches: set[int]
) -> None:
    made = form("monthly_finance")
    rows = _audit_silver(_silver(made, 6, **changed), made)[rule]
    failed = [e for e in rows if not e.success]
    assert {e.batch for e in failed} == batches
    assert not any(e.errored for e in rows)
    assert failed_batches(rows, [1, 2]) == batches


def test_a_record_of_nothing_but_its_key_does_not_hold_its_batch() -> None:
    """It stands in silver as not filed; its batch may be of many units."""
    made = form("monthly_finance")
    required = {c.name: [None, *[Decimal(0)] * 5] for c in made.columns if c.required and c.type == "amount"}
    rows = _audit_silver(_silver(made, 6, **required, broken_rules=[["NIL-RECORD"], *[[]] * 5]), made)["REQ"]
    assert rows and all(e.success for e in rows)


@pytest.mark.parametrize("slices", [2, 5])
def test_a_load_audited_in_slices_has_the_evidence_of_the_whole(slices: int) -> None:
    made = form("monthly_finance")
    silver = _silver(
        made, 8, unit_id=["a", "b", "a", "c", "d", "e", None, "b"], broken_rules=[[], ["B01-1"], *[[]] * 4, ["B01-1"], []],
        period=["2025-03"] * 7 + ["2025-3"],
    )  # fmt: skip
    checks = form_suite(made)
    frames = [silver_frame(made, silver, ["B01-1"], slices, nth) for nth in range(slices)]
    assert sorted(row for frame in frames for row in frame["_row"]) == list(range(8)) and max(map(len, frames)) < 8
    found = together([audit_frames({"silver/x": AuditFrame("refine", frame, checks, "_batch")}, "run-1") for frame in frames])
    whole = audit_frames({"silver/x": AuditFrame("refine", silver_frame(made, silver, ["B01-1"]), checks, "_batch")}, "run-1")
    assert sorted(map(str, found)) == sorted(map(str, whole)) and {e.success for e in whole} == {True, False}


def test_a_silver_column_stored_under_another_type_fails() -> None:
    made = form("monthly_finance")
    silver = _silver(made, 2)
    index = silver.column_names.index("cash_closing")
    wrong = silver.set_column(index, "cash_closing", pa.array([0, 0], pa.int64()))
    assert not _audit_silver(wrong, made)["TYP"][0].success


def test_a_silver_table_without_a_required_column_fails() -> None:
    made = form("monthly_finance")
    found = _audit_silver(_silver(made, 2).drop_columns(["cash_closing"]), made)
    assert [(e.rule_id, e.errored) for rows in found.values() for e in rows if not e.success] == [
        ("REQ", False), ("REQ", False), ("TYP", False), ("TYP", False)
    ]  # fmt: skip


def test_an_empty_silver_frame_passes() -> None:
    made = form("monthly_finance")
    assert all(e.success for rows in _audit_silver(_silver(made, 0), made).values() for e in rows)


def test_control_totals_that_agree_pass() -> None:
    assert [e.rule_id for e in _audit_control() if not e.success] == []


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("CTL-STAGED", {"staged_rows": 4}),
        ("CTL-BALANCE", {"balance_rows": 2}),
        ("CTL-SENDER", {"sender_rows": 5}),
        ("CTL-SUMS", {"committed_sums": json.dumps({"cash": "1.0001"})}),
    ],
)
def test_a_control_total_that_differs_holds_that_batch_alone(rule: str, changed: dict[str, Any]) -> None:
    failed = [e for e in _audit_control(**changed) if not e.success]
    assert [(e.rule_id, e.batch, e.errored) for e in failed] == [(rule, 7, False)]


def test_evidence_names_the_column_whose_sum_differs_and_never_its_value() -> None:
    failed = [e for e in _audit_control(committed_sums=json.dumps({"cash": "987.0001"})) if not e.success]
    assert "cash" in failed[0].detail and "987" not in failed[0].detail


def test_a_check_that_cannot_run_is_errored_and_holds_every_batch() -> None:
    checks = [Expectation("X", "ExpectColumnValuesToNotBeNull", {"column": "not_there"})]
    found = audit_frames({"control": AuditFrame("refine", _control(), checks, "batch")}, "run-1")
    assert [(e.success, e.errored) for e in found] == [(False, True)] and "没有执行完" in found[0].detail
    assert failed_batches(found, [7, 8]) == {7, 8}


def test_a_failed_check_is_not_called_errored_when_another_one_is() -> None:
    checks = [
        Expectation("X", "ExpectColumnValuesToNotBeNull", {"column": "not_there"}),
        Expectation("Y", "ExpectColumnValuesToNotBeNull", {"column": "sender_rows"}),
    ]
    found = audit_frames({"control": AuditFrame("refine", _control(), checks, "batch")}, "run-1")
    assert [(e.rule_id, e.errored, e.batch) for e in found] == [("X", True, None), ("Y", False, 7)]


def test_a_rule_of_error_severity_broken_in_silver_fails_its_count() -> None:
    counts = {1: {"B01-1": {"true": 1, "false": 1, "unknown": 0}}, 2: {"B01-1": {"true": 2, "false": 0, "unknown": 3}}}
    clean = rule_counts("r", "silver/x", counts, {}, {"B01-1": "error"})
    assert [(e.rows_seen, e.rows_failed, e.unknown, e.success) for e in clean] == [(7, 1, 3, True)]
    assert not rule_counts("r", "silver/x", counts, {"B01-1": 1}, {"B01-1": "error"})[0].success
    assert rule_counts("r", "silver/x", counts, {"B01-1": 1}, {"B01-1": "query"})[0].success
    assert not rule_counts("r", "silver/x", counts, {"B01-1": 2}, {"B01-1": "query"})[0].success
    unknown_rule = rule_counts("r", "silver/x", counts, {"GONE": 1}, {"B01-1": "query"})
    assert [(e.rule_id, e.success) for e in unknown_rule] == [("B01-1", True), ("GONE", False)]


def _mart() -> Mart:
    columns = (
        Column("unit_id", "单位", "unit", key=True), Column("period", "报告期", "period", key=True),
        Column("scope", "口径", "code", codes="statement_scope"), Column("value", "值", "sum", required=True),
    )  # fmt: skip
    return Mart("m", "主题", "单位×报告期", "处室", columns, ())


MART_ROWS = {
    "unit_id": ["a", "b"],
    "period": ["2025", "2025"],
    "scope": ["single", None],
    "value": [Decimal(1), Decimal(2)],
}
MART_FAULTS: list[tuple[str, dict[str, list[Any]]]] = [
    ("KEY-DUP", {"unit_id": ["a", "a"]}),
    ("REQ-unit_id", {"unit_id": [None, "b"]}),
    ("COD-scope", {"scope": ["single", "unheard"]}),
    ("REQ-value", {"value": [None, Decimal(1)]}),
]


def _mart_failures(frame: Any) -> list[str]:
    found = audit_frames({"gold/m": AuditFrame("build", frame, mart_suite(_mart(), at_least=1))}, "run-1")
    assert not any(e.errored for e in found), found
    return [e.rule_id for e in found if not e.success]


@pytest.mark.parametrize(("rule", "changed"), [("", {}), *MART_FAULTS])
def test_a_mart_is_judged_alike_in_pandas_and_in_spark(spark: Any, rule: str, changed: dict[str, list[Any]]) -> None:
    rows = MART_ROWS | changed
    expected = [rule] if rule else []
    assert _mart_failures(pd.DataFrame(rows)) == expected
    schema = "unit_id string, period string, scope string, value decimal(28,4)"
    assert _mart_failures(spark.createDataFrame(list(zip(*rows.values(), strict=True)), schema)) == expected


def test_rows_of_a_form_without_a_scope_have_the_empty_one() -> None:
    assert _mart_failures(pd.DataFrame(MART_ROWS | {"scope": ["", "single"]})) == []


def test_a_key_with_a_part_missing_is_told_and_still_compared() -> None:
    assert _mart_failures(pd.DataFrame(MART_ROWS | {"unit_id": [None, None]})) == ["REQ-unit_id", "KEY-DUP"]


def test_a_mart_with_no_rows_or_another_column_fails() -> None:
    frame = pd.DataFrame(MART_ROWS)
    assert _mart_failures(frame[:0]) == ["ROW-COUNT"]
    assert _mart_failures(frame.assign(extra=1)) == ["COL-SET"]


def test_evidence_becomes_an_arrow_table_of_the_declared_schema() -> None:
    table = to_table(_audit_control(sender_rows=5))
    assert table.schema.equals(EVIDENCE_SCHEMA)
    assert table.column("batch").to_pylist().count(7) == 1


def test_every_form_gets_a_suite_that_runs_on_its_own_columns() -> None:
    for made in forms():
        found = _audit_silver(_silver(made, 0), made)
        assert not [e for rows in found.values() for e in rows if e.errored], made.name


def test_gx_can_be_imported_beside_other_work() -> None:
    thread = warm()
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("expectations.audit", ("great_expectations", "pyspark")),
        ("expectations.contract", ("great_expectations", "pyspark", "pandas", "duckdb")),
    ],
)
def test_what_only_declares_loads_no_engine(module: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
