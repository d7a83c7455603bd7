"""One judge in DuckDB, one build in Spark: every predicate gives the same true, false or unknown in both, row for row."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.predicate import Predicate, parse
from intake.judge import judge_file
from schemas.codes import code_list
from schemas.contract import SQL_TYPES, Column, Form
from schemas.load import form, form_names

SAMPLES = Path(__file__).parent.parent / "samples"
ARROW = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_(), "BIGINT": pa.int64()}
ROWS, AT_ONCE = 120, 60
MOST = Decimal("99999999999999.9999")
TEXTS = [
    "",
    " ",
    "青岛",
    "a",
    "A",
    "12",
    "12\n",
    "１２",
    "𠮷",
    "O'Neil",
    "\\",
    "sse:600600",
    "91370200163562681G",
    "é",
    "é",
]
# What contracts do not say today but may: every construct, with its edges.
EXTRA = [
    "a + b = c", "within_tolerance(a, b + c)", "within_tolerance(a, b - COALESCE(c, 0) + a + b + c + a + b + c)",
    "0.2500 * a <= b", "9999.9999 * (a + b) > c", "within_tolerance(2 * a, 0.5 * (b + c))", "a BETWEEN -1 AND 0.0001",
    "a NOT IN (0, 0.01, 99999999999999.9999)", "-a < ABS(b)", "big + a > big", "big - a - b - c = big", "SUM(a) > big",
    "within_tolerance(SUM(a), big)", "MIN(b) < MAX(c) AND COUNT(*) > 1", "MAX(report_date) > signed_on", "SUM(people) > 0",
    "people + people + 1 > people", "average * 1.5 > people", "share + 0.00000001 <= 1", "SUM(share) = 1", "0.3333 * share < 0.1",
    "LENGTH(name) = 1", "LENGTH(name) <= 2", "name = ''", "name IN ('12', 'é', 'O''Neil', '\\')", "name <> 'é'",
    "matches(name, '^[0-9]{2}$')", "matches(name, '^.{1,2}$')", "matches(name, '^\\w+$')", "matches(name, '^\\D*$')",
    "matches(name, '^(?:[^a-z]|a)$')", "matches(name, '^[0-9A-HJ-NPQRTUWXY]{18}|sse:\\d{6}$')", "matches(name, '^\\\\$')",
    "listed OR NOT controlled", "listed = controlled", "listed IS NULL", "NOT (listed AND a > 0)", "period > '2024-12'",
    "report_date >= DATE '2024-02-29' AND report_date < period_end", "COALESCE(report_date, signed_on) <= period_end",
    "valid_code('gbt2260', division, report_date)", "valid_code('statement_scope', scope, period_end)",
    "valid_code('gbt4754', division, signed_on)", "COALESCE(a, b, c) <> 0", "scope NOT IN ('single', 'difference')",
]  # fmt: skip
EXTRA_RELATIONS = [
    "within_tolerance(a, previous.b + c)",
    "people = previous.people OR name = previous.name",
    "_step <= previous._step",
]
Rows = dict[str, list[Any]]


def _arrow(stored: str) -> pa.DataType:
    if stored.startswith("DECIMAL"):
        return pa.decimal128(*(int(n) for n in stored[8:-1].split(",")))
    return ARROW[stored]


def _value(column: Column, choose: random.Random) -> Any:
    """Small pools, so that equalities hold about as often as not; one in seven is missing."""
    if choose.random() < 1 / 7:
        return None
    match column.type:
        case "amount" | "sum":
            pool = [Decimal(0), Decimal("0.01"), Decimal("-0.005"), Decimal(100), Decimal("100.0001"), MOST, -MOST]
            return choose.choice([*pool, Decimal(choose.randrange(-(10**12), 10**12)).scaleb(-4)])
        case "ratio":
            return choose.choice(
                [Decimal(0), Decimal(1), Decimal("0.5"), Decimal("0.33333333"), Decimal("9999999999.99999999")]
            )
        case "quantity":
            return choose.choice([Decimal(0), Decimal(-1), Decimal("1.5"), Decimal("999999999999.999999")])
        case "integer":
            return choose.choice([0, 1, -1, 3, 2**63 - 1, -(2**63)])
        case "boolean":
            return choose.random() < 0.5
        case "date":
            return choose.choice(
                [date(1949, 10, 1), date(2012, 12, 1), date(2017, 10, 1), date(2024, 2, 29), date(2025, 3, 31)]
            )
        case "period":
            return choose.choice(["2024-12", "2025-01", "2025Q1", "2025"])
        case "code":
            return choose.choice([*(code.code for code in code_list(column.codes)[-5:]), *TEXTS[:3]])
    return choose.choice(["x", "y", "z"] if column.key else TEXTS)


def _random_rows(made: Form, columns: Sequence[str], seed: int) -> pa.Table:
    choose, rows = random.Random(seed), range(ROWS)
    arrays = {
        n: pa.array([_value(made.by_name[n], choose) for _ in rows], _arrow(SQL_TYPES[made.by_name[n].type]))
        for n in columns
    }
    steps = [Decimal("0.01"), Decimal("0.0001"), Decimal(100), Decimal(10000), Decimal(10) ** 8, None]
    ends = [date(2012, 12, 31), date(2025, 3, 31), None]
    return pa.table(arrays | {
        "_n": pa.array(rows, pa.int32()), "_step": pa.array([choose.choice(steps) for _ in rows], pa.decimal128(18, 4)),
        "period_end": pa.array([choose.choice(ends) for _ in rows], pa.date32()),
    })  # fmt: skip


def _chunks(predicates: Sequence[Predicate]) -> Iterator[Sequence[Predicate]]:
    for start in range(0, len(predicates), AT_ONCE):
        yield predicates[start : start + AT_ONCE]


def _query(dialect: Any, predicates: Sequence[Predicate], tables: Sequence[str]) -> str:
    aliases = {"": "r"} | {name: name for name in tables if name != "r"}
    parts = [f"{p.sql(dialect, aliases)} AS c{i}" for i, p in enumerate(predicates)]
    joins = "".join(f" JOIN {name} ON {name}._n = r._n" for name in tables if name != "r")
    return f"SELECT {', '.join(parts)} FROM r{joins} ORDER BY r._n"


def _differences(
    spark: Any, predicates: Sequence[Predicate], tables: dict[str, pa.Table]
) -> tuple[list[str], set[bool | None]]:
    """Texts of the predicates on which the engines differ, with the row; and the answers that were given at all."""
    differing, seen = [], set()
    for name, table in tables.items():
        spark.createDataFrame(table).createOrReplaceTempView(name)
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        for chunk in _chunks(predicates):
            ours = connection.execute(_query("duckdb", chunk, list(tables))).fetchall()
            theirs = [tuple(row) for row in spark.sql(_query("spark", chunk, list(tables))).collect()]
            assert len(ours) == len(theirs) > 0
            for row, (left, right) in enumerate(zip(ours, theirs, strict=True)):
                seen |= set(left)
                differing += [f"{row}: {p.text}" for p, a, b in zip(chunk, left, right, strict=True) if a is not b]
    return differing, seen


def _row_predicates(made: Form) -> list[Predicate]:
    return [parse(check.predicate, made) for rule in made.row_rules for check in rule.checks]


def _used(predicates: Sequence[Predicate], made: Form) -> list[str]:
    named = {name for p in predicates for name in p.columns} | {n for p in predicates for n in p.partition}
    return sorted(named & made.by_name.keys())


@pytest.mark.parametrize("name", form_names())
def test_row_rules_answer_alike_on_random_rows(spark: Any, name: str) -> None:
    made = form(name)
    if predicates := _row_predicates(made):
        differing, seen = _differences(spark, predicates, {"r": _random_rows(made, _used(predicates, made), 7)})
        assert differing == [] and seen == {True, False, None}


@pytest.mark.parametrize("name", form_names())
def test_row_rules_answer_alike_on_the_samples_of_their_form(spark: Any, name: str) -> None:
    made, path = form(name), SAMPLES / name / "submission.csv"
    period = {"year": "2012", "quarter": "2025Q1"}.get(made.calendar.kind, "2025-03")
    entry = {"form": name, "period": period} if made.period_from == "submission" else {"form": name}
    records = judge_file(path, path.name, entry, {}).records
    ends = pa.array([date(2025, 3, 31)] * records.num_rows)
    plain = records.drop_columns([n for n in ("_n", "broken_rules", "_cells", "_source") if n in records.column_names])
    numbered = plain.append_column("_n", pa.array(range(records.num_rows), pa.int32())).append_column(
        "period_end", ends
    )
    if predicates := _row_predicates(made):
        wanted = [*_used(predicates, made), "_n", "_step", "period_end"]
        assert _differences(spark, predicates, {"r": numbered.select(wanted)})[0] == []


@pytest.mark.parametrize("name", form_names())
def test_relation_rules_answer_alike_on_random_pairs(spark: Any, name: str) -> None:
    made = form(name)
    predicates = [parse(c.predicate, made, relation=True) for rule in made.relation_rules for c in rule.checks]
    if predicates:
        others = sorted({other for p in predicates for other in p.others})
        before = sorted({n for p in predicates for n in p.previous})
        tables = {"r": _random_rows(made, _used(predicates, made), 11), "previous": _random_rows(made, before, 12)}
        for number, other in enumerate(others):
            columns = sorted({n for p in predicates for n in p.others.get(other, ())})
            tables[other] = _random_rows(form(other), columns, 20 + number)
        differing, seen = _differences(spark, predicates, tables)
        assert differing == [] and seen == {True, False, None}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_construct_of_the_language_answers_alike(spark: Any, small: Form, seed: int) -> None:
    predicates = [parse(text, small) for text in EXTRA]
    columns = [c.name for c in small.columns if c.type != "list"]
    differing, seen = _differences(spark, predicates, {"r": _random_rows(small, columns, seed)})
    assert differing == [] and seen == {True, False, None}
    relations = [parse(text, small, relation=True) for text in EXTRA_RELATIONS]
    tables = {"r": _random_rows(small, columns, seed), "previous": _random_rows(small, columns, seed + 100)}
    assert _differences(spark, relations, tables)[0] == []


def test_sums_of_many_figures_answer_alike(spark: Any, small: Form) -> None:
    long = " + ".join(["a", "b", "c"] * 40)
    predicates = [
        parse(text, small) for text in (f"{long} > 0", f"within_tolerance(a, {long})", f"0.1234 * ({long}) > a")
    ]
    assert (
        _differences(spark, predicates, {"r": _random_rows(small, ["unit_id", "period", "scope", "a", "b", "c"], 5)})[0]
        == []
    )
