"""What falls due, month by month."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.maturity_wall import maturity_wall
from schemas.load import form
from tests.jobs.marts.small import gold, parameters, records, shown

Rows = list[dict[str, Any]]


def _wall(spark: SparkSession, loans: Rows, given: Rows | None = None, risk: Rows | None = None) -> DataFrame:
    """B below A, reports of 2024-11."""
    tree = [
        {"period": "2024-11", "unit_id": unit, "ancestor_id": above, "depth": int(unit != above), "is_supervisor": False,
         "ancestor_name": f"名{above}"}
        for unit, above in (("A", "A"), ("B", "B"), ("B", "A"))
    ]  # fmt: skip
    loan = {"unit_id": "B", "period": "2024-11", "kind": "银行贷款", "balance": 100}
    financing = records(spark, form("financing"), [{**loan, "financing_no": f"F{i}", **row} for i, row in enumerate(loans)])
    guarantee = records(spark, form("guarantee"), [{"unit_id": "B", "period": "2024-11", **row} for row in given or []])
    marts: dict[str, Rows] = {"debt_risk": risk or [], "submission_coverage": [], "enterprise_tree": tree}
    known = parameters(listed={"financing": (), "guarantee": ()})
    return maturity_wall(financing, guarantee, **{name: gold(spark, name, rows) for name, rows in marts.items()}, parameters=known)


def test_every_month_ahead_is_a_row_with_what_falls_due_in_it(spark: SparkSession) -> None:
    loans = [{"due_m01": 10, "due_m12": 5}, {"kind": "中票", "due_m01": 7, "put_on": date(2025, 2, 3)}]
    given = [{"balance": 40, "end_on": date(2025, 11, 30)}, {"balance": 1, "end_on": date(2025, 12, 1)}]
    own = _wall(spark, loans, given).where("scope = 'single'")
    some = own.where("due + puttable + guarantees_due > 0")
    assert own.count() == 12
    assert shown(some, "unit_id", "due_month", "months_ahead", "loans_due", "bonds_due", "due", "puttable", "guarantees_due") == {
        ("B", "2024-12", 1, 10, 7, 17, 0, 0), ("B", "2025-02", 3, 0, 0, 0, 100, 0), ("B", "2025-11", 12, 5, 0, 5, 0, 40),
    }  # fmt: skip


def test_money_set_aside_pays_what_falls_due_first_and_only_its_own_loan(spark: SparkSession) -> None:
    known = {"secured": 25, "repayment_source": "再融资"}
    loans: Rows = [{"due_m01": 10, "due_m02": 20, "due_m03": 30, **known}, {"due_m03": 5, "secured": 400}, {"due_m02": 3}]
    risk = [{"unit_id": "B", "period": "2024-11", "scope": "single", "unrestricted_cash": 19}]
    made = _wall(spark, loans, risk=risk).where("scope = 'single' AND months_ahead <= 3")
    columns = ("months_ahead", "due", "unfunded", "source_unknown", "due_to_date", "unfunded_to_date", "gap_to_date", "unfunded_to_cash")
    assert shown(made, *columns) == {
        (1, 10, 0, 0, 10, 0, -19, 0), (2, 23, 8, 3, 33, 8, -11, 0.42105263), (3, 35, 30, 0, 68, 38, 19, 2),
    }  # fmt: skip


def test_a_group_is_the_sum_of_what_it_manages(spark: SparkSession) -> None:
    made = _wall(spark, [{"due_m01": 10}, {"unit_id": "A", "due_m01": 4, "secured": 4}]).where("months_ahead = 1")
    assert shown(made, "unit_id", "scope", "unit_name", "due", "unfunded", "unrestricted_cash") == {
        ("A", "single", "名A", 4, 0, None), ("B", "single", "名B", 10, 10, None), ("A", "aggregate", "名A", 14, 10, None),
    }  # fmt: skip


def test_no_loan_and_no_guarantee_is_no_row(spark: SparkSession) -> None:
    assert _wall(spark, []).count() == 0
