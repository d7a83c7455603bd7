"""A whole night in one process: what the DAG does stage by stage, with Spark and GX loading beside the first stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.progress import Progress, silent
from catalog.settings import Settings

if TYPE_CHECKING:
    from catalog.ledger.values import ReleaseNote
    from jobs.build import BuildReport
    from jobs.land import LandReport
    from jobs.refine import RefineReport


@dataclass(frozen=True)
class NightReport:
    """`release` None when nothing changed since the last one."""

    land: LandReport
    refine: RefineReport
    build: BuildReport
    release: ReleaseNote | None


def night(settings: Settings, progress: Progress = silent) -> NightReport:
    """Raises what a stage raises; a stage that fails leaves the ones before it done, and the next night goes on from there."""
    from expectations.audit import warm
    from jobs.land import land

    warm()
    landed = land(settings, progress)
    from jobs.refine import refine

    refined = refine(settings, progress)
    from jobs.build import build
    from jobs.publish import publish

    built = build(settings, progress)
    return NightReport(landed, refined, built, publish(settings))
