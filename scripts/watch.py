"""The tasks of a DAG run as Airflow's database tells them, shown to a person while they run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

_LAST = text("SELECT coalesce(max(id), 0) FROM dag_run WHERE dag_id = :dag")
_STAGES = text("""
SELECT task_id, max(task_display_name), min(start_date), max(end_date), count(*),
  count(*) FILTER (WHERE state = 'success'), count(*) FILTER (WHERE state IN ('failed', 'upstream_failed')),
  count(*) FILTER (WHERE state = 'up_for_retry'), count(*) FILTER (WHERE state = 'skipped')
FROM task_instance WHERE dag_id = :dag AND run_id =
  (SELECT run_id FROM dag_run WHERE dag_id = :dag AND id > :after ORDER BY id DESC LIMIT 1)
GROUP BY task_id HAVING min(start_date) IS NOT NULL OR count(*) FILTER (WHERE state = 'skipped') > 0
ORDER BY coalesce(min(start_date), min(updated_at))""")


@dataclass(frozen=True)
class Stage:
    """One task, all its mapped parts together. `seconds` None while it runs."""

    task: str
    title: str
    parts: int
    succeeded: int
    failed: int
    retrying: int
    skipped: int
    seconds: float | None

    @property
    def over(self) -> bool:
        return self.succeeded + self.failed + self.skipped == self.parts


def last_run(database: Engine, dag: str) -> int:
    """Number of the newest run, 0 before the first."""
    with database.connect() as connection:
        return int(connection.execute(_LAST, {"dag": dag}).scalar_one())


def stages(database: Engine, dag: str, after: int) -> list[Stage]:
    """What the newest run after run number `after` has begun, in order of beginning."""
    with database.connect() as connection:
        return [_stage(*row) for row in connection.execute(_STAGES, {"dag": dag, "after": after})]


def _stage(
    task: str, title: str | None, begun: str | datetime | None, ended: str | datetime | None,
    parts: int, succeeded: int, failed: int, retrying: int, skipped: int,
) -> Stage:  # fmt: skip
    over = succeeded + failed + skipped == parts
    seconds = (_time(ended) - _time(begun)).total_seconds() if over and begun and ended else None
    return Stage(task, title or task, parts, succeeded, failed, retrying, skipped, seconds)


def _time(told: str | datetime) -> datetime:
    """SQLite gives text."""
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)


def line(stage: Stage) -> str:
    many = f" {stage.succeeded}/{stage.parts} 组" if stage.parts > 1 else ""
    if stage.failed:
        return f"✘ {stage.title}{many} 失败"
    if stage.retrying:
        return f"… {stage.title}{many} 出错，稍后自动重试"
    if stage.skipped == stage.parts:
        return f"✔ {stage.title} 没有新的文件"
    if stage.over:
        return f"✔ {stage.title}{many} {stage.seconds or 0:.1f} 秒"
    return f"… {stage.title}{many}"


class Screen:
    """Redraws the stages on a terminal; elsewhere prints a line whenever a stage is over."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._begun = clock, clock()
        self._said: set[str] = set()
        self._height = 0

    def draw(self, now: Iterable[Stage]) -> None:
        lines = [line(stage) for stage in now]
        if sys.stdout.isatty():
            lines.append(f"  用时 {self._clock() - self._begun:.0f} 秒")
            up = f"\x1b[{self._height}F" if self._height else ""
            sys.stdout.write(up + "".join(f"\x1b[2K{text}\n" for text in lines))
            self._height = len(lines)
        else:
            for text in lines:
                if not text.startswith("…") and text not in self._said:
                    self._said.add(text)
                    print(text)
        sys.stdout.flush()
