"""Columns that a mart says how to work out again: each kind agrees on the sample night, and a wrong figure is told."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from catalog.settings import Settings
from catalog.trace import trace
from catalog.trace.again import again
from catalog.trace.node import Node
from catalog.trace.source import Sources
from schemas.load import form_names, mart, mart_names, readable
from schemas.mart_document import parse_mart
from schemas.reading import ContractError
from tests.catalog.trace.conftest import Tamper, key_of, rows

TOLD = [name for name in mart_names() if mart(name).again]


@pytest.fixture(scope="module")
def sources(released: Settings) -> Iterator[Sources]:
    opened = Sources(released)
    yield opened
    opened.close()


def values(sources: Sources, name: str, row: Any, *columns: str) -> list[Node]:
    """Of these columns; of all where none is named."""
    declared = mart(name)
    kept = [replace(one, columns={c: t for c, t in one.columns.items() if c in columns or not columns}) for one in declared.again]
    return [node for node in again(sources, replace(declared, again=tuple(kept)), row) if node.kind == "value"]


@pytest.mark.parametrize("name", TOLD)
def test_what_was_built_is_worked_out_to_the_same_from_the_cells(sources: Sources, name: str) -> None:
    known = sorted(sources.gold(name, {}), key=lambda row: [str(row[k]) for k in mart(name).key])
    found = [node for row in random.Random(2026).sample(known, 2) for node in values(sources, name, row)]
    assert [(node.title, node.why) for node in found if not node.agrees] == []
    assert found


# A row of the kind, one of its columns, and what it is made to say instead.
WRONG: dict[str, tuple[str, dict[str, Any], str, Any]] = {
    "the sum of a group's loans of a kind": ("debt_risk", {"scope": "aggregate"}, "debt_bank", lambda v: v + 1),
    "the sum of a group's statements": ("debt_risk", {"scope": "aggregate"}, "net_assets", lambda v: v + 1),
    "what falls due in a month": ("maturity_wall", {"scope": "single", "months_ahead": 3}, "loans_due", lambda v: v + 1),
    "the statements of those a group consolidates": ("group_rollup", {"item": "assets"}, "single", lambda v: v + 1),
    "how many nodes of a level are connected": ("network_coverage", {"kind": "access"}, "connected", lambda v: v + 1),
    "days from one date to another": ("guarantee_exposure", {}, "days_to_end", lambda v: v - 1),
    "a flag of the record": ("fund_flow", {}, "abroad", lambda v: not v),
    "an amount from two others and a share": ("guarantee_exposure", {"relation_kind": "参股"}, "over_share_amount", lambda v: v + 1),
    "the line of the unit's own list": ("fund_flow", {"line_source": "本单位事项清单"}, "line", lambda v: v + 1),
    "what was paid for a project so far": ("investment_chain", {"payment_state": "已支付"}, "paid", lambda v: v + 1),
    "the first day of it": ("investment_chain", {"payment_state": "已支付"}, "first_paid_on", lambda v: v - timedelta(1)),
    "what loans of its kind of unit cost": ("debt_risk", {"scope": "single"}, "peers_cost", lambda v: v + 1),
    "how many units it is compared with": ("debt_risk", {"scope": "single"}, "peer_units", lambda v: v + 1),
    "what a unit's loans cost": ("debt_risk", {"scope": "aggregate"}, "cost_amount", lambda v: v + 1),
    "the place among units of its class": ("enterprise_profile", {}, "debt_ratio_rank", lambda v: v + 1),
    "what falls due with no money set aside": ("maturity_wall", {"scope": "single"}, "unfunded", lambda v: v + 1),
    "what falls due up to a month": ("maturity_wall", {"scope": "aggregate", "months_ahead": 4}, "due_to_date", lambda v: v + 1),
    "how many workdays a transfer was on show": ("property_movement", {"method": "进场公开"}, "disclosed_workdays", lambda v: v + 1),
    "how many workdays are missing": ("property_movement", {"method": "进场公开"}, "disclosure_short", lambda v: v + 1),
    "a state in words": ("decision_compliance", {"party_state": "前置晚于决策"}, "party_state", lambda v: "已前置"),
    "whether enough came by the line of the day": ("decision_compliance", {"decided_by": "董事会"}, "quorum_ok", lambda v: not v),
    "what was paid of a topic": ("decision_compliance", {}, "paid", lambda v: v + 1),
    "the payment that a split begins with": ("fund_flow", {"split_count": 3}, "split_group", lambda v: v + "1"),
    "what a split adds up to": ("fund_flow", {"split_count": 3}, "split_sum", lambda v: v + 1),
    "what was paid so far under a topic": ("fund_flow", {}, "topic_paid", lambda v: v + 1),
    "points taken off for reporting": ("reporting_work", {"scope": "single"}, "deducted", lambda v: v + 1),
    "the score of reporting of a group": ("reporting_work", {"scope": "aggregate"}, "score", lambda v: v + 1),
    "reports that came in time": ("reporting_work", {"scope": "single"}, "on_time", lambda v: v + 1),
    "a share of what was due": ("party_building", {}, "meeting_rate", lambda v: v / 2),
    "progress that was planned": ("reform_progress", {}, "planned", lambda v: v + 1),
    "how many payments were cut from one": ("fund_flow", {"split_count": 3}, "split_count", lambda v: v + 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_figure_that_is_not_what_the_cells_give_is_told(sources: Sources, kind: str) -> None:
    name, where, column, changed = WRONG[kind]
    row = next(r for r in sources.gold(name, where) if r[column] is not None and not r["unit_id"].startswith("jg:"))
    right, wrong = (values(sources, name, given, column) for given in (row, {**row, column: changed(row[column])}))
    assert [[n.agrees for n in nodes] for nodes in (right, wrong)] == [[True], [False]]


def test_a_split_payment_that_lost_its_flag_is_told_by_the_mart_that_says_otherwise(sources: Sources) -> None:
    """Three payments below the line within a week: without its group the count of it is none."""
    row = sources.gold("fund_flow", {"split_count": 3})[0]
    wrong = {**row, "split_group": None}
    assert [n.agrees for n in values(sources, "fund_flow", wrong, "split_count")] == [False]


def test_a_reported_cell_that_was_not_handed_on_as_it_stands_is_told(tamper: Tamper, released: Settings) -> None:
    row = rows(released, "guarantee_exposure")[0]
    settings = tamper("guarantee_exposure", key_of("guarantee_exposure", row), {"guarantee_limit": lambda v: v + 1})
    node = trace(settings, "guarantee_exposure", key_of("guarantee_exposure", row))
    assert node.agrees is False and "担保额度" in node.why


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_names_columns_of_the_marts_own_inputs(name: str) -> None:
    for among, text in ((entry.among, t) for entry in mart(name).again for t in entry.columns.values()):
        for owner, column in re.findall(r"\b([a-z_]+)\.([a-z_0-9]+)", text):
            if owner in mart_names():
                assert owner in (name, *mart(name).inputs) and column in mart(owner).by_name and among, (owner, column)
            elif owner != "row" and "{" not in text:
                assert owner in form_names() and column in {*readable(owner).by_name, "period"}, (owner, column)


def test_a_mart_cannot_tell_of_a_column_it_has_not() -> None:
    document = dict(mart("fund_flow").document)
    document["guozi"] = {**document["guozi"], "again": [{"columns": {"weather": "row.amount"}}]}
    with pytest.raises(ContractError, match="weather"):
        parse_mart(document, "fund_flow", {})
