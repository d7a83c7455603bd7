"""Service items and “one thing”."""

from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.service_items import service_items
from schemas.load import form
from tests.jobs.marts.small import gold, parameters, records, shown

Rows = list[dict[str, Any]]


def _made(spark: SparkSession, rows: Rows) -> DataFrame:
    first = {"unit_id": "J", "period": "2024Q1", "scope": "", "office": "法规处", "status": "已上线", "online": True, "mobile": False,
             "smallest": True, "system": "平台"}  # fmt: skip
    filed = [{**first, "item_id": f"{i:03}", **row} for i, row in enumerate(rows, 1)]
    return service_items(
        records(spark, form("service_item"), filed), gold(spark, "submission_coverage", []), gold(spark, "enterprise_tree", []),
        parameters(listed={"service_item": []}),
    )  # fmt: skip


def test_rates_are_of_the_items_that_are_not_cancelled(spark: SparkSession) -> None:
    rows: Rows = [{"mobile": True}, {"online": False}, {"office": "预算处"}, {"status": "已取消", "online": False}]
    assert shown(_made(spark, rows), "office", "items", "online_rate", "mobile_rate") == {
        ("法规处", 2, 0.5, 0.5), ("预算处", 1, 1.0, 0.0), ("*", 3, 0.66666667, 0.33333333),
    }  # fmt: skip


def test_one_thing_counts_once_however_many_items_it_has(spark: SparkSession) -> None:
    """Two things: 10 → 4 and 6 → 4 steps: half saved. The second item of the first, in another office, adds nothing."""
    first = {"one_thing_id": "Y1", "before_steps": 10, "after_steps": 4, "before_items": 3, "after_items": 1}
    rows: Rows = [first, {**first, "office": "预算处"}, {"one_thing_id": "Y2", "before_steps": 6, "after_steps": 4}, {"before_steps": 99}]
    assert shown(_made(spark, rows), "office", "things", "saved_steps", "saved_items", "saved_days") == {
        ("法规处", 2, 0.5, 0.66666667, None), ("预算处", 0, None, None, None), ("*", 2, 0.5, 0.66666667, None),
    }  # fmt: skip


def test_items_without_system_owner_or_guide_are_counted(spark: SparkSession) -> None:
    rows: Rows = [{"system": None}, {"office": "撤销处"}, {"office": None, "guide_version": "1"}, {"promised_days": 11, "legal_days": 10}]
    made = _made(spark, rows).where("office = '*'")
    assert shown(made, "without_system", "without_owner", "without_guide", "over_legal") == {(1, 2, 3, 1)}
    assert _made(spark, []).count() == 0
