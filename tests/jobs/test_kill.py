"""Killed with SIGKILL at a named failpoint, then run again: the lake says what an undisturbed run would have said.

In the suite two points over the listed companies' files; with `-m proof` each point, in a folder and on an object store, over every form.
"""

import shutil
import signal
from pathlib import Path

import pytest

import samples
from catalog.failpoint import POINTS, reach
from schemas.load import form_names
from tests.jobs.endings import Ending, ending
from tests.jobs.nights import home, run, send


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
    settings = home(tmp_path_factory.mktemp("whole"))
    shutil.copytree(every_form, settings.incoming)
    assert run(settings) == 0
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
    settings = send(request.getfixturevalue(lake))
    assert run(settings, point) == -signal.SIGKILL
    assert run(settings) == 0
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
    assert run(settings, point) == -signal.SIGKILL
    assert run(settings) == 0
    assert ending(settings) == undisturbed_everywhere


def test_another_night_without_news_changes_nothing(undisturbed: Ending) -> None:
    assert run(undisturbed.settings) == 0
    assert ending(undisturbed.settings) == undisturbed


def test_a_failpoint_that_nobody_declared_is_refused() -> None:
    with pytest.raises(KeyError, match="没有名为"):
        reach("nowhere")
