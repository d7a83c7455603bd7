"""Rows of marts over one small night are, column by column, those worked out from the generator's books in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import SampleNight
from tests.samples_generator.compared import Night

# What of a mart golden rows are told of, where not of all.
_WHERE = {"data_quality": "broken > 0 AND severity <> 'notice'"}
# Per mart: how many rows are told at least, and what of a key says that the row is somebody's who is told of.
MARTS = {
    "data_quality": (20, ("unit_id",)), "enterprise_profile": (20, ("unit_id",)), "group_rollup": (1000, ("unit_id",)),
    "measure": (300, ("measure_id", "unit_id")), "network_coverage": (30, ("unit_id", "scope", "kind")),
    "office_assessment": (50, ("period",)), "office_usage": (20, ("period",)), "ownership": (100, ("owner_id",)),
    "panorama": (500, ("unit_id", "figure")), "performance_score": (100, ("unit_id", "scope")),
    "reporting_work": (50, ("form", "unit_id", "scope")), "service_items": (10, ("unit_id",)),
}  # fmt: skip
_Values = Mapping[str, str | None]


@pytest.fixture(scope="module")
def seen(sample_night: SampleNight) -> Night:
    return Night.of(sample_night.settings, sample_night.sample.truth)


def differing(seen: Night, mart: str) -> list[tuple[Mapping[str, str], _Values | None, _Values | None]]:
    """Key, golden values and those of the mart, where these differ; None where there is no such row."""
    golden = [row for row in seen.golden["rows"] if row["mart"] == mart]
    least, whose = MARTS[mart]
    assert len(golden) >= least
    names = [*golden[0]["key"]]
    expected = {tuple(row["key"].values()): (row["values"], row["within"]) for row in golden}
    nodes = {tuple(row["key"][name] for name in whose) for row in golden}
    rows = (row for row in seen.table("gold", mart, _WHERE.get(mart, "true")) if tuple(row[name] for name in whose) in nodes)
    found = {tuple(row[name] for name in names): row for row in rows}
    wrong = []
    for key in sorted({*expected, *found}):
        (told, within), row = expected.get(key, (None, {})), found.get(key)
        has = None if row is None else {name: text(row[name]) for name in told or ()}
        if told is None or has is None or not _same(told, has, within):
            wrong.append((dict(zip(names, key, strict=True)), told, has))
    return wrong


def _same(told: _Values, has: _Values, within: Mapping[str, str]) -> bool:
    return all(value == has[name] or _near(value, has[name], within.get(name)) for name, value in told.items())


def _near(value: str | None, found: str | None, within: str | None) -> bool:
    if value is None or found is None or within is None:
        return False
    return abs(Decimal(value) - Decimal(found)) <= Decimal(within)


def text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    return value.isoformat() if isinstance(value, date) else f"{Decimal(value).normalize():f}"


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_holds_the_golden_rows_and_no_others_of_the_same_nodes(seen: Night, mart: str) -> None:
    assert differing(seen, mart) == []
