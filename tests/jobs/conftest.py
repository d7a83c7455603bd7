"""A small lake without Spark, done once for the tests of upkeep and recovery."""

from pathlib import Path

import pytest

from catalog.settings import Settings, load_settings
from jobs.land import land
from jobs.refine import refine
from tests.jobs.endings import Ending, ending
from tests.jobs.homes import moved
from tests.jobs.incoming import capital, capital_with
from tests.jobs.nights import home, run, send


@pytest.fixture(scope="session")
def six(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Six revisions of one file, each a load of its own. To be read only."""
    home = tmp_path_factory.mktemp("six") / "var"
    settings = load_settings({"GUOZI_HOME": str(home), "GUOZI_TODAY": "2025-05-20", "GUOZI_ARRIVALS": "manifest", "GUOZI_WORKERS": "2"})
    for number in range(1, 7):
        capital(settings, f"{number}/2010.csv", capital_with('"61,131"', f'"61,13{number}"'), revision=str(number))
        land(settings)
        refine(settings)
    return settings


@pytest.fixture
def loaded(six: Settings, tmp_path: Path) -> Settings:
    return moved(six, tmp_path / "var")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """What a night over `nights.send` ends in that nothing happened to. Other nights of its home find nothing new."""
    settings = send(home(tmp_path_factory.mktemp("clean")))
    assert run(settings) == 0
    return ending(settings)
