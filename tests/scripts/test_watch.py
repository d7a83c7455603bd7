"""The stages of a run as a person sees them. The tables are those columns of Airflow's that are read."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from scripts.watch import Screen, Stage, last_run, line, stages

T = "2026-01-01 00:00:{:02d}.000000"


TABLES = (
    "CREATE TABLE dag_run (id INTEGER, dag_id TEXT, run_id TEXT)",
    "CREATE TABLE task_instance (dag_id TEXT, run_id TEXT, task_id TEXT, map_index INTEGER, task_display_name TEXT, "
    "start_date TIMESTAMP, end_date TIMESTAMP, updated_at TIMESTAMP, state TEXT)",
    "INSERT INTO dag_run VALUES (1, 'nightly', 'old'), (2, 'nightly', 'new')",
)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    far = request.param == "PostgreSQL"
    engine = create_engine(request.getfixturevalue("postgres").database() if far else f"sqlite:///{tmp_path / 'airflow.db'}")
    with engine.begin() as connection:
        for statement in TABLES:
            connection.execute(text(statement))
    _instances(
        engine,
        ("old", "plan", -1, "登记", T.format(1), T.format(2), T.format(2), "failed"),
        ("new", "plan", -1, "登记", T.format(10), T.format(13), T.format(13), "success"),
        ("new", "judge", 0, "审核", T.format(14), T.format(15), T.format(15), "success"),
        ("new", "judge", 1, None, T.format(15), None, T.format(15), "running"),
        ("new", "build", -1, "计算", None, None, T.format(9), None),
    )
    return engine


def _instances(engine: Engine, *rows: tuple[str | int | None, ...]) -> None:
    with engine.begin() as connection:
        for row in rows:
            given = dict(zip("abcdefgh", row, strict=True))
            connection.execute(text("INSERT INTO task_instance VALUES ('nightly', :a, :b, :c, :d, :e, :f, :g, :h)"), given)


def test_only_the_newest_run_is_shown_and_only_what_has_begun(database: Engine) -> None:
    assert [line(s) for s in stages(database, "nightly", 1)] == ["✔ 登记 3.0 秒", "… 审核 1/2 组"]


def test_a_stage_that_was_not_needed_stands_where_its_turn_was(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("DELETE FROM task_instance WHERE task_id IN ('judge', 'build')"))
    _instances(
        database,
        ("new", "judge", -1, "某步", None, None, T.format(14), "skipped"),
        ("new", "build", -1, "某步", T.format(15), T.format(17), T.format(17), "success"),
    )
    assert [s.task for s in stages(database, "nightly", 1)] == ["plan", "judge", "build"]


def test_a_run_that_has_not_begun_shows_nothing(database: Engine) -> None:
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
