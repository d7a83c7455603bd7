"""Three releases, a resubmission between each and a changed warning line before the third: every earlier figure comes back both
ways, as it was published and recomputed as it was known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from catalog.ledger.values import Refused
from catalog.settings import Settings
from catalog.sql import NothingReleased, ask, connect
from jobs.land import land
from jobs.night import night
from jobs.publish import Official, publish
from jobs.refine import refine
from jobs.scratch import as_known
from schemas.declared import documents, lay_out, reading
from tests.jobs.few import marts_of
from tests.jobs.incoming import capital, capital_with, put

DAYS = (date(2013, 5, 2), date(2013, 5, 20), date(2013, 6, 3))
FIGURE = "SELECT value FROM statement WHERE unit_id = 'sse:600229' AND item = 'restricted_other_domestic'"
RED = "SELECT unit_id FROM warning WHERE warning_id = 'W02' AND level = '红'"


@contextmanager
def _no_line_for_insolvency(folder: Path) -> Iterator[None]:
    """Declarations under which W02 fires from an astronomical sum only."""
    changed = dict(documents())
    for path in (p for p in changed if p.startswith("warnings/")):
        changed[path] = re.sub(r"(id: W02\n(?:.*\n)*?.*?\bline: )'0'", r"\g<1>'99999999999999'", changed[path], count=1)
    assert changed != documents()
    with reading(lay_out(changed, folder)):
        yield


def _shown(settings: Settings, query: str, **which: Any) -> list[Any]:
    with connect(settings, **which) as connection:
        return [value for (value,) in ask(connection, query).rows]


@pytest.fixture
def few_marts(tmp_path: Path) -> Iterator[None]:
    with marts_of(tmp_path / "few", "warning", warnings=("W02",)):
        yield


@pytest.fixture
def three(few_marts: None, settings: Settings, tmp_path: Path, spark: Any) -> Settings:
    put(settings, "a/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012")
    for number, (day, shares) in enumerate(zip(DAYS, ("61,131", "61,132", "61,133"), strict=True), 1):
        capital(settings, f"{number}/2010.csv", capital_with('"61,131"', f'"{shares}"'), revision=str(number))
        with _no_line_for_insolvency(tmp_path / "changed") if number == 3 else nullcontext():
            night(replace(settings, today=day))
    return replace(settings, today=DAYS[-1])


def test_every_earlier_figure_is_reproduced_both_ways_and_what_came_since_is_told(three: Settings) -> None:
    was = {n: (_shown(three, FIGURE, number=n), _shown(three, RED, number=n)) for n in (1, 2, 3)}
    assert [[int(v) for v in figures] for figures, _ in was.values()] == [[61131], [61132], [61133]]
    assert [red for _, red in was.values()] == [["sse:600579"], ["sse:600579"], []]
    for number, day in enumerate(DAYS, 1):
        done = as_known(three, day, only=("warning",))
        assert done.release == number and {d.mart: d.reasons for d in done.differences if not d.same} == {}
        assert (_shown(three, FIGURE, as_known=day), _shown(three, RED, as_known=day)) == was[number]
    assert _shown(three, FIGURE) == was[3][0]  # what readers see is still the last release
    publish(three, Official("王芳", "试"))
    assert _shown(three, FIGURE, number=3) == was[3][0]
    later = replace(three, today=date(2013, 6, 10))
    capital(three, "4/2010.csv", capital_with('"61,131"', '"61,134"'), revision="4")
    land(later)
    refine(later)
    told = {d.mart: d for d in as_known(three, later.today, only=("statement", "enterprise_tree")).differences}
    assert not told["statement"].same and any("R00000005" in reason for reason in told["statement"].reasons)
    assert told["enterprise_tree"].same and set(told) == {"statement", "enterprise_tree"}


def test_a_day_before_the_first_release_and_one_not_recomputed_are_told(settings: Settings) -> None:
    with pytest.raises(Refused, match="到 2013-05-01 为止还没有发布"):
        as_known(settings, date(2013, 5, 1))
    with pytest.raises(NothingReleased, match="guozi build --as-known 2013-05-01"):
        connect(settings, as_known=date(2013, 5, 1))
