"""Killed with SIGKILL at a named failpoint, then run again: the lake says what an undisturbed run would have said.

In the suite two points over the listed companies' files; with `-m proof` each point, in a folder and on an object store, over every form.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import samples
from catalog.failpoint import POINTS, reach
from catalog.settings import Settings, load_settings
from schemas.load import form_names
from tests.jobs.endings import Ending, ending
from tests.jobs.homes import environment
from tests.jobs.incoming import capital, capital_with, put

_NIGHT = Path(__file__).with_name("night_to_kill.py")


def _night(settings: Settings, failpoint: str = "") -> int:
    told = {**os.environ, **environment(settings), "GUOZI_FAILPOINT": failpoint, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run([sys.executable, str(_NIGHT)], env=told).returncode


def _send(settings: Settings) -> Settings:
    """Accepted, quarantined in part, a revision, the same bytes twice, a file that cannot be read."""
    capital(settings, "sse/2010.csv", arrived="2011-04-30", rows="8")
    capital(settings, "sse/2010_r2.csv", capital_with("海信电器", "海信视像"), arrived="2011-05-30", revision="2")
    capital(settings, "sse/2011.csv", capital_with('"-"', '"？"', "2011"), year="2011", arrived="2012-04-30")
    capital(settings, "again/2010.csv", arrived="2011-06-30")
    put(settings, "sse/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012", arrived="2013-04-30")
    put(settings, "sse/broken.csv", "", "listed_profile", "2012", b"\x00\x01", arrived="2013-04-30")
    return settings


def _home(folder: Path) -> Settings:
    return load_settings({"GUOZI_HOME": str(folder), "GUOZI_TODAY": "2025-05-20", "GUOZI_ARRIVALS": "manifest", "GUOZI_WORKERS": "2"})


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Ending:
    settings = _send(_home(tmp_path_factory.mktemp("clean")))
    assert _night(settings) == 0
    return ending(settings)


@pytest.fixture(scope="module")
def every_form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of each folder of the sample city the smallest part; every form is among them."""
    made, chosen = samples.generate(tmp_path_factory.mktemp("city") / "all", seed=1).incoming, tmp_path_factory.mktemp("every_form")
    for sender in made.iterdir():
        sent = [manifest.parent for manifest in sender.rglob("manifest.yaml")]
        least = min(sent, key=lambda folder: sum(f.stat().st_size for f in folder.iterdir()))
        shutil.copytree(least, chosen / sender.name, ignore=lambda at, names: [n for n in names if (Path(at) / n).is_dir()])
    return chosen


@pytest.fixture(scope="module")
def undisturbed_everywhere(every_form: Path, tmp_path_factory: pytest.TempPathFactory) -> Ending:
    settings = _home(tmp_path_factory.mktemp("whole"))
    shutil.copytree(every_form, settings.incoming)
    assert _night(settings) == 0
    return ending(settings)


def test_the_undisturbed_night_has_something_of_everything(undisturbed: Ending) -> None:
    assert {s[3:] for s in undisturbed.submissions} >= {("judged", "accepted"), ("judged", "partial"), ("rejected", "rejected")}
    assert {e[3] for e in undisturbed.entries} >= {"in force", "superseded", "returned"}
    assert undisturbed.contents["quarantine/listed_share_capital"].rows > 0
    assert undisturbed.left == [] and undisturbed.releases == [{"statement": 1}]


@pytest.mark.parametrize(("lake", "point"), [("settings", "land.staged"), ("on_object_store", "refine.bronze")])
def test_a_night_killed_there_and_run_again_ends_where_an_undisturbed_one_in_a_folder_does(
    request: pytest.FixtureRequest, undisturbed: Ending, lake: str, point: str
) -> None:
    settings = _send(request.getfixturevalue(lake))
    assert _night(settings, point) == -signal.SIGKILL
    assert _night(settings) == 0
    assert ending(settings) == undisturbed


@pytest.mark.proof
@pytest.mark.parametrize("lake", ["settings", "on_object_store"])
@pytest.mark.parametrize("point", POINTS)
def test_a_night_over_every_form_killed_there_ends_so_too(
    request: pytest.FixtureRequest, every_form: Path, undisturbed_everywhere: Ending, lake: str, point: str
) -> None:
    assert {name.partition("/")[2] for name in undisturbed_everywhere.contents if name.startswith("silver/")} == set(form_names())
    settings = request.getfixturevalue(lake)
    shutil.copytree(every_form, settings.incoming)
    assert _night(settings, point) == -signal.SIGKILL
    assert _night(settings) == 0
    assert ending(settings) == undisturbed_everywhere


def test_another_night_without_news_changes_nothing(undisturbed: Ending) -> None:
    assert _night(undisturbed.settings) == 0
    assert ending(undisturbed.settings) == undisturbed


def test_a_failpoint_that_nobody_declared_is_refused() -> None:
    with pytest.raises(KeyError, match="没有名为"):
        reach("nowhere")
