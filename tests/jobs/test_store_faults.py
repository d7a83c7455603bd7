"""Between the night and the object store lies a network that fails: what comes of it, through a proxy that does it on purpose."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from catalog.settings import Settings
from commands.failure import Code, explain
from jobs.land import land
from jobs.publish import publish
from jobs.refine import refine
from tests.faulty import Fault, Proxy, busy, cut, down, proxy, slow, sound, unacknowledged
from tests.jobs.endings import Ending, ending
from tests.jobs.incoming import capital, capital_with, put
from tests.jobs.stand_in import built

PATIENCE = 120  # seconds a stage may take to give up


@pytest.fixture
def network(on_object_store: Settings) -> Iterator[Proxy]:
    assert on_object_store.store is not None
    with proxy(on_object_store.store.endpoint) as between:
        yield between


@pytest.fixture
def far(on_object_store: Settings, network: Proxy) -> Settings:
    """A home of which the lake lies behind the network."""
    assert on_object_store.store is not None
    return replace(on_object_store, store=replace(on_object_store.store, endpoint=network.endpoint))


@pytest.fixture
def undisturbed(settings: Settings) -> Ending:
    _send(settings)
    for stage in STAGES:
        stage(settings)
    return ending(settings)


def _send(settings: Settings) -> None:
    capital(settings, "sse/2010.csv", capital_with('"-"', '"？"'), arrived="2011-04-30", rows="8")
    put(settings, "sse/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012", arrived="2013-04-30")


def _mart(settings: Settings) -> None:
    built(settings, "statement", 1)


STAGES: tuple[Callable[[Settings], Any], ...] = (land, refine, _mart, publish)


@pytest.mark.parametrize(
    ("fault", "share"), [(busy, 0.1), pytest.param(slow, 1, marks=pytest.mark.proof)], ids=["503 at 10 %", "slow"]
)
def test_a_store_that_is_busy_or_slow_costs_time_and_nothing_else(
    far: Settings, network: Proxy, undisturbed: Ending, fault: Fault, share: float
) -> None:
    _send(far)
    network.suffers(fault, share)
    for stage in STAGES:
        stage(far)
    assert network.suffers(sound) > 5
    assert ending(far) == undisturbed


@pytest.mark.proof
@pytest.mark.parametrize("fault", [down, cut, unacknowledged])
def test_a_store_that_fails_every_stage_ends_it_in_one_sentence_and_a_rerun_ends_as_if_nothing_had_been(
    far: Settings, network: Proxy, undisturbed: Ending, fault: Fault
) -> None:
    _send(far)
    struck = 0
    for stage in STAGES:
        network.suffers(fault)
        code, said = _failing(stage, far)
        struck += network.suffers(sound)
        assert "程序出错" not in said and "备份" not in said and "\n" not in said
        assert code == Code.ENVIRONMENT if fault is down else code in (Code.FINE, Code.ENVIRONMENT, Code.FAILED)
        stage(far)
    assert struck > 0
    assert ending(far) == undisturbed


def _failing(stage: Callable[[Settings], Any], settings: Settings) -> tuple[Code, str]:
    """Exit code and sentence of what a stage raised, or of what it says it could not do."""
    started = time.monotonic()
    try:
        done = stage(settings)
    except Exception as problem:
        return explain(problem)
    finally:
        assert time.monotonic() - started < PATIENCE
    failures = getattr(done, "failures", ())
    return (Code.FAILED, failures[0].reason) if failures else (Code.FINE, "")
