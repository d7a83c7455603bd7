"""Any bytes in any of the formats are judged or refused with a reason, in bounded time; what once was not is kept in a corpus."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from intake.pool import Judged, Pool, PoolLimits, Request
from intake.readers import Rejected
from tests.hostile.strategies import BY_KIND

CORPUS = Path(__file__).parents[1] / "hostile" / "corpus"
SAID = {"form": "listed_profile", "period": "2010"}
SECONDS = 60
_QUIET = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
_SLOW = {"GRD-TIME", "GRD-MEMORY"}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1, PoolLimits(wall_seconds=SECONDS, cpu_seconds=20)) as made:
        yield made


def _holds(pool: Pool, kind: str, files: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        paths = [Path(scratch) / f"{number}.{kind}" for number in range(len(files))]
        for path, content in zip(paths, files, strict=True):
            path.write_bytes(content)
        requests = [Request(number, path, path.name, SAID, {}, None) for number, path in enumerate(paths)]
        outcomes = {result.request.id: result.outcome for result in pool.run(requests)}
    for number, content in enumerate(files):
        outcome, name = outcomes[number], f"{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
        if isinstance(outcome, Judged):
            continue
        told = isinstance(outcome, Rejected) and outcome.where and outcome.why and outcome.todo and outcome.rule_id not in _SLOW
        if not told:
            Path(tempfile.gettempdir(), name).write_bytes(content)
        assert told, f"{outcome}; the file is {Path(tempfile.gettempdir(), name)}: move it to {CORPUS}"


def _fuzz(pool: Pool, kind: str, examples: int, *, derandomize: bool) -> None:
    """Files in piles, as a night judges them: a tenth of the time of one at a time."""

    @settings(max_examples=examples, derandomize=derandomize, phases=(Phase.generate, Phase.shrink), **_QUIET)
    @given(st.lists(BY_KIND[kind], min_size=8, max_size=12))
    def property_(files: list[bytes]) -> None:
        _holds(pool, kind, files)

    property_()


@pytest.mark.parametrize("kind", BY_KIND)
def test_any_file_is_judged_or_refused_with_place_reason_and_remedy(pool: Pool, kind: str) -> None:
    _fuzz(pool, kind, 12, derandomize=True)


@pytest.mark.proof
@pytest.mark.parametrize("kind", BY_KIND)
def test_thousands_of_files_are_judged_or_refused(pool: Pool, kind: str) -> None:
    _fuzz(pool, kind, 300, derandomize=False)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.*")), ids=lambda path: path.name)
def test_a_file_that_once_broke_the_judge_no_longer_does(pool: Pool, path: Path) -> None:
    _holds(pool, path.suffix.removeprefix("."), [path.read_bytes()])
