"""One night in one process, stage by stage: seconds, Spark jobs, Delta commits. Prints JSON on its last line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from catalog.settings import load_settings
from jobs.night import night


def main() -> None:
    settings = load_settings()
    files = sum(p.is_file() and p.name != "manifest.yaml" for p in settings.incoming.rglob("*"))
    lake = Path(settings.lake)
    marks: list[tuple[str, float, int, int]] = []
    report = night(settings, at_end=lambda stage, seconds: marks.append((stage, seconds, _jobs(), _commits(lake))))
    stages: dict[str, Any] = {}
    jobs = commits = 0
    for stage, seconds, jobs_now, commits_now in marks:
        stages[stage] = {"seconds": round(seconds, 2), "spark_jobs": jobs_now - jobs, "commits": commits_now - commits}
        jobs, commits = jobs_now, commits_now
    marts = {m.mart: {"seconds": float(m.seconds), "rows": m.rows} for m in report.build.marts}
    print(json.dumps({"files": files, "stages": stages, "marts": marts}, ensure_ascii=False))


def _jobs() -> int:
    import sys

    if "pyspark" not in sys.modules:
        return 0
    from pyspark import SparkContext

    # Not the active session: that is the thread's, and a night starts Spark in another one. Nor getOrCreate: it would start one.
    running = SparkContext._active_spark_context
    return len(running.statusTracker().getJobIdsForGroup(None)) if running else 0


def _commits(lake: Path) -> int:
    return sum(1 for _ in lake.glob("*/*/_delta_log/*.json"))


if __name__ == "__main__":
    main()
