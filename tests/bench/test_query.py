"""The analysts' queries of the bench are twenty, and gold answers them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from bench import __main__ as bench
from bench.sections import query
from catalog.sql import Answer, _shown, ask
from intake.shapes import arrow_type
from schemas.load import mart, mart_names
from tests.conftest import SampleNight


def test_every_query_fits_the_declared_marts() -> None:
    empty = {n: pa.schema([(c.name, arrow_type(c.type)) for c in mart(n).columns]).empty_table() for n in mart_names()}
    with _shown(empty) as connection:
        answers = {name: ask(connection, sql) for name, sql in query.queries().items()}
    assert len(answers) == 20 and all(isinstance(answer, Answer) for answer in answers.values())


def test_a_release_answers_them_the_same_each_time(finance_night: SampleNight) -> None:
    told = query.timed(finance_night.settings, times=2)
    assert len(told["queries"]) == 20 and told["p95_ms"] > 0
    assert all(
        told["queries"][name]["rows"]
        for name in ("top_assets", "indicator_matrix", "coverage_along_tree", "debt_ratio_trend")
    )


def test_p95_is_what_nineteen_of_twenty_wait_at_most() -> None:
    assert query.p95([float(n) for n in range(1, 101)]) == pytest.approx(95.0, abs=0.1)


def test_a_section_that_does_not_exist_is_refused_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["nigth"])
    said = capsys.readouterr().err
    assert "nigth" in said and all(name in said for name in bench.SECTIONS)
