"""A year, night by night: what arrived is landed and refined, killed between stages now and then, tidied once a week, built and
published on some nights; after each the ledger, silver and gold are held against the model.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings, load_settings
from jobs.build import build
from jobs.land import land
from jobs.publish import publish
from jobs.refine import refine
from jobs.upkeep import upkeep
from tests.jobs.homes import environment
from tests.jobs.incoming import put
from tests.year.age import pass_days
from tests.year.arrivals import Arrivals, numbered
from tests.year.city import FIRST, Town
from tests.year.gold import gold_differs
from tests.year.model import Model, Post
from tests.year.stands import ledger_differs, silver_differs

MARTS = ("statement", "submission_coverage", "enterprise_tree")
WEEK = 7
# Nights on which gold is built and published: 21 of a year, the three that are measured among them.
SPARK = (*range(10, 365, 18), 365)
_KILLS = ("land.archived", "land.received", "land.staged", "refine.bronze", "refine.committed", "refine.evidence", "refine.settled")
_ROOT = Path(__file__).parents[2]


class Differs(AssertionError):
    """The lake does not say what it should; the message names seed, night and day, and every difference found."""


@dataclass
class Year:
    """`spark`: numbers of the nights on which gold is built and published; a night in 25 is killed between stages."""

    home: Path
    seed: int
    spark: Collection[int] = ()
    kills: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.town, self.model = Town(self.seed), Model()
        self._arrivals = Arrivals(self.seed, self.town, self.model)

    def settings(self, number: int) -> Settings:
        """As of night `number`; the first is 1."""
        today = self.day(number).isoformat()
        return load_settings({"GUOZI_HOME": str(self.home), "GUOZI_TODAY": today, "GUOZI_WORKERS": "1", "GUOZI_SPARK_MASTER": "local[2]"})

    def day(self, number: int) -> date:
        return FIRST + timedelta(number - 1)

    def night(self, number: int) -> None:
        """Raises Differs."""
        settings, posts = self.settings(number), self._arrivals.night(number, self.day(number))
        for post in numbered(posts):
            put(settings, post.name, "", post.form, post.period, post.content, **_told(post))
        self.model.night(self.day(number), posts)
        self._kill(number, settings, posts)
        land(settings)
        held = refine(settings).held
        found = [f"批次 {n} 被扣留：{why}" for n, why in held.items()]
        found += [*ledger_differs(settings, self.model), *silver_differs(settings, self.model)]
        if number in self.spark:
            build(settings)
            publish(settings)
            found += gold_differs(settings, self.model)
        if found:
            which = f"种子 {self.seed} 第 {number} 夜（{self.day(number)}）"
            raise Differs("\n".join([f"{which}与应有的不同，python -m tests.year --seed {self.seed} 重现：", *found]))
        self._decide(number, settings)
        if number % WEEK == 0:
            pass_days(settings, WEEK)
            upkeep(settings)

    def _kill(self, number: int, settings: Settings, posts: Sequence[Post]) -> None:
        chance = random.Random(f"{self.seed}/kill/{number}")
        if len([p for p in posts if not p.broken]) < 2 or chance.random() > 0.08:
            return
        point = chance.choice(_KILLS)
        if point.startswith("refine"):
            land(settings)
        told = {**os.environ, **environment(settings), "GUOZI_FAILPOINT": point, "PYTHONPATH": str(_ROOT)}
        ended = subprocess.run([sys.executable, "-m", "tests.year.stage", point.partition(".")[0]], env=told, cwd=_ROOT)
        assert ended.returncode == -signal.SIGKILL, f"第 {number} 夜没有在 {point} 被终止：{ended.returncode}"
        self.kills += 1

    def _decide(self, number: int, settings: Settings) -> None:
        ledger = Ledger.open(replace(settings, today=self.day(number + 1)))
        try:
            for submission, action in self._arrivals.decided(number):
                ledger.decide(f"R{submission:08d}", action, "模拟", "模拟的决定")
                self.model.decide(submission, action)
        finally:
            ledger.close()


def _told(post: Post) -> dict[str, object]:
    receipt = f"R{post.supersedes:08d}" if post.supersedes else ""
    said: dict[str, object] = {"unit": post.unit, "revision": post.revision, "supersedes": receipt}
    return {key: value for key, value in said.items() if value}
