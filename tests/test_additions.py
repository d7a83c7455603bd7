"""A new form is two files and a new mart three: `tests/additions/` is laid over a copy of the project, which then runs a night."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from deltalake import DeltaTable

from catalog.settings import Settings

PROJECT = Path(__file__).parent.parent
ADDED = Path(__file__).parent / "additions"
PARTS = ("schemas", "expectations", "catalog", "intake", "jobs", "commands", "tests")


@pytest.fixture
def extended(tmp_path: Path) -> Path:
    """The project with the five files added, and nothing else changed."""
    home = tmp_path / "project"
    for part in PARTS:
        shutil.copytree(PROJECT / part, home / part, ignore=shutil.ignore_patterns("__pycache__", "additions"))
    for file in ("cli.py", "pyproject.toml"):
        shutil.copyfile(PROJECT / file, home / file)
    shutil.copytree(PROJECT / "samples", home / "samples", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ADDED, home, dirs_exist_ok=True)
    (home / "jars").symlink_to(PROJECT / "jars")
    return home


def run(extended: Path, settings: Settings, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(extended), "GUOZI_HOME": str(settings.home), "GUOZI_TODAY": "2024-07-10",
                   "GUOZI_SPARK_MASTER": "local[2]"}  # fmt: skip
    done = subprocess.run([sys.executable, *command], cwd=extended, env=environment, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_five_files_are_a_form_and_a_mart_that_pass_through_a_night(extended: Path, settings: Settings) -> None:
    assert sum(p.is_file() for p in ADDED.rglob("*")) == 5
    folder = settings.incoming / "energy_use" / "2024-06"
    folder.mkdir(parents=True)
    with (ADDED / "tests/samples/energy_use/submission.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row[:-2] for row in csv.reader(lines)]
    with (folder / "all.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    run(extended, settings, "-m", "cli", "night")
    assert DeltaTable(settings.lake + "/silver/energy_use").to_pyarrow_table().num_rows == 3  # one of them nothing but its key
    quarantined = DeltaTable(settings.lake + "/quarantine/energy_use").to_pyarrow_table()["broken_rules"].to_pylist()
    assert sorted(rule for broken in quarantined for rule in broken) == [
        "COD-declared_unit", "EN-1", "KEY-DUP", "KEY-DUP", "REQ-electricity", "REQ-electricity_cost", "TYP-electricity",
    ]  # fmt: skip
    gold = DeltaTable(settings.lake + "/gold/energy_cost").to_pyarrow_table().to_pylist()
    costs = {r["unit_id"]: str(r["electricity_cost"]) for r in gold}
    assert costs == {"91370200MA3T00017E": "960.5000", "91370200MA3T000333": "10.0000"}
    traced = run(extended, settings, "-m", "cli", "trace", "energy_cost", "unit_id=91370200MA3T00017E", "period=2024-06")
    assert "all.csv:" in traced
    assert "结论：一致" in traced


def test_the_new_forms_samples_and_the_new_marts_test_are_found_by_the_suite(extended: Path, settings: Settings) -> None:
    told = run(extended, settings, "-m", "pytest", "-k", "energy_use or energy_cost", "tests/schemas/test_submission_samples.py",
               "tests/intake/test_judge.py", "tests/jobs/marts/test_energy_cost.py")  # fmt: skip
    assert "9 passed" in told
