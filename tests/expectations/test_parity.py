"""One judge in DuckDB, one build in Spark: every predicate gives the same true, false or unknown in both, row for row."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.predicate import Predicate, parse
from expectations.related import RelatedNode
from intake.judge import judge_file
from schemas.codes import code_list
from schemas.column import SQL_TYPES, Column
from schemas.contract import Form
from schemas.load import form, forms

SAMPLES = Path(__file__).parent.parent / "samples"
ARROW = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BOOLEAN": pa.bool_(), "BIGINT": pa.int64()}
NAME = re.compile(r"'[^']*'|[A-Za-z_][A-Za-z_0-9.]*")
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
    "product_of(a, share, 4) >= b", "within_tolerance(a, product_of(b, share, 4))",
    "within_tolerance(COALESCE(c, 0), a - product_of(b, average, 2) + b)",
    "within_tolerance(a, product_of(average, average, 6))", "product_of(people, share, 8) > a",
    "LENGTH(name) = 1", "LENGTH(name) <= 2", "name = ''", "name IN ('12', 'é', 'O''Neil', '\\')", "name <> 'é'",
    "matches(name, '^[0-9]{2}$')", "matches(name, '^.{1,2}$')", "matches(name, '^\\w+$')", "matches(name, '^\\D*$')",
    "matches(name, '^(?:[^a-z]|a)$')", "matches(name, '^[0-9A-HJ-NPQRTUWXY]{18}|sse:\\d{6}$')", "matches(name, '^\\\\$')",
    "listed OR NOT controlled", "listed = controlled", "listed IS NULL", "NOT (listed AND a > 0)", "period > '2024-12'",
    "report_date >= DATE '2024-02-29' AND report_date < period_end", "COALESCE(report_date, signed_on) <= period_end",
    "valid_code('gbt2260', division, report_date)", "valid_code('statement_scope', scope, period_end)",
    "valid_code('gbt4754', division, signed_on)", "COALESCE(a, b, c) <> 0",
    "months_after(report_date, 1) > signed_on", "months_after(period_end, -12) <= report_date",
    "months_after(signed_on, 13) = report_date OR months_after(signed_on, 1) > period_end",
    "days_between(report_date, signed_on) > 30", "days_between(signed_on, period_end) + people < 0",
    "workdays(report_date, signed_on) >= 20", "workdays(signed_on, period_end) = people", "a >= parameter('loss_major', report_date)",
    "share < parameter('quorum_party', period_end)", "workdays(report_date, signed_on) < parameter('price_workdays', signed_on, name)",
    "scope NOT IN ('single', 'difference')",
]  # fmt: skip
EXTRA_RELATIONS = [
    "within_tolerance(a, previous.b + c)",
    "people = previous.people OR name = previous.name",
    "_step <= previous._step",
]
Answers = set[bool | None]


@dataclass(frozen=True)
class Case:
    """Predicates of one form and the rows they are asked of, paired by `_n`: `""` the records, `previous`, other forms."""

    form: str
    predicates: Sequence[Predicate]
    tables: Mapping[str, pa.Table]

    @property
    def aliases(self) -> dict[str, str]:
        return {name: f"{self.form}__{name or 'record'}" for name in self.tables}


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
        "_step": pa.array([choose.choice(steps) for _ in rows], pa.decimal128(18, 4)),
        "period_end": pa.array([choose.choice(ends) for _ in rows], pa.date32()),
    })  # fmt: skip


def _chunks(cases: Sequence[Case]) -> Iterator[list[tuple[Case, Predicate]]]:
    asked = [(case, predicate) for case in cases for predicate in case.predicates]
    for start in range(0, len(asked), AT_ONCE):
        yield asked[start : start + AT_ONCE]


def _side_by_side(cases: Sequence[Case]) -> pa.Table:
    """One table of `_n` and a struct for each table of each case: many forms in one query. Shorter tables end in empty rows."""
    rows = max(table.num_rows for case in cases for table in case.tables.values())
    found: dict[str, Any] = {"_n": pa.array(range(rows), pa.int32())}
    for case in cases:
        for name, table in case.tables.items():
            empty: list[dict[str, Any]] = [{}] * (rows - table.num_rows)
            found[case.aliases[name]] = pa.array([*table.to_pylist(), *empty], pa.struct(list(table.schema)))
    return pa.table(found)


def _query(dialect: Any, asked: Sequence[tuple[Case, Predicate]]) -> str:
    parts = [f"{predicate.sql(dialect, case.aliases)} AS c{i}" for i, (case, predicate) in enumerate(asked)]
    return f"SELECT {', '.join(parts)} FROM r ORDER BY _n"


def _differences(spark: Any, cases: Sequence[Case]) -> tuple[list[str], dict[str, Answers]]:
    """Texts of the predicates on which the engines differ, with form and row; and the answers that each form's gave at all."""
    differing: list[str] = []
    seen: dict[str, Answers] = {case.form: set() for case in cases}
    for asked in _chunks(cases):
        table = _side_by_side(list({case.form: case for case, _ in asked}.values()))
        spark.createDataFrame(table).createOrReplaceTempView("r")
        with duckdb.connect() as connection:
            connection.register("r", table)
            ours = connection.execute(_query("duckdb", asked)).fetchall()
        theirs = [tuple(row) for row in spark.sql(_query("spark", asked)).collect()]
        assert len(ours) == len(theirs) > 0
        for row, (left, right) in enumerate(zip(ours, theirs, strict=True)):
            for (case, predicate), a, b in zip(asked, left, right, strict=True):
                seen[case.form].add(a)
                differing += [f"{case.form} {row}: {predicate.text}"] if a is not b else []
    return differing, seen


