"""The reporting work: in time, right at once, and the published deductions."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.reporting_work import reporting_work
from tests.jobs.marts.small import entries, gold, parameters, shown

Rows = list[dict[str, Any]]
_DUE = date(2024, 4, 8)


def _made(spark: SparkSession, reports: Rows, sent: Rows | None = None) -> DataFrame:
    """Reports of G and of A below it; what a row does not say came in time."""
    first = {"form": "small", "unit_id": "A", "period": "2024-03", "scope": "single", "expected": True, "received": True, "late": False,
             "excluded": False, "missing": False, "due_on": _DUE, "received_on": _DUE, "maturity": "确定", "unit_name": "甲",
             "supervisor": "sasac"}  # fmt: skip
    tree = [{"period": "2024-03", "unit_id": u, "ancestor_id": a, "ancestor_name": f"{a}集团", "is_supervisor": False, "depth": d}
            for u, a, d in (("G", "G", 0), ("A", "A", 0), ("A", "G", 1))]  # fmt: skip
    tries = [{"unit_id": "A", "period": "2024-03", "id": i, **row} for i, row in enumerate(sent or [], 1)]
    return reporting_work(
        gold(spark, "submission_coverage", [{**first, **row} for row in reports]), entries(spark, tries),
        gold(spark, "enterprise_tree", tree), parameters("2024-03"),
    )  # fmt: skip


def test_the_published_deductions(spark: SparkSession) -> None:
    """Two days late: four half days, 2 points; one missing: 0.5; three errors: 0.6. 100 − 3.1."""
    missing = {"scope": "consolidated", "received": False, "missing": True, "received_on": None}
    reports: Rows = [{"late": True, "received_on": date(2024, 4, 10)}, missing]
    made = _made(spark, reports, [{"errors": 3, "state": "returned"}, {}]).where("scope = 'single'")
    assert shown(made, "expected", "received", "late_half_days", "missing", "wrong", "deducted", "score", "timeliness") == {
        (2, 1, 4, 1, 3, 3.1, 96.9, 0.0)
    }


def test_the_first_try_decides_whether_a_report_passed_at_once(spark: SparkSession) -> None:
    returned = _made(spark, [{}], [{"state": "returned", "errors": 1}, {}]).where("unit_id = 'A'")
    assert shown(returned, "submitted", "returned", "first_pass", "first_pass_rate") == {(2, 1, 0, 0.0)}
    corrected = _made(spark, [{}], [{"state": "superseded"}, {"errors": 2, "state": "returned"}]).where("unit_id = 'A'")
    assert shown(corrected, "submitted", "first_pass", "first_pass_rate") == {(2, 1, 1.0)}


def test_a_group_has_the_sum_of_its_units_and_the_mean_deduction(spark: SparkSession) -> None:
    """G in time, A one day late (1 point): 1 of 2 in time, 100 − 1 / 2."""
    made = _made(spark, [{"unit_id": "G"}, {"late": True, "received_on": date(2024, 4, 9)}]).where("scope = 'aggregate'")
    figures = ("unit_id", "unit_name", "expected", "on_time", "timeliness", "deducted", "score")
    assert shown(made, *figures) == {("G", "G集团", 2, 1, 0.5, 1.0, 99.5)}


def test_who_was_not_expected_has_no_score_and_no_score_is_below_zero(spark: SparkSession) -> None:
    excluded = _made(spark, [{"expected": False, "received": False, "excluded": True}]).where("unit_id = 'A'")
    assert shown(excluded, "score", "timeliness", "excluded") == {(None, None, 1)}
    hopeless = _made(spark, [{"late": True, "received_on": date(2024, 12, 31)}]).where("unit_id = 'A'")
    assert shown(hopeless, "score") == {(0.0,)} and _made(spark, []).count() == 0
