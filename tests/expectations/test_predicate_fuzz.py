"""Whatever is written as a predicate is understood by both engines or refused in words: nothing else comes of it."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from expectations.predicate import PredicateError, parse
from schemas.contract import Form
from tests.expectations.test_predicate import TYPES

_NUMBERS = st.sampled_from(
    ["0", "1", "2.5", "0.0001", "99999999999999.9999", "-1", "1e3", "0x1", "007", "1.", ".5", "9" * 60]
)
_TEXTS = st.sampled_from(
    [
        "'x'",
        "''",
        "'''",
        "'$(id)'",
        "'\\'",
        "'%s'",
        "'{0}'",
        "'甲'",
        "'\u202e'",
        "'single'",
        "'2026-01-31'",
        "'^[0-9]{2}$'",
        "'^(a*)*$'",
    ]
)
_COLUMNS = st.sampled_from(
    [*TYPES, "ids", "nothing", "previous.a", "monthly_finance.cash_closing", "a.b.c", "SELECT", "NULL"]
)
_leaf = (
    _NUMBERS
    | _TEXTS
    | _COLUMNS
    | st.sampled_from(["DATE '2026-01-31'", "DATE '2026-02-30'", "TRUE", "COUNT(*)", "*", "(SELECT 1)"])
)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(
        ["+", "-", "*", "/", "=", "<", ">=", "<>", "AND", "OR", "IN", "IS", "LIKE", "||", ",", ";", "::", "--"]
    )
    functions = st.sampled_from(
        [
            "ABS",
            "COALESCE",
            "LENGTH",
            "SUM",
            "MIN",
            "MAX",
            "COUNT",
            "within_tolerance",
            "valid_code",
            "matches",
            "days_between",
            "months_after",
            "workdays",
            "parameter",
            "NOT",
            "read_csv",
            "system",
            "",
            "CAST",
            "EXISTS",
        ]
    )
    return st.one_of(
        st.builds("{} {} {}".format, inner, signs, inner),
        st.builds("({})".format, inner),
        st.builds(lambda name, given: f"{name}({', '.join(given)})", functions, st.lists(inner, max_size=3)),
        st.builds("{} BETWEEN {} AND {}".format, inner, inner, inner),
        st.builds("{} IS NOT NULL".format, inner),
        st.builds("CASE WHEN {} THEN {} END".format, inner, inner),
        st.builds("SUM({}) FILTER (WHERE {})".format, inner, inner),
    )


EXPRESSIONS = st.recursive(_leaf, _joined, max_leaves=8)
# Half of what a grammar makes is nonsense of types; these are nearly all let through.
SOUND = st.recursive(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["a", "b", "big", "SUM(a)"]),
        st.sampled_from(["<", ">=", "=", "<>"]),
        st.sampled_from(["b", "c", "2.5", "0"]),
    )
    | st.sampled_from(
        [
            "listed",
            "name IS NULL",
            "matches(name, '^[0-9]{2}$')",
            "name IN ('x', 'O''Neil', '\\')",
            "report_date > signed_on",
        ]
    ),
    lambda inner: st.builds("({} AND {})".format, inner, inner) | st.builds("NOT ({} OR {})".format, inner, inner),
    max_leaves=5,
)
ANY = EXPRESSIONS | SOUND | st.text(max_size=30)


@pytest.fixture(scope="module")
def understood(small: Form, spark: SparkSession) -> Callable[[str], bool]:
    """Whether a text is a predicate; then DuckDB plans it over columns of its types, and Spark's own parser takes it."""
    duck = duckdb.connect()
    duck.execute(f"CREATE TABLE t ({', '.join(f'{n} {t}' for n, t in TYPES.items())})")
    parser = spark._jsparkSession.sessionState().sqlParser()

    def of(text: str) -> bool:
        try:
            made = parse(text, small)
        except PredicateError as refused:
            assert refused.why and refused.remedy
            return False
        duck.execute(f"EXPLAIN SELECT {made.sql('duckdb', {'': 'r'})} FROM t AS r")
        parser.parseExpression(made.sql("spark", {"": "r"}))
        return True

    return of


def _fuzz(understood: Callable[[str], bool], examples: int, *, derandomize: bool) -> int:
    let_through = 0

    @settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @example("(" * 20 + "a > 0" + ")" * 20)
    @example("NOT (" * 10 + "a > 0" + ")" * 10)
    @example(" AND ".join(["a > 0"] * 110))
    @example(" + ".join(["a"] * 200) + " > 0")
    @example("(" * 400 + "a > 0" + ")" * 400)
    @example(" AND ".join(["a > 0"] * 400))
    @example("NOT " * 400 + "a > 0")
    @given(ANY)
    def property_(text: str) -> None:
        nonlocal let_through
        let_through += understood(text)

    property_()
    return let_through


def test_a_random_expression_is_understood_by_both_engines_or_refused_in_words(
    understood: Callable[[str], bool],
) -> None:
    assert _fuzz(understood, 250, derandomize=True) > 25


@pytest.mark.proof
def test_tens_of_thousands_of_expressions_are_understood_or_refused(understood: Callable[[str], bool]) -> None:
    assert _fuzz(understood, 20_000, derandomize=False) > 2_000
