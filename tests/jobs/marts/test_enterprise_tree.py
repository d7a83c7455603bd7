"""Who stands above whom at a period's end."""

from dataclasses import replace
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.enterprise_tree import enterprise_tree
from schemas.load import form
from tests.jobs.marts.small import parameters, records, shown


def _tree(
    spark: SparkSession,
    units: list[dict[str, Any]],
    owners: list[dict[str, Any]] | None = None,
    *periods: str,
) -> DataFrame:
    registry = records(spark, form("enterprise_registry"), [
        {"supervisor": "sasac", "valid_from": date(2020, 1, 1), "unit_name": u["unit_id"], **u} for u in units
    ])  # fmt: skip
    lines = records(spark, form("enterprise_registry_line"), owners or [])
    return enterprise_tree(registry, lines, parameters(*(periods or ("2024-03",))))


def test_every_unit_stands_below_its_parents_and_the_supervisors_above_them(
    spark: SparkSession,
) -> None:
    units = [
        {"unit_id": "A"},
        {"unit_id": "B", "management_parent": "A"},
        {"unit_id": "C", "management_parent": "B", "supervisor": "370202"},
    ]
    assert shown(_tree(spark, units).where("unit_id = 'C'"), "ancestor_id", "depth", "is_supervisor", "path") == {
        ("C", 0, False, "C"), ("B", 1, False, "B/C"), ("A", 2, False, "A/B/C"),
        ("jg:370202", 3, True, "jg:370202/A/B/C"), ("jg:sasac", 4, True, "jg:sasac/jg:370202/A/B/C"),
    }  # fmt: skip


def test_a_unit_that_moved_is_where_it_was_on_the_last_day(spark: SparkSession) -> None:
    units = [
        {"unit_id": "A"}, {"unit_id": "B"}, {"unit_id": "C", "management_parent": "A", "valid_to": date(2024, 7, 1)},
        {"unit_id": "C", "management_parent": "B", "valid_from": date(2024, 7, 1)},
    ]  # fmt: skip
    tree = _tree(spark, units, None, "2024-06", "2024-07").where("unit_id = 'C' AND depth = 1")
    assert shown(tree, "period", "ancestor_id") == {("2024-06", "A"), ("2024-07", "B")}


def test_a_unit_that_ended_on_the_last_day_is_gone(spark: SparkSession) -> None:
    units = [
        {"unit_id": "A", "valid_to": date(2024, 3, 31)},
        {"unit_id": "B", "valid_to": date(2024, 4, 1)},
    ]
    assert {unit for (unit,) in shown(_tree(spark, units), "unit_id")} == {"B"}


def test_units_above_each_other_end_the_climb_and_are_marked(spark: SparkSession) -> None:
    units = [
        {"unit_id": "A", "management_parent": "B"},
        {"unit_id": "B", "management_parent": "A"},
        {"unit_id": "C"},
    ]
    tree = _tree(spark, units).where("NOT is_supervisor")
    assert shown(tree, "unit_id", "ancestor_id", "in_cycle") == {
        ("A", "A", True), ("A", "B", True), ("B", "B", True), ("B", "A", True), ("C", "C", False),
    }  # fmt: skip
    assert tree.count() == 5


def test_a_parent_nobody_registered_ends_the_climb(spark: SparkSession) -> None:
    tree = _tree(spark, [{"unit_id": "A", "management_parent": "X"}]).where("NOT is_supervisor")
    assert shown(tree, "ancestor_id", "management_parent") == {("A", "X")}


def test_owners_stand_beside_the_unit(spark: SparkSession) -> None:
    lines = [
        {
            "unit_id": "A",
            "valid_from": date(2020, 1, 1),
            "line_no": 1,
            "owner_id": "Z",
            "share": "0.6",
        },
        {
            "unit_id": "A",
            "valid_from": date(2020, 1, 1),
            "line_no": 2,
            "owner_name": "样例自然人",
            "share": "0.4",
        },
    ]
    assert shown(_tree(spark, [{"unit_id": "A"}], lines), "owners") == {
        ("Z:0.60000000;样例自然人:0.40000000",)
    }


def test_there_is_a_tree_for_the_month_of_an_event_and_for_whatever_period_is_asked_for(spark: SparkSession) -> None:
    registry = records(spark, form("enterprise_registry"), [{"unit_id": "A", "supervisor": "sasac", "valid_from": date(2020, 1, 1)}])
    filed = {"large_payment": ["2024-01-17"], "decision_item_list": ["2021-06-01"], "listed_profile": ["2022"]}
    given = parameters("2024-03", listed=filed, asked={"small": ("2024-03", "2024-04"), "annual_finance": ("2023",)})
    given = replace(given, forms={**given.forms, "annual_finance": form("annual_finance")})
    tree = enterprise_tree(registry, records(spark, form("enterprise_registry_line"), []), given)
    assert {period for (period,) in shown(tree, "period")} == {"2024-01", "2024-03", "2024-04", "2023"}
