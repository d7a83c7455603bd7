"""A year of nights: after each of them the ledger, silver and gold say what a model of a few lines says; twelve in the suite, 365 by
`make proof`. `python -m tests.year --seed N` replays a seed that failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.ledger.ledger import Ledger
from tests.jobs.few import marts_of
from tests.year.cost import MEASURED, measured
from tests.year.night import MARTS, SPARK, Differs, Year

_SOME, _SEED = 12, 10


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """Twelve nights, each held against the model, the seventh followed by upkeep."""
    home = tmp_path_factory.mktemp("year")
    with marts_of(home / "few", *MARTS):
        year = Year(home / "var", _SEED)
        for number in range(1, _SOME + 1):
            year.night(number)
        yield year


def test_after_each_of_twelve_nights_ledger_and_silver_say_what_the_model_says(some: Year) -> None:
    forms = {key[0] for key in some.model.claims}
    assert forms == {"monthly_finance", "large_payment", "decision", "enterprise_registry", "enterprise_registry_line"}
    states = {c.state for own in some.model.claims.values() for c in own}
    assert states >= {"in force", "to explain", "to review", "superseded", "withdrawn"}
    assert some.kills and any(r.rejected for r in some.model.received.values())


def test_a_night_that_differs_is_named_with_its_seed_its_day_and_what_differs(some: Year) -> None:
    standing = next(some.model.standing("monthly_finance"))
    ledger = Ledger.open(some.settings(_SOME))
    try:
        ledger.decide(f"R{standing.number:08d}", "withdraw", "王芳", "模型不知道的决定")
    finally:
        ledger.close()
    with pytest.raises(Differs) as told:
        some.night(_SOME + 1)
    unit = standing.word.key[1]
    assert f"种子 {_SEED} 第 13 夜（2024-06-13）" in str(told.value) and f"--seed {_SEED}" in str(told.value)
    assert f"条目 多出 ({standing.number}, 'monthly_finance', '{unit}'" in str(told.value)
    assert f"明细 monthly_finance 缺少 ('{standing.number}', '{unit}'" in str(told.value)


@pytest.mark.proof
def test_a_year_of_nights_with_gold_on_twenty_one_of_them_and_no_more_files_at_its_end(tmp_path: Path, spark: Any) -> None:
    with marts_of(tmp_path / "few", *MARTS):
        year, costs = Year(tmp_path / "var", 1, SPARK), []
        for number in range(1, 366):
            year.night(number)
            if number in MEASURED:
                costs.append(measured(year.settings(number), number, year.town, tmp_path / "work"))
    assert year.kills > 10
    assert {"superseded", "withdrawn", "to review"} <= {c.state for own in year.model.claims.values() for c in own}
    assert costs[-1].files <= costs[0].files and costs[-1].listed <= 1.1 * costs[0].listed
