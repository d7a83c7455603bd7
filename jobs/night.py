"""A whole night in one process: what the DAG does stage by stage, with Spark and GX loading beside the first stages."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from catalog.progress import Progress, silent
from catalog.settings import Settings
from jobs.observed import Observer

if TYPE_CHECKING:
    from catalog.ledger.values import ReleaseNote
    from jobs.build import BuildReport
    from jobs.land import LandReport
    from jobs.refine import RefineReport


Report = TypeVar("Report")


@dataclass(frozen=True)
class NightReport:
    """`release` None when nothing changed since the last one."""

    land: LandReport
    refine: RefineReport
    build: BuildReport
    release: ReleaseNote | None


def night(
    settings: Settings, progress: Progress = silent, at_end: Callable[[str, float], None] = lambda stage, seconds: None
) -> NightReport:
    """Raises what a stage raises; a stage that fails leaves the ones before it done, and the next night goes on from there.

    `at_end` is told each stage and the seconds it took.
    """
    observer = Observer(settings)
    return observer.night(lambda: _stages(settings, progress, at_end, observer))


def _stages(settings: Settings, progress: Progress, at_end: Callable[[str, float], None], observer: Observer) -> NightReport:
    def stage(name: str, run: Callable[[], Report]) -> Report:
        started = time.monotonic()
        done = observer.stage(name, run)
        at_end(name, time.monotonic() - started)
        return done

    from expectations.audit import warm
    from jobs.land import land

    warm()
    landed = stage("land", lambda: land(settings, progress))
    from jobs.refine import refine

    with ThreadPoolExecutor(1, "warm-spark") as aside:
        # The JVM starts on the core that refine leaves idle; what is wrong with it, build meets again and tells.
        if landed.judged:
            aside.submit(_warm_spark, settings)
        refined = stage("refine", lambda: refine(settings, progress))
    from jobs.build import build
    from jobs.publish import publish

    built = stage("build", lambda: build(settings, progress))
    return NightReport(landed, refined, built, stage("publish", lambda: publish(settings)))


def _warm_spark(settings: Settings) -> None:
    from jobs.session import session

    session(settings)
