"""The stages of a run as a person sees them. The tables are those columns of Airflow's that are read."""

import sqlite3
from pathlib import Path

import pytest

from scripts.watch import Screen, Stage, last_run, line, stages

T = "2026-01-01 00:00:{:02d}.000000"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "airflow.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE dag_run (id INTEGER, dag_id TEXT, run_id TEXT)")
        connection.execute(
            "CREATE TABLE task_instance "
            "(dag_id, run_id, task_id, map_index, task_display_name, start_date, end_date, updated_at, state)"
        )
        connection.executemany("INSERT INTO dag_run VALUES (?, 'nightly', ?)", [(1, "old"), (2, "new")])
        rows = [
            ("old", "plan", -1, "登记", T.format(1), T.format(2), T.format(2), "failed"),
            ("new", "plan", -1, "登记", T.format(10), T.format(13), T.format(13), "success"),
            ("new", "judge", 0, "审核", T.format(14), T.format(15), T.format(15), "success"),
            ("new", "judge", 1, None, T.format(15), None, T.format(15), "running"),
            ("new", "build", -1, "计算", None, None, T.format(9), None),
        ]
        connection.executemany("INSERT INTO task_instance VALUES ('nightly', ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return path


def test_only_the_newest_run_is_shown_and_only_what_has_begun(database: Path) -> None:
    assert [line(s) for s in stages(database, "nightly", 1)] == ["✔ 登记 3.0 秒", "… 审核 1/2 组"]


def test_a_stage_that_was_not_needed_stands_where_its_turn_was(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM task_instance WHERE task_id IN ('judge', 'build')")
        rows = [("judge", None, None, T.format(14), "skipped"), ("build", T.format(15), T.format(17), T.format(17), "success")]
        connection.executemany("INSERT INTO task_instance VALUES ('nightly', 'new', ?, -1, '某步', ?, ?, ?, ?)", rows)
    assert [s.task for s in stages(database, "nightly", 1)] == ["plan", "judge", "build"]


def test_a_run_that_has_not_begun_shows_nothing(database: Path) -> None:
    assert last_run(database, "nightly") == 2
    assert stages(database, "nightly", 2) == []


@pytest.mark.parametrize(("stage", "shown"), [
    (Stage("build", "计算", 1, 0, 1, 0, 0, 2.0), "✘ 计算 失败"),
    (Stage("build", "计算", 1, 0, 0, 1, 0, None), "… 计算 出错，稍后自动重试"),
    (Stage("judge", "审核", 1, 0, 0, 0, 1, None), "✔ 审核 没有新的文件"),
])  # fmt: skip
def test_what_went_wrong_and_what_was_not_needed_is_said(stage: Stage, shown: str) -> None:
    assert line(stage) == shown


def test_where_nobody_watches_each_stage_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(lambda: 0.0)
    running, over = Stage("plan", "登记", 1, 0, 0, 0, 0, None), Stage("plan", "登记", 1, 1, 0, 0, 0, 3.0)
    for stage in (running, over, over):
        screen.draw([stage])
    assert capsys.readouterr().out == "✔ 登记 3.0 秒\n"
