"""What a figure rests on, counted beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.coverage import beside
from schemas.contract import Form
from schemas.load import form
from tests.jobs.marts.small import gold, shown

_CAME = {"expected": True, "received": True, "late": False, "excluded": False, "maturity": "确定"}
_OWED = {**_CAME, "received": False, "maturity": "迟报"}
_EVENT = {**_CAME, "expected": False, "scope": "single"}
_ALL = ("unit_id", "expected", "received", "late", "excluded", "maturity")


def _beside(
    spark: SparkSession, places: Sequence[tuple[str, str, str]], covered: Sequence[Mapping[str, Any]], *forms: Form
) -> DataFrame:
    frame = spark.createDataFrame(list(places), "unit_id STRING, period STRING, scope STRING")
    below = [("A", "A"), ("A", "B"), ("B", "B"), ("jg:sasac", "A"), ("jg:sasac", "B")]
    tree = [{"period": p, "ancestor_id": a, "unit_id": u} for p in ("2024-03", "2024Q1", "2024") for a, u in below]
    return beside(frame, gold(spark, "submission_coverage", covered), gold(spark, "enterprise_tree", tree), forms)


def _monthly(unit: str, **more: Any) -> dict[str, Any]:
    return {"form": "monthly_finance", "unit_id": unit, "period": "2024-03", "scope": "single", **_CAME, **more}


def test_a_group_counts_the_single_reports_below_it_and_a_unit_its_own_of_that_scope(spark: SparkSession) -> None:
    covered = [_monthly("A", late=True), _monthly("A", scope="consolidated", maturity="暂定"), _monthly("B", **_OWED)]
    places = [("A", "2024-03", "consolidated"), ("B", "2024-03", "single"), ("jg:sasac", "2024-03", "aggregate")]
    assert shown(_beside(spark, places, covered, form("monthly_finance")), *_ALL) == {
        ("A", 1, 1, 0, 0, "暂定"), ("B", 1, 0, 0, 0, "迟报"), ("jg:sasac", 2, 1, 1, 0, "迟报"),
    }  # fmt: skip


def test_of_a_form_nobody_is_expected_to_file_what_came_was_expected(spark: SparkSession) -> None:
    covered = [{"form": "large_payment", "unit_id": "B", "period": f"2024-03-{day}", **_EVENT} for day in ("04", "29")]
    places = [("B", "2024-03", "single"), ("A", "2024-03", "aggregate"), ("B", "2024Q1", "single"), ("A", "2024", "aggregate")]
    made = _beside(spark, places, covered, form("large_payment"))
    assert shown(made, "period", *_ALL) == {
        ("2024-03", "B", 2, 2, 0, 0, "确定"), ("2024-03", "A", 2, 2, 0, 0, "确定"),
        ("2024Q1", "B", 2, 2, 0, 0, "确定"), ("2024", "A", 2, 2, 0, 0, "确定"),
    }  # fmt: skip


def test_what_is_not_due_outweighs_what_is_provisional(spark: SparkSession) -> None:
    covered = [_monthly("A", maturity="暂定"), _monthly("B", **{**_OWED, "maturity": "未到期"})]
    made = _beside(spark, [("A", "2024-03", "aggregate")], covered, form("monthly_finance"))
    assert shown(made, "maturity") == {("未到期",)}


def test_reports_of_other_forms_do_not_count_and_nothing_known_is_nothing_expected(spark: SparkSession) -> None:
    made = _beside(spark, [("B", "2024-03", "single")], [_monthly("B")], form("guarantee"))
    assert shown(made, *_ALL) == {("B", 0, 0, 0, 0, "确定")}
