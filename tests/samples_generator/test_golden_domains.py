"""Marts of the domains over one small night hold the figures worked out from the generator's books, at every level."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable

from catalog.tables import table
from tests.conftest import SampleNight
from tests.samples_generator.compared import Night

Place = tuple[str, str, str, str]
# Of a mart of records: the figure of a node is added up over its units. Else the row of the node itself is read.
RECORDS = {
    "fund_flow": {"rows": "count(*)", "amount": "sum(amount)", "undecided": "count_if(NOT decided)", "split": "count(split_group)"},
    "guarantee_exposure": {
        "rows": "count(*)", "balance": "sum(balance)", "strangers": "count_if(relation_kind = '无关联')",
        "over_share": "sum(over_share_amount)",
    },
    "investment_chain": {
        "rows": "count(*)", "since_start": "sum(since_start)", "stalled": "count_if(stalled_days > 0)",
        "over_budget": "count_if(over_budget > 0.2)", "paid": "sum(paid)",
    },
    "property_movement": {
        "registered": "sum(paid_in_capital)", "price": "sum(price)", "low_floors": "count_if(floor_first_share < 1)",
    },
    "decision_compliance": {"rows": "count(*)", "amount": "sum(amount)", "studied_late": "count_if(party_state = '前置晚于决策')"},
    "party_building": {"rows": "count(*)", "members": "sum(members)", "term_over": "count_if(term_over)"},
    "reform_progress": {"rows": "count(*)", "done": "count_if(status = '已完成')", "fell_back": "count_if(fell_back)"},
    "accountability": {"rows": "count(*)", "loss": "sum(loss)", "wrong_class": "count_if(class_differs)"},
    "network_coverage": {"rows": "count_if(kind = 'system')", "expired": "count_if(expired)"},
    "equity_participation_review": {"rows": "count(*)", "cost": "sum(cost)", "should_exit": "count_if(should_exit)"},
}  # fmt: skip
OF_NODE = {
    "debt_risk": {name: f"sum({name})" for name in ("debt_bank", "debt_bond", "debt_nonstandard")},
    "maturity_wall": {"due": "sum(due)", "next": "sum(CASE WHEN months_ahead = 1 THEN due END)"},
    "overseas_exposure": {name: f"sum({name})" for name in ("assets", "net_profit", "loss")},
}


@pytest.fixture(scope="module")
def seen(sample_night: SampleNight) -> Night:
    return Night.of(sample_night.settings, sample_night.sample.truth)


def told(seen: Night, mart: str) -> dict[Place, Decimal]:
    """(node, period, name, mart) → the golden figure."""
    rows = seen.golden["domains"]["figures"]
    return {(r["node"], r["period"], r["name"], r["mart"]): Decimal(r["value"]) for r in rows if r["mart"] == mart}


def built(seen: Night, mart: str) -> Iterator[tuple[Place, Decimal]]:
    place = table(seen.settings, "gold", mart)
    with duckdb.connect() as database:
        database.register("mart", DeltaTable(place.uri, storage_options=place.options).to_pyarrow_table())
        for node, units in seen.golden["domains"]["nodes"].items():
            for period in sorted({p for n, p, *_ in told(seen, mart) if n == node}):
                yield from _figures(database, mart, node, units, period)


def _figures(database: Any, mart: str, node: str, units: list[str], period: str) -> Iterator[tuple[Place, Decimal]]:
    if mart in RECORDS:
        names, chosen, parameters = RECORDS[mart], "list_contains(?, unit_id)", [units]
    else:
        names, chosen, parameters = OF_NODE[mart], "unit_id = ? AND scope = ?", [node, "single" if len(units) == 1 else "aggregate"]
    row = database.execute(
        f"SELECT {', '.join(names.values())} FROM mart WHERE {chosen} AND (? = '' OR period = ?)", [*parameters, period, period]
    ).fetchone()
    for name, value in zip(names, row, strict=True):
        yield (node, period, name, mart), Decimal(value or 0)


def wrong(seen: Night, mart: str) -> dict[Place, tuple[Decimal, Decimal | None]]:
    """Golden figures that the mart has otherwise, beside what it has."""
    expected = told(seen, mart)
    assert len({node for node, *_ in expected}) >= 6
    found = dict(built(seen, mart))
    return {place: (value, found.get(place)) for place, value in expected.items() if value != found.get(place)}


@pytest.mark.parametrize("mart", [*RECORDS, *OF_NODE])
def test_a_mart_holds_the_golden_figures_of_units_group_district_and_city(seen: Night, mart: str) -> None:
    assert wrong(seen, mart) == {}
