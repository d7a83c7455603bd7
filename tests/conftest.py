"""Shared by all tests: settings on a scratch folder, and one Spark session for the whole run."""

import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import SparkSession

import samples
from catalog import buckets
from catalog.settings import Settings, load_settings
from jobs.night import NightReport, night
from tests.prompt import Guozi, prompt

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler.loadscope import LoadScopeScheduling

    from tests.postgres import Server

# Laid over a copy of the project by test_additions, which runs what lies there.
collect_ignore = ["additions"]
# The main program of a process under `-n` has no file; pyspark takes such a one for doctests of its own, and ends it.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = str(Path(pytest.__file__).with_name("__main__.py"))
# What takes long to make and is made once a process, longest first.
_SHARED = ("sample_night", "finance_night", "spark")


@cache
def _shared(path: Path) -> str:
    """What of `_SHARED` the file or its folder's fixtures ask for first; '' for none of it."""
    asking = [p.read_text(encoding="utf-8") for p in (path, path.with_name("conftest.py")) if p.is_file()]
    return next((name for name in _SHARED if any(name in text for text in asking)), "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits longest for something shared comes first: short tests are left to even out what processes have to do."""
    items.sort(key=lambda item: [*_SHARED, ""].index(_shared(item.path)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "LoadScopeScheduling":
    """With `-n`, a file stays in one process, and all files that read a night in the process that has made it."""
    from xdist.scheduler.loadscope import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            name = _shared(config.rootpath / path)
            return name if name.endswith("_night") else path

    return Scheduling(config, log)


def _environment(home: Path) -> Mapping[str, str]:
    return {
        "GUOZI_HOME": str(home / "var"), "GUOZI_TODAY": date(2025, 5, 20).isoformat(), "GUOZI_ARRIVALS": "manifest",
        "GUOZI_SPARK_MASTER": "local[2]", "GUOZI_WORKERS": "2",
    }  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty home; `today` is 2025-05-20 and arrivals come from manifests."""
    return load_settings(_environment(tmp_path))


@pytest.fixture
def guozi(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Guozi:
    """Runs a command on an empty home."""
    return prompt(settings, monkeypatch, capsys)


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """A running object store: what the environment says of it."""
    from tests.minio import server

    with server(tmp_path_factory.mktemp("minio")) as said:
        yield said


@pytest.fixture
def on_object_store(object_store: Mapping[str, str], tmp_path: Path) -> Settings:
    """An empty home of which the lake is on the object store, in buckets of its own."""
    lake = f"s3a://lake-{secrets.token_hex(8)}/guozi"
    made = load_settings({**_environment(tmp_path / "far"), **object_store, "GUOZI_LAKE": lake})
    assert made.store is not None
    buckets.make(made, made.store)
    return made


@pytest.fixture(params=["folder", "object store"])
def anywhere(request: pytest.FixtureRequest) -> Settings:
    """An empty home, its lake in a folder and then on an object store."""
    found: Settings = request.getfixturevalue("settings" if request.param == "folder" else "on_object_store")
    return found


@pytest.fixture(scope="session")
def postgres() -> Iterator["Server"]:
    """A PostgreSQL of this run, started when the first test asks for it; `database()` is a new empty one."""
    from tests.postgres import running

    with running() as server:
        yield server


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The session that `jobs.session` makes: the settings of a night, for every test that needs Spark."""
    from jobs.session import session

    started = session(load_settings({"GUOZI_SPARK_MASTER": "local[2]"}))
    yield started
    started.stop()


@dataclass(frozen=True)
class SampleNight:
    """One night over the small sample city (seed 1) and the public files, done once for the whole run. To be read only."""

    settings: Settings
    sample: samples.Summary
    report: NightReport


@pytest.fixture(scope="session")
def sample_night(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> SampleNight:
    return _night(tmp_path_factory.mktemp("night"))


@pytest.fixture(scope="session")
def finance_night(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> SampleNight:
    """The same of the registry, the monthly reports and the public files alone: for tests that build again."""
    return _night(tmp_path_factory.mktemp("finance"), domains=("finance",))


def _night(home: Path, **which: Any) -> SampleNight:
    made = samples.generate(home / "sample", seed=1, **which)
    shutil.copytree(made.incoming, home / "var" / "incoming")
    settings = load_settings({
        "GUOZI_HOME": str(home / "var"), "GUOZI_TODAY": made.today.isoformat(), "GUOZI_ARRIVALS": "manifest",
        "GUOZI_SPARK_MASTER": "local[2]", "GUOZI_WORKERS": "2",
    })  # fmt: skip
    return SampleNight(settings, made, night(settings))
