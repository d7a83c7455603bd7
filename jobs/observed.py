"""A stage as those who watch it from outside see it: a log, lineage events, metrics. What it does is its own affair.

Nothing here can fail a stage: what cannot be told is counted (`catalog.telemetry.troubles`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from uuid import NAMESPACE_URL, uuid4, uuid5

from catalog.settings import Settings
from catalog.telemetry import logs
from catalog.telemetry.kept import STAGES, Ended, keep
from catalog.telemetry.troubles import aside

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from jobs.lineage_events import Work

Report = TypeVar("Report")


class Observer:
    """Of one night, or of the one stage of it that this process runs; all stages of a scheduled night share the night's id."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.run = str(uuid5(NAMESPACE_URL, settings.run) if settings.run else uuid4())
        self._unreachable = False

    def night(self, work: Callable[[], Report]) -> Report:
        """All stages: the run that is the parent of theirs."""
        return self._run("night", self.run, "", work)

    def stage(self, name: str, work: Callable[[], Report]) -> Report:
        """Raises what `work` raises, told before."""
        return self._run(name, str(uuid4()), self.run, work)

    def _run(self, job: str, number: str, parent: str, work: Callable[[], Report]) -> Report:
        with logs.writing(self._settings.home, self.run, job):
            self._lineage(job, number, parent, lambda own: _event(own, "START"))
            started = time.monotonic()
            try:
                with logs.timed("stage"):
                    done = work()
            except BaseException as problem:
                self._metrics(job, started, None, fine=False)
                told = logs.failure(problem)
                error = f"{told['error']} {told.get('place', '')}"
                self._lineage(job, number, parent, lambda own: _event(own, "FAIL", error))
                raise
            self._lineage(job, number, parent, lambda own: _done(self._settings, own, done))
            self._metrics(job, started, done, fine=True)
            return done

    def _metrics(self, job: str, started: float, done: object, *, fine: bool) -> None:
        if job in STAGES:
            seconds = round(time.monotonic() - started, 3)
            ended = Ended(job, time.time(), self._settings.today.isoformat(), seconds, fine, _marts(done) if job == "build" else {})
            aside(self._settings, "metrics", lambda: _measured(self._settings, ended))

    def _lineage(self, job: str, number: str, parent: str, made: Callable[[Work], list[RunEvent]]) -> None:
        aside(self._settings, "lineage", lambda: self._send(job, number, parent, made))

    def _send(self, job: str, number: str, parent: str, made: Callable[[Work], list[RunEvent]]) -> None:
        from jobs import lineage_events as lineage

        events = made(lineage.Work(job, number, parent))
        lineage.keep(self._settings, events)
        if not self._settings.lineage_url:
            return
        if self._unreachable:
            raise lineage.NotSent
        self._unreachable = True
        lineage.post(self._settings, events)
        self._unreachable = False


def _marts(done: object) -> dict[str, dict[str, float]]:
    """Of a build's report (None of one that failed) the marts that were computed."""
    return {m.mart: {"seconds": m.seconds, "rows": m.rows} for m in getattr(done, "marts", ()) if m.seconds}


def _measured(settings: Settings, ended: Ended) -> None:
    from catalog.telemetry import metrics

    keep(settings, ended)
    metrics.write(settings)


def _event(own: Work, state: str, error: str = "") -> list[RunEvent]:
    from jobs.lineage_events import event

    return [event(own, state, error=error)]


def _done(settings: Settings, own: Work, report: object) -> list[RunEvent]:
    from jobs.provenance import events

    return events(settings, own, report)
