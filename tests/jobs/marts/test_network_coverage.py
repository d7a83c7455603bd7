"""Nodes, systems and events of the one network."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.network_coverage import network_coverage
from schemas.load import form
from tests.jobs.marts.small import gold, parameters, records, shown

Rows = list[dict[str, Any]]
NAMES = ("network_access", "network_system", "network_event")


def _made(spark: SparkSession, **filed: Rows) -> DataFrame:
    """A and B below G, all below the city."""
    ways = {"G": ["G", "jg:sasac"], "A": ["A", "G", "jg:sasac"], "B": ["B", "G", "jg:sasac"]}
    tree = [
        {"period": p, "unit_id": u, "ancestor_id": a, "ancestor_name": a, "unit_name": f"{u}公司",
         "supervisor": "sasac", "depth": d, "is_supervisor": a.startswith("jg")}
        for p in ("2024-03", "2024Q1") for u, way in ways.items() for d, a in enumerate(way)
    ]  # fmt: skip
    came = [{"form": "network_access", "unit_id": u, "period": "2024-03", "scope": "", "expected": False, "received": True,
             "late": u == "B", "excluded": False, "maturity": "确定"}
            for u in {r["unit_id"] for r in filed.get("network_access", [])}]  # fmt: skip
    given = {n: records(spark, form(n), [{"scope": "", **row} for row in filed.get(n, [])]) for n in NAMES}
    known = parameters(listed={name: () for name in NAMES})
    return network_coverage(
        **given, enterprise_tree=gold(spark, "enterprise_tree", tree), submission_coverage=gold(spark, "submission_coverage", came),
        parameters=known, as_of=date(2024, 6, 30),
    )  # fmt: skip


def test_nodes_are_counted_by_level_for_units_groups_and_supervisors(spark: SparkSession) -> None:
    month = {"period": "2024-03", "status": "已接入", "node_level": "子企业"}
    made = _made(spark, network_access=[
        {**month, "unit_id": "A", "node_id": "1", "terminals": 10, "interfaces": 2, "auto_rate": "0.8"},
        {**month, "unit_id": "A", "node_id": "2", "terminals": 5, "status": "停用", "auto_rate": 1},
        {**month, "unit_id": "B", "node_id": "3", "status": "未接入"},
        {**month, "unit_id": "G", "node_id": "4", "node_level": "集团", "terminals": 1, "auto_rate": "0.4"},
    ]).cache()  # fmt: skip
    figures = ("unit_id", "scope", "level", "units", "units_connected", "nodes", "connected", "terminals", "auto_rate")
    assert shown(made.where("level = '*'"), *figures) == {
        ("A", "single", "*", 1, 1, 2, 1, 10, 0.8), ("B", "single", "*", 1, 0, 1, 0, None, None), ("G", "single", "*", 1, 1, 1, 1, 1, 0.4),
        ("G", "aggregate", "*", 3, 2, 4, 2, 11, 0.6), ("jg:sasac", "aggregate", "*", 3, 2, 4, 2, 11, 0.6),
    }  # fmt: skip
    city = made.where("unit_id = 'jg:sasac'")
    assert shown(city, "level", "nodes", "connect_rate", "unit_rate") == {
        ("*", 4, 0.5, 0.66666667), ("子企业", 3, 0.33333333, 0.33333333), ("集团", 1, 1.0, 0.33333333),
    }  # fmt: skip
    assert shown(city, "expected", "received", "late", "maturity") == {(3, 3, 1, "确定")}


def test_an_assessment_holds_for_the_months_of_its_level(spark: SparkSession) -> None:
    quarter = {"unit_id": "A", "period": "2024Q1", "grade": "三级"}
    made = _made(spark, network_system=[
        {**quarter, "system_name": "甲", "assessed_on": date(2023, 3, 31), "crypto_assessed_on": date(2023, 3, 30),
         "high_risks": 3, "fixed": 1},
        {**quarter, "system_name": "乙", "assessed_on": date(2023, 2, 28)}, {**quarter, "system_name": "丙"},
        {**quarter, "system_name": "丁", "assessed_on": date(2022, 4, 1), "grade": "二级", "crypto_assessed_on": date(2024, 1, 1)},
    ])  # fmt: skip
    assert shown(made, "item", "expires_on", "expired", "overdue_days", "crypto_expired", "high_risks_open") == {
        ("甲", date(2024, 3, 31), False, 0, True, 2), ("乙", date(2024, 2, 28), True, 32, True, None),
        ("丙", None, True, None, True, None), ("丁", date(2024, 4, 1), False, 0, False, None),
    }  # fmt: skip
    assert shown(made, "unit_name", "scope", "kind") == {("A公司", "", "system")}


def test_an_event_is_answered_in_time_or_overdue_to_today(spark: SparkSession) -> None:
    due = {"unit_id": "A", "period": "2024-03-05", "severity": "一般", "kind": "病毒", "feedback_due": date(2024, 3, 20), "is_drill": False}
    made = _made(spark, network_event=[
        {**due, "event_no": "1", "handled": date(2024, 3, 20)},
        {**due, "event_no": "2", "handled": date(2024, 3, 19), "closed": date(2024, 3, 25)}, {**due, "event_no": "3"},
        {**due, "event_no": "4", "is_drill": True}, {**due, "event_no": "5", "feedback_due": None},
    ])  # fmt: skip
    assert shown(made, "item", "in_time", "overdue_days", "open", "event_kind") == {
        ("1", True, 0, True, "病毒"), ("2", False, 5, False, "病毒"), ("3", False, 102, True, "病毒"), ("4", False, 0, True, "病毒"),
        ("5", None, None, True, "病毒"),
    }  # fmt: skip
    assert _made(spark).count() == 0
