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
    for text in (t for entry in mart(name).again for t in entry.columns.values()):
        for owner, column in re.findall(r"\b([a-z_]+)\.([a-z_0-9]+)", text):
            if owner != "row" and "{" not in text:
                assert owner in form_names() and column in {*readable(owner).by_name, "period"}, (owner, column)


def test_a_mart_cannot_tell_of_a_column_it_has_not() -> None:
    document = dict(mart("fund_flow").document)
    document["guozi"] = {**document["guozi"], "again": [{"columns": {"weather": "row.amount"}}]}
    with pytest.raises(ContractError, match="weather"):
        parse_mart(document, "fund_flow", {})
