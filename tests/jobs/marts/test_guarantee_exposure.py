"""Guarantees beside their debtors."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.marts.guarantee_exposure import guarantee_exposure
from schemas.load import form
from tests.jobs.marts.small import entries, gold, records, shown

Rows = list[dict[str, Any]]


def _exposure(spark: SparkSession, given: Rows, risk: Rows | None = None) -> DataFrame:
    """B and C below A, D alone; guarantees of B in 2024-03 where a row says nothing else."""
    above = {"A": ("A",), "B": ("B", "A"), "C": ("C", "A"), "D": ("D",)}
    tree = [
        {"period": "2024-03", "unit_id": unit, "ancestor_id": a, "depth": depth, "is_supervisor": False, "unit_name": f"名{unit}"}
        for unit, line in above.items() for depth, a in enumerate(line)
    ]  # fmt: skip
    first = {
        "unit_id": "B", "guarantor": "B", "period": "2024-03", "debtor": "X", "relation_kind": "无关联",
        "balance": 100, "guarantee_limit": 100,
    }  # fmt: skip
    guarantee = records(spark, form("guarantee"), [{**first, "guarantee_no": f"G{i}", **row} for i, row in enumerate(given, 1)])
    entry = entries(spark, [{"form": "guarantee", "unit_id": "B", "period": "2024-03"}])
    return guarantee_exposure(guarantee, gold(spark, "debt_risk", risk or []), gold(spark, "enterprise_tree", tree), entry)


def test_who_the_debtor_is_follows_from_the_tree_whatever_was_declared(spark: SparkSession) -> None:
    made = _exposure(spark, [{"debtor": "C"}, {"debtor": "D"}, {}])
    assert shown(made, "guarantee_no", "top_unit", "debtor_name", "debtor_top_unit", "in_group", "maturity") == {
        ("G1", "A", "名C", "A", True, "确定"), ("G2", "A", "名D", "D", False, "确定"), ("G3", "A", None, None, None, "确定"),
    }  # fmt: skip


@pytest.mark.parametrize(("row", "over"), [
    ({"share": "0.3", "debt": 100}, 70),
    ({"share": "0.3", "debt": 100, "balance": 30}, 0),
    ({"share": "0.3", "debt": 400, "over_share": 9}, 0),
    ({"share": "0.3", "debt": 200, "guarantee_limit": 300}, 40),
    ({"share": "0.3333", "debt": "100.01"}, "66.6667"),
    ({"share": 1, "debt": 100}, 0),
    ({"debt": 100, "over_share": 5}, 5),
    ({}, None),
])  # fmt: skip
def test_what_is_guaranteed_beyond_the_share_of_the_debt_is_over(spark: SparkSession, row: dict[str, Any], over: Any) -> None:
    assert shown(_exposure(spark, [row]), "over_share_amount") == {(over if over is None else float(over),)}


def test_a_debtor_is_insolvent_when_it_is_declared_or_its_own_report_says_so(spark: SparkSession) -> None:
    risk = [{"unit_id": unit, "period": "2024-03", "scope": "single", "net_assets": net} for unit, net in (("C", -1), ("D", 5))]
    given: Rows = [{"debtor": "C", "insolvent": False}, {"debtor": "D", "insolvent": True}, {"debtor": "D"}, {"insolvent": False}, {}]
    assert shown(_exposure(spark, given, risk), "guarantee_no", "debtor_insolvent", "debtor_net_assets") == {
        ("G1", True, -1), ("G2", True, 5), ("G3", False, 5), ("G4", False, None), ("G5", None, None),
    }  # fmt: skip


def test_what_nobody_would_pay_back_stands_beside_the_balance(spark: SparkSession) -> None:
    row = {"counter_amount": 30, "compensated": 8, "recovered": 3, "end_on": date(2024, 4, 10)}
    made = _exposure(spark, [row, {"counter_amount": 130, "end_on": date(2024, 3, 30)}])
    assert shown(made, "guarantee_no", "uncovered", "lost", "days_to_end") == {("G1", 70, 5, 10), ("G2", 0, None, -1)}


def test_no_guarantee_is_no_row(spark: SparkSession) -> None:
    assert _exposure(spark, []).count() == 0
