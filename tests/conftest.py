"""Shared by all tests: settings on a scratch folder, and one Spark session for the whole run."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from catalog.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty home; `today` is 2025-05-20 and arrivals come from manifests."""
    return load_settings({
        "GUOZI_HOME": str(tmp_path / "var"), "GUOZI_TODAY": date(2025, 5, 20).isoformat(), "GUOZI_ARRIVALS": "manifest",
        "GUOZI_SPARK_MASTER": "local[2]", "GUOZI_WORKERS": "2",
    })  # fmt: skip


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The session that `jobs.session` makes: the settings of a night, for every test that needs Spark."""
    from jobs.session import session

    started = session(load_settings({"GUOZI_SPARK_MASTER": "local[2]"}))
    yield started
    started.stop()