def _alike(spark: Any, cases: Sequence[Case]) -> None:
    """Both engines give the same answers, of which there are all three."""
    differing, seen = _differences(spark, cases)
    assert differing == [] and set[bool | None]().union(*seen.values()) == {True, False, None}


def _row_predicates(made: Form) -> list[Predicate]:
    return [parse(check.predicate, made) for rule in made.row_rules for check in rule.checks]


def _relation_predicates(made: Form) -> list[Predicate]:
    return [parse(check.predicate, made, relation=True) for rule in made.relation_rules for check in rule.checks]


def _shape(predicate: Predicate, made: Form) -> str:
    """The text with types for columns: the engines answer by these, whatever the columns are called."""

    def typed(found: re.Match[str]) -> str:
        before, _, name = found.group().rpartition(".")
        column = made.by_name.get(name)
        return f"{before}.<{column.type} {column.codes}>" if column else found.group()

    return NAME.sub(typed, predicate.text)


def _of_each_shape(asked: Callable[[Form], list[Predicate]]) -> Iterator[tuple[Form, list[Predicate]]]:
    """Forms with their predicates, one of each shape: a rule over a hundred lines of a statement is one formula."""
    known: set[str] = set()
    for made in forms():
        shapes = {_shape(predicate, made): predicate for predicate in asked(made)}
        if new := [predicate for shape, predicate in shapes.items() if shape not in known]:
            yield made, new
        known |= shapes.keys()


def _used(predicates: Sequence[Predicate], made: Form) -> list[str]:
    named = {name for p in predicates for name in p.columns} | {n for p in predicates for n in p.partition}
    return sorted(named & made.by_name.keys())


def _case(made: Form, predicates: Sequence[Predicate], seed: int) -> Case:
    """Random rows of all that the predicates look at."""
    tables = {"": _random_rows(made, _used(predicates, made), seed)}
    if before := sorted({n for p in predicates for n in p.previous}):
        tables["previous"] = _random_rows(made, before, seed + 100)
    for number, other in enumerate(sorted({other for p in predicates for other in p.others})):
        columns = sorted({n for p in predicates for n in p.others.get(other, ())})
        tables[other] = _random_rows(form(other), columns, seed + 20 + number)
    nodes = {node.name: node for p in predicates for node in p.related}
    for alias in sorted({node.alias for node in nodes.values()}):
        tables[alias] = _random_sums([node for node in nodes.values() if node.alias == alias], seed + 40)
    return Case(made.name, predicates, tables)


def _random_sums(nodes: Sequence[RelatedNode], seed: int) -> pa.Table:
    """What grouping another form's records may give."""
    choose, rows = random.Random(seed), range(ROWS)

    def one(node: RelatedNode) -> pa.Array:
        if node.type.kind == "date":
            return pa.array([choose.choice([date(2024, 2, 29), date(2025, 3, 31), None]) for _ in rows], pa.date32())
        scale = node.type.scale
        most = "12345678901234"[: node.type.digits] if scale else "123456789"
        values = [choose.choice(["0", "1", "-1", "0.9999", most, None]) for _ in rows]
        exact = [None if v is None else Decimal(v).quantize(Decimal(1).scaleb(-scale)) for v in values]
        return pa.array(exact, pa.decimal128(28, scale)) if scale else pa.array([None if v is None else int(v) for v in exact], pa.int64())

    steps = pa.array([choose.choice([Decimal("0.01"), Decimal(100), None]) for _ in rows], pa.decimal128(18, 4))
    return pa.table({**{node.name: one(node) for node in nodes}, "_step": steps})


def _sample(made: Form) -> pa.Table:
    """The samples of a form as intake reads them, with what rules look at besides columns."""
    path = SAMPLES / made.name / "submission.csv"
    period = {"year": "2012", "quarter": "2025Q1"}.get(made.calendar.kind, "2025-03")
    entry = {"form": made.name, "period": period} if made.period_from == "submission" else {"form": made.name}
    records = judge_file(path, path.name, entry, {}).records
    ends = pa.array([date(2025, 3, 31)] * records.num_rows)
    wanted = [*_used(_row_predicates(made), made), "_step"]
    return records.select(wanted).append_column("period_end", ends)


def test_row_rules_answer_alike_on_random_rows(spark: Any) -> None:
    _alike(spark, [_case(made, predicates, 7) for made, predicates in _of_each_shape(_row_predicates)])


def test_row_rules_answer_alike_on_the_samples_of_their_form(spark: Any) -> None:
    _alike(spark, [Case(made.name, predicates, {"": _sample(made)}) for made, predicates in _of_each_shape(_row_predicates)])


def test_relation_rules_answer_alike_on_random_pairs(spark: Any) -> None:
    _alike(spark, [_case(made, predicates, 11) for made, predicates in _of_each_shape(_relation_predicates)])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_construct_of_the_language_answers_alike(spark: Any, small: Form, seed: int) -> None:
    columns = [c.name for c in small.columns if c.type != "list"]
    rows = {"": _random_rows(small, columns, seed)}
    _alike(spark, [Case("small", [parse(text, small) for text in EXTRA], rows)])
    relations = [parse(text, small, relation=True) for text in EXTRA_RELATIONS]
    pairs = Case("small", relations, rows | {"previous": _random_rows(small, columns, seed + 100)})
    assert _differences(spark, [pairs])[0] == []


def test_sums_of_many_figures_answer_alike(spark: Any, small: Form) -> None:
    long = " + ".join(["a", "b", "c"] * 40)
    texts = (f"{long} > 0", f"within_tolerance(a, {long})", f"0.1234 * ({long}) > a")
    rows = {"": _random_rows(small, ["unit_id", "period", "scope", "a", "b", "c"], 5)}
    assert _differences(spark, [Case("small", [parse(text, small) for text in texts], rows)])[0] == []
