"""One night in one process, stage by stage, form by form, mart by mart. Prints JSON on its last line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from catalog.settings import Settings, load_settings
from catalog.telemetry import logs
from jobs.night import night

# What a line of the log tells the cost of.
_COSTS = {"submission.judged": "judged", "load.committed": "written", "load.audited": "audited"}


def main() -> None:
    settings = load_settings()
    files = sum(p.is_file() and p.name != "manifest.yaml" for p in settings.incoming.rglob("*"))
    lake = Path(settings.lake)
    marks: list[tuple[str, float, int, int]] = []
    earlier = len(_log(settings))
    with logs.writing(settings.home, "bench", "night"):
        report = night(settings, at_end=lambda stage, seconds: marks.append((stage, seconds, _jobs(), _commits(lake))))
    stages: dict[str, Any] = {}
    jobs = commits = 0
    for stage, seconds, jobs_now, commits_now in marks:
        stages[stage] = {"seconds": round(seconds, 2), "spark_jobs": jobs_now - jobs, "commits": commits_now - commits}
        jobs, commits = jobs_now, commits_now
    marts = {m.mart: {"seconds": float(m.seconds), "rows": m.rows} for m in report.build.marts}
    print(json.dumps({"files": files, "stages": stages, "forms": _forms(_log(settings)[earlier:]), "marts": marts}, ensure_ascii=False))


def _log(settings: Settings) -> list[str]:
    """Lines of the log of all nights of this home, the oldest first."""
    return [line for log in sorted(logs.folder(settings.home).glob("*.jsonl")) for line in log.read_text("ascii").splitlines()]


def _forms(lines: Sequence[str]) -> dict[str, dict[str, float]]:
    """By form: files, processor seconds of judging them, seconds of writing and of auditing their loads, as a night's log says."""
    made: dict[str, dict[str, float]] = {}
    for said in map(json.loads, lines):
        if said["event"] not in _COSTS:
            continue
        form = made.setdefault(said["form"], {"files": 0, **dict.fromkeys(_COSTS.values(), 0.0)})
        form["files"] += said["event"] == "submission.judged"
        form[_COSTS[said["event"]]] += said["seconds"]
    return {name: {what: round(value, 3) for what, value in form.items()} for name, form in made.items()}


def _jobs() -> int:
    import sys

    if "pyspark" not in sys.modules:
        return 0
    from pyspark import SparkContext

    # Not the active session: that is the thread's, and a night starts Spark in another one. Nor getOrCreate: it would start one.
    running = SparkContext._active_spark_context
    # It is named before its JVM answers.
    if running is None or getattr(running, "_jsc", None) is None:
        return 0
    return len(running.statusTracker().getJobIdsForGroup(None))


def _commits(lake: Path) -> int:
    return sum(1 for _ in lake.glob("*/*/_delta_log/*.json"))


if __name__ == "__main__":
    main()
