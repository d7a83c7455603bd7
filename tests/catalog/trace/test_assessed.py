"""Usage scores of offices are worked out again from the month's raw scores: each kind agrees, and a wrong one is told."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from catalog.settings import Settings
from catalog.trace import trace
from catalog.trace.assessed import assessed
from catalog.trace.source import Sources
from tests.catalog.trace.conftest import Tamper, key_of, rows

MART = "office_assessment"


@pytest.fixture(scope="module")
def sources(released: Settings) -> Iterator[Sources]:
    opened = Sources(released)
    yield opened
    opened.close()


def test_every_score_of_the_night_is_worked_out_to_the_same(sources: Sources) -> None:
    known = sources.gold(MART, {})
    wrong = [(n.title, n.why) for row in known for n in assessed(sources, row).walk() if n.agrees is False]
    assert wrong == []
    assert {row["full_by_rule"] for row in known} == {True, False}
    assert {row["dimension"] for row in known} == {"login", "collect", "manage", "share", "total"}


@pytest.mark.parametrize(
    ("where", "column"),
    [({"dimension": "collect", "full_by_rule": "False"}, "score"), ({"dimension": "collect", "full_by_rule": "False"}, "worst"),
     ({"dimension": "total"}, "score")],
)  # fmt: skip
def test_a_score_that_the_raw_scores_do_not_give_is_told(sources: Sources, where: dict[str, Any], column: str) -> None:
    row = next(r for r in sources.gold(MART, {"dimension": where["dimension"]}) if all(str(r[k]) == v for k, v in where.items()))
    assert assessed(sources, row).sound
    assert not assessed(sources, {**row, column: row[column] + Decimal("0.000001")}).sound


def test_a_trace_shows_a_score_that_was_made_up(tamper: Tamper, released: Settings) -> None:
    row = rows(released, MART, dimension="total")[0]
    settings = tamper(MART, key_of(MART, row), {"score": lambda v: v - 1})
    node = trace(settings, MART, key_of(MART, row))
    assert node.agrees is False and "重算得" in node.why
