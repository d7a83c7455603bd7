"""Scores are worked out again from cells and declared lists: every kind agrees on the sample night, and a wrong one is told."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from catalog.settings import Settings
from catalog.trace import trace
from catalog.trace.efficacy import BANDS, rounded_to, standing
from catalog.trace.scored import score
from catalog.trace.source import Sources
from tests.catalog.trace.conftest import Tamper, key_of, rows

MART = "performance_score"
NAMES = ("excellent", "good", "average", "low", "poor")


@pytest.fixture(scope="module")
def sources(released: Settings) -> Iterator[Sources]:
    opened = Sources(released)
    yield opened
    opened.close()


def given(*lines: str, unit: str = "%") -> dict[str, str]:
    return dict(zip(NAMES, lines, strict=True)) | {"unit": unit}


EXAMPLE = given("14.6", "6.0", "-0.5", "-10.2", "-23.6")
FALLING = given("45", "55", "65", "80", "90")


def test_the_published_example_gives_its_published_score() -> None:
    stands = standing(Decimal("0.0635"), EXAMPLE)
    assert (BANDS[stands.number - 1], rounded_to(30 * stands.position, 2)) == ("良好", Decimal("24.24"))


@pytest.mark.parametrize(
    ("value", "lines", "band", "position"),
    [
        ("0.146", EXAMPLE, "优秀", Fraction(1)), ("0.5", EXAMPLE, "优秀", Fraction(1)), ("0.06", EXAMPLE, "良好", Fraction(4, 5)),
        ("-0.236", EXAMPLE, "较差", Fraction(1, 5)), ("-0.2361", EXAMPLE, "较差以下", Fraction(0)),
        ("0.45", FALLING, "优秀", Fraction(1)), ("0.60", FALLING, "平均", Fraction(7, 10)), ("0.91", FALLING, "较差以下", Fraction(0)),
        ("2", given("3", "2", "2", "1", "0", unit="次"), "良好", Fraction(4, 5)),
    ],
)  # fmt: skip
def test_a_figure_stands_in_the_best_band_it_reaches(value: str, lines: dict[str, str], band: str, position: Fraction) -> None:
    stands = standing(Decimal(value), lines)
    assert (BANDS[stands.number - 1], stands.position) == (band, position)


# What is looked at, and a column of it that is made to say something else.
KINDS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "a basic indicator": ({"kind": "indicator", "role": "basic"}, "score", lambda v: v + Decimal("0.000001")),
    "a modifying indicator": ({"kind": "indicator", "role": "modifying"}, "coefficient", lambda v: v + Decimal("0.000001")),
    "the band of an indicator": ({"kind": "indicator", "band": "良好"}, "band", lambda v: "优秀"),
    "a block": ({"kind": "block"}, "score", lambda v: v + 1),
    "the whole of a unit": ({"kind": "total", "scope": "single"}, "score", lambda v: v + 1),
    "its grade": ({"kind": "total", "scope": "consolidated"}, "grade", lambda v: "A" if v != "A" else "B"),
    "the mean of a node": ({"kind": "total", "scope": "aggregate"}, "score", lambda v: v + Decimal("0.000001")),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_score_agrees_and_a_wrong_one_is_told(sources: Sources, kind: str) -> None:
    where, column, changed = KINDS[kind]
    known = [row for row in sources.gold(MART, where) if row[column] is not None]
    row = random.Random(2026).choice(sorted(known, key=lambda r: (r["unit_id"], r["period"], r["scope"], r["item_id"])))
    right, wrong = score(sources, row), score(sources, {**row, column: changed(row[column])})
    assert [(n.title, n.why) for n in right.walk() if n.agrees is False] == []
    assert right.sound and not wrong.sound


def test_every_score_of_the_night_is_worked_out_to_the_same(sources: Sources) -> None:
    """Of three units all indicators, blocks and totals of their years."""
    units = sorted({(r["unit_id"], r["scope"]) for r in sources.gold(MART, {}) if r["scope"] != "aggregate"})
    chosen = random.Random(7).sample(units, 3)
    found = [r for unit, scope in chosen for r in sources.gold(MART, {"unit_id": unit, "scope": scope})]
    made = [(r, score(sources, r)) for r in found]
    assert [(n.title, n.why) for _, node in made for n in (node, *node.children) if n.agrees is False] == []
    assert len(made) > 50


def test_a_trace_shows_a_score_that_was_made_up(tamper: Tamper, released: Settings) -> None:
    row = rows(released, MART, kind="total", scope="single")[0]
    settings = tamper(MART, key_of(MART, row), {"score": lambda v: (v or 0) + 1})
    node = trace(settings, MART, key_of(MART, row))
    assert node.agrees is False and "重算得" in node.why
