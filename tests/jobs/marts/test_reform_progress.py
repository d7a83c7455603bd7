"""Reform tasks against their plan."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.reform_progress import reform_progress
from schemas.load import form
from tests.jobs.marts.small import entries, gold, records, shown

Rows = list[dict[str, Any]]


def _made(spark: SparkSession, tasks: Rows, lines: Rows | None = None) -> DataFrame:
    first = {"unit_id": "A", "period": "2024-03", "scope": "", "status": "推进中", "progress": "0.5", "start_on": date(2024, 1, 1),
             "due_on": date(2024, 12, 31)}  # fmt: skip
    filed = [{**first, "task_id": f"T{i}", **row} for i, row in enumerate(tasks, 1)]
    head = {"unit_id": "A", "period": "2024-03", "scope": "", "task_id": "T1"}
    marks = [{**head, "line_no": i, **line} for i, line in enumerate(lines or [], 1)]
    return reform_progress(
        records(spark, form("reform_task"), filed), records(spark, form("reform_task_line"), marks), gold(spark, "enterprise_tree", []),
        entries(spark, []),
    )  # fmt: skip


def test_an_open_task_is_overdue_from_the_day_after_its_end(spark: SparkSession) -> None:
    late = date(2024, 3, 1)
    tasks: Rows = [
        {"due_on": late}, {"due_on": date(2024, 3, 31)}, {"due_on": late, "status": "已完成", "progress": 1},
        {"due_on": late, "status": "中止"},
    ]  # fmt: skip
    assert shown(_made(spark, tasks), "task_id", "overdue_days", "overdue") == {
        ("T1", 30, True), ("T2", 0, False), ("T3", 0, False), ("T4", 0, False),
    }  # fmt: skip


def test_planned_progress_is_the_share_of_milestones_due(spark: SparkSession) -> None:
    """Four milestones, three due by the end of March, two done, one of them after March: half done of three quarters planned."""
    lines: Rows = [
        {"milestone_due": date(2024, 1, 31), "milestone_done": date(2024, 2, 5)}, {"milestone_due": date(2024, 2, 29)},
        {"milestone_due": date(2024, 3, 31), "milestone_done": date(2024, 4, 2)}, {"milestone_due": date(2024, 9, 30)},
    ]  # fmt: skip
    made = _made(spark, [{}], lines)
    assert shown(made, "milestones", "milestones_due", "milestones_done", "milestones_late", "first_late_on", "planned", "behind") == {
        (4, 3, 1, 2, date(2024, 2, 29), 0.75, 0.25)
    }


def test_without_milestones_the_plan_is_the_share_of_days(spark: SparkSession) -> None:
    """90 of 365 days; a task of one day is planned whole from that day on; what is done is never behind."""
    day = date(2024, 3, 31)
    tasks: Rows = [{"progress": 0}, {"start_on": day, "due_on": day}, {"progress": 1, "status": "已完成"}, {"start_on": date(2024, 6, 1)}]
    assert shown(_made(spark, tasks), "task_id", "planned", "behind", "milestones") == {
        ("T1", 0.24657534, 0.24657534, 0), ("T2", 1.0, 0.5, 0), ("T3", 0.24657534, 0.0, 0), ("T4", 0.0, -0.5, 0),
    }  # fmt: skip


def test_progress_that_falls_needs_a_reason(spark: SparkSession) -> None:
    tasks: Rows = [
        {"task_id": "T", "period": "2024-01", "progress": "0.6"}, {"task_id": "T", "progress": "0.5"},
        {"task_id": "T", "period": "2024-04", "progress": "0.4", "delay_reason": "方案调整"},
    ]  # fmt: skip
    assert shown(_made(spark, tasks), "period", "previous_progress", "fell_back") == {
        ("2024-01", None, False), ("2024-03", 0.6, True), ("2024-04", 0.5, False),
    }  # fmt: skip


def test_the_quantified_goal_is_met_by_the_share_of_the_way(spark: SparkSession) -> None:
    goals = ((10, 20, 14), (60, 40, 45), (5, 5, 5))
    tasks: Rows = [{"base": base, "target": target, "current": current} for base, target, current in goals]
    assert shown(_made(spark, tasks), "task_id", "achieved") == {("T1", 0.4), ("T2", 0.75), ("T3", None)}
    assert _made(spark, []).count() == 0
