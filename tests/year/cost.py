"""What a night costs on a lake of some age: the same few files landed on a copy of it, right after upkeep, in processor seconds."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import Any

import psutil
from deltalake import DeltaTable

from catalog import findings
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.sql import ask, connect
from catalog.tables import LAYERS
from jobs.build import build
from jobs.land import land
from jobs.observed import Observer
from jobs.publish import publish
from jobs.refine import refine
from jobs.upkeep import upkeep
from tests.jobs.homes import elsewhere
from tests.jobs.incoming import put
from tests.year.city import Town, payment, sent_lines, sent_monthly, topic, with_heads

TIMES = 3
# Nights after which a night's cost is measured; gold must be published on them.
MEASURED = (10, 100, 365)
_MONTH = (2024, 5)
_FIGURE = "SELECT value FROM statement WHERE period = '2024-05' AND item = 'assets' AND measure = 'closing'"


@dataclass(frozen=True)
class Cost:
    """`write`, `gold`, `upkeep`: processor seconds of landing and loading a night's files, of building and publishing a
    correction (the second: the first warms the JVM), of a week's upkeep; `query`: of one figure of a month, `found`: of a
    unit's findings, in processor milliseconds.

    `files`: data files of the table that has most, gold apart, which has one a month; `listed`: objects that opening all
    tables lists, `read`: their kB; `ledger`: its kB.
    """

    night: int
    submissions: int
    write: float
    gold: float
    upkeep: float
    query: float
    found: float
    files: int
    listed: int
    read: int
    ledger: int


def measured(settings: Settings, number: int, town: Town, work: Path) -> Cost:
    """On a copy of the home, which is gone afterwards; gold must have been published."""
    shutil.copytree(settings.home, work)
    try:
        return _measured(elsewhere(settings, work), number, town)
    finally:
        shutil.rmtree(work)


def _measured(settings: Settings, number: int, town: Town) -> Cost:
    kept = spent(lambda: upkeep(settings))
    files, listed, size = _looked(settings)
    nights = [_night(replace(settings, today=settings.today + timedelta(n)), town, n) for n in range(1, TIMES + 1)]
    ledger = Ledger.open(settings)
    try:
        count = ledger.submissions().num_rows
    finally:
        ledger.close()
    built = [_corrected(settings, town, n) for n in range(2)]
    unit = {"unit": town.city.units["C"].unit_id}
    return Cost(
        night=number, submissions=count, write=round(median(nights), 2), gold=round(built[-1], 2), upkeep=round(kept, 2),
        query=_asked(lambda: _figures(settings)), found=_asked(lambda: findings.find(settings, unit)), files=files, listed=listed,
        read=size // 1024, ledger=(settings.home / "ledger.db").stat().st_size // 1024,
    )  # fmt: skip


def spent(work: Callable[[], Any]) -> float:
    """Processor seconds of this process and of all that it starts, the JVM among them."""
    before = _used()
    work()
    return _used() - before


def _used() -> float:
    living = (child.cpu_times() for child in psutil.Process().children(recursive=True))
    own = sum(u.ru_utime + u.ru_stime for u in (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)))
    return own + sum(times.user + times.system for times in living)


def _night(settings: Settings, town: Town, number: int) -> float:
    units, day = town.city.units, settings.today
    lines = [payment(units[key], 900_000 + 10 * number + n, day, 10**9 + number * 10**6 + n) for n, key in enumerate("ABC")]
    decided = [topic(units["C"], 900_000 + number, day, 5)]
    for name, sent in (("p.csv", sent_lines(lines, "csv-utf-8-sig", "p")), ("t.json", sent_lines(decided, "json", "t"))):
        put(settings, f"cost-{number}/{name}", "", sent.form, "", sent.content())
    observer = Observer(settings)
    return spent(lambda: (observer.stage("land", lambda: land(settings)), observer.stage("refine", lambda: refine(settings))))


def _corrected(settings: Settings, town: Town, number: int) -> float:
    """A figure of the first month changes, and gold with it."""
    unit = town.city.units["C"]
    sent = sent_monthly(with_heads(town.monthly(unit, *_MONTH), 100 + number), "json", "c", 900 + number)
    put(settings, f"correction-{number}/c.json", "", sent.form, sent.period, sent.content(), unit=sent.unit, revision=sent.revision)
    land(settings)
    refine(settings)
    return spent(lambda: (build(settings), publish(settings)))


def _figures(settings: Settings) -> None:
    with connect(settings) as duck:
        assert ask(duck, _FIGURE).rows


def _asked(work: Callable[[], Any]) -> float:
    work()
    began = time.process_time()
    for _ in range(TIMES):
        work()
    return round((time.process_time() - began) * 1000 / TIMES, 1)


def _looked(settings: Settings) -> tuple[int, int, int]:
    """Most data files of a table; objects and bytes that opening every table lists: Delta's log from its last checkpoint."""
    most, objects, size = 0, 0, 0
    for place in _tables(settings):
        handle = DeltaTable(str(place))
        most = max(most, len(handle.file_uris()) if place.parent.name != "gold" else 0)
        logs = sorted(p for p in (place / "_delta_log").iterdir() if p.name[0].isdigit())
        last = max((p.name[:20] for p in logs if p.name.endswith(".checkpoint.parquet")), default="")
        seen = [p for p in logs if p.name[:20] >= last]
        objects += len(seen)
        size += sum(p.stat().st_size for p in seen)
    return most, objects, size


def _tables(settings: Settings) -> Iterator[Path]:
    for layer in LAYERS:
        yield from (p for p in sorted((Path(settings.lake) / layer).glob("*")) if (p / "_delta_log").is_dir())
