"""Cash, debts, incidents and guarantees of units, groups and supervisors."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.debt_risk import debt_risk
from schemas.load import form
from tests.jobs.marts.small import gold, parameters, records, shown

Rows = list[dict[str, Any]]
_ALIKE = {"function_class": "商业一类", "industry": "4411"}


def _tree(*periods: str) -> Rows:
    """A over B and C, below the city."""
    city = {("jg:sasac", "A"): 1, ("jg:sasac", "B"): 2, ("jg:sasac", "C"): 2}
    place = {("A", "A"): 0, ("B", "B"): 0, ("C", "C"): 0, ("A", "B"): 1, ("A", "C"): 1, **city}
    return [
        {"period": p, "ancestor_id": above, "unit_id": unit, "depth": depth, "is_supervisor": above == "jg:sasac",
         "ancestor_name": f"名{above}", "supervisor": "sasac", **_ALIKE}
        for p in periods for (above, unit), depth in place.items()
    ]  # fmt: skip


def _figures(unit: str, scope: str = "single", period: str = "2024-03", **figures: int) -> Rows:
    of = {"form": "monthly_finance", "unit_id": unit, "period": period, "scope": scope}
    return [{**of, "field": field, "value": value} for field, value in figures.items()]


def _risk(
    spark: SparkSession, figures: Rows, loans: Rows | None = None, given: Rows | None = None, reports: Rows | None = None
) -> DataFrame:
    """Loans and guarantees of B in 2024-03 where a row says nothing else."""
    loan = {"unit_id": "B", "period": "2024-03", "kind": "银行贷款", "balance": 100, "overdue": False, "currency": "CNY"}
    guarantee = {"unit_id": "B", "period": "2024-03", "relation_kind": "无关联"}
    financing = records(spark, form("financing"), [{**loan, "financing_no": f"F{i}", **row} for i, row in enumerate(loans or [])])
    guarantees = records(spark, form("guarantee"), [{**guarantee, **row} for row in given or []])
    tree, coverage = gold(spark, "enterprise_tree", _tree("2024-02", "2024-03")), gold(spark, "submission_coverage", reports or [])
    known = parameters(listed=dict.fromkeys(("monthly_finance", "financing", "guarantee"), ()))
    return debt_risk(gold(spark, "statement", figures), financing, guarantees, coverage, tree, known)


def test_cash_that_is_free_is_held_against_debts_due_within_a_year(spark: SparkSession) -> None:
    balance = {"cash_closing": 100, "restricted_cash_closing": 40, "short_loans_closing": 50, "current_portion_closing": 70}
    result = {"total_profit_ytd": 20, "interest_expense_ytd": 10, "assets_closing": 300, "liabilities_closing": 240, "equity_closing": 60}
    made = _risk(spark, [*_figures("B", **balance, **result), *_figures("C", cash_closing=5, short_loans_closing=0)])
    seen = ("unrestricted_cash", "short_debt", "cash_to_short_debt", "interest_cover", "debt_ratio")
    assert shown(made.where("scope = 'single'"), "unit_id", *seen) == {("B", 60, 120, 0.5, 3, 0.8), ("C", 5, 0, None, None, None)}


def test_a_group_and_the_city_are_sums_and_the_groups_own_statement_meets_all_its_loans(spark: SparkSession) -> None:
    figures = [
        *_figures("A", cash_closing=10), *_figures("A", "difference", cash_closing=-3), *_figures("A", "consolidated", equity_closing=200),
        *_figures("B", cash_closing=5, equity_closing=50), *_figures("C", cash_closing=1),
    ]  # fmt: skip
    given = [{"balance": 60}, {"balance": 20, "relation_kind": "合并范围内"}, {"unit_id": "C", "balance": 10}]
    made = _risk(spark, figures, [{"balance": 30}, {"unit_id": "C", "kind": "信托", "balance": 8}], given)
    columns = ("unrestricted_cash", "debt_bank", "debt_nonstandard", "guarantee_balance", "guarantee_external", "guarantee_ratio")
    assert shown(made, "unit_id", "scope", "unit_name", *columns) == {
        ("A", "single", "名A", 10, None, None, None, None, None), ("B", "single", "名B", 5, 30, 0, 80, 60, 1.6),
        ("C", "single", "名C", 1, 0, 8, 10, 10, None), ("A", "consolidated", "名A", None, 30, 8, 90, 70, 0.45),
        ("A", "aggregate", "名A", 13, 30, 8, 90, 70, 1.8), ("jg:sasac", "aggregate", "名jg:sasac", 13, 30, 8, 90, 70, 1.8),
    }  # fmt: skip


def test_what_falls_due_in_three_months_less_what_is_secured_loan_by_loan(spark: SparkSession) -> None:
    loans: Rows = [{"due_m01": 10, "due_m02": 20, "due_m03": 30, "due_m04": 900, "secured": 25}, {"due_m03": 5, "secured": 400}]
    loans += [{"due_m01": 9, "repayment_source": "经营现金流"}, {}]
    made = _risk(spark, _figures("B", cash_closing=30), loans)
    assert shown(made.where("scope = 'single'"), "due_3m", "unfunded_3m", "gap_3m") == {(74, 35, 5)}


def test_incidents_are_counted(spark: SparkSession) -> None:
    soon, later = {"put_on": date(2024, 6, 29)}, {"put_on": date(2024, 6, 30)}
    loans = [
        {"overdue": True, "overdue_amount": 7}, {"extended": True}, {**soon, "secured": 99}, {**soon, "secured": 100}, later,
        {"put_on": date(2024, 3, 31)}, {**soon, "repayment_source": "再融资"},
    ]  # fmt: skip
    made = _risk(spark, [], loans).where("unit_id = 'B'")
    assert shown(made, "overdue_count", "overdue_amount", "extended_count", "put_unfunded_count") == {(1, 7, 1, 1)}


def test_a_rating_below_the_one_reported_before_is_down(spark: SparkSession) -> None:
    def rated(number: str, period: str, issuer: str | None, bond: str | None) -> dict[str, Any]:
        return {"financing_no": number, "period": period, "issuer_rating": issuer, "bond_rating": bond}

    loans = [
        rated("1", "2024-02", "AA+", None), rated("1", "2024-03", "AA", None), rated("2", "2024-02", "AA", "AAA"),
        rated("2", "2024-03", "AAA", "AA+"), rated("3", "2024-02", "A", "A"), rated("3", "2024-03", "A", None),
        rated("4", "2024-03", "B", "B"),
    ]  # fmt: skip
    made = _risk(spark, [], loans).where("unit_id = 'B'")
    assert shown(made, "period", "rating_down_count") == {("2024-02", 0), ("2024-03", 2)}


def test_cost_is_weighted_and_compared_among_units_alike(spark: SparkSession) -> None:
    loans = [
        {"balance": 100, "all_in_cost": "0.04"}, {"balance": 300, "all_in_cost": "0.06"}, {"balance": 900},
        {"unit_id": "C", "balance": 400, "all_in_cost": "0.035"},
    ]  # fmt: skip
    made = _risk(spark, [], loans)
    assert shown(made.where("unit_id LIKE 'jg:%'"), "avg_cost", "peer_cost", "peer_units", "cost_over_peers") == {(0.045, None, None, None)}
    assert shown(made.where("scope = 'single'"), "unit_id", "avg_cost", "peer_cost", "peer_units", "cost_over_peers") == {
        ("B", 0.055, 0.045, 2, 0.01), ("C", 0.035, 0.045, 2, -0.01),
    }  # fmt: skip


def test_the_reports_it_rests_on_are_counted(spark: SparkSession) -> None:
    of = {"period": "2024-03", "received": True, "late": False, "excluded": False, "maturity": "确定"}
    reports = [
        {**of, "form": "monthly_finance", "unit_id": "B", "scope": "single", "expected": True},
        {**of, "form": "monthly_finance", "unit_id": "C", "scope": "single", "expected": True, "received": False, "maturity": "迟报"},
        {**of, "form": "financing", "unit_id": "B", "scope": "single", "expected": False, "maturity": "暂定"},
        {**of, "form": "monthly_finance", "unit_id": "A", "scope": "consolidated", "expected": True},
        {**of, "form": "tax", "unit_id": "B", "scope": "single", "expected": True},
    ]  # fmt: skip
    made = _risk(spark, [*_figures("B", cash_closing=1), *_figures("A", "consolidated", cash_closing=2)], reports=reports)
    assert shown(made, "unit_id", "scope", "expected", "received", "maturity") == {
        ("B", "single", 2, 2, "暂定"), ("A", "consolidated", 1, 1, "确定"),
        ("A", "aggregate", 3, 2, "迟报"), ("jg:sasac", "aggregate", 3, 2, "迟报"),
    }  # fmt: skip


def test_nothing_reported_is_no_row(spark: SparkSession) -> None:
    assert _risk(spark, []).count() == 0
