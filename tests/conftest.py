"""Shared by all tests: settings on a scratch folder, and one Spark session for the whole run."""

import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import SparkSession

import samples
from catalog import buckets
from catalog.settings import Settings, load_settings
from jobs.night import NightReport, night

if TYPE_CHECKING:
    from tests.postgres import Server

# Laid over a copy of the project by test_additions, which runs what lies there.
collect_ignore = ["additions"]


def _environment(home: Path) -> Mapping[str, str]:
    return {
        "GUOZI_HOME": str(home / "var"), "GUOZI_TODAY": date(2025, 5, 20).isoformat(), "GUOZI_ARRIVALS": "manifest",
        "GUOZI_SPARK_MASTER": "local[2]", "GUOZI_WORKERS": "2",
    }  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty home; `today` is 2025-05-20 and arrivals come from manifests."""
    return load_settings(_environment(tmp_path))


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
