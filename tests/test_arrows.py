"""The arrows of docs/architecture.md, seen from outside: what a fresh interpreter has loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ("pyspark", "great_expectations", "delta")


def modules_below(package: str) -> list[str]:
    paths = sorted((ROOT / package).rglob("*.py"))
    kept = [p for p in paths if "migrations" not in p.parts and "worker" not in p.name]
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in kept]
    return [n.removesuffix(".__init__") for n in names]


def loaded_by(modules: list[str]) -> set[str]:
    """Top-level packages that importing the modules has loaded."""
    script = "import sys\n" + "".join(f"import {m}\n" for m in modules) + "print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ["schemas", "catalog", "intake", "samples", "commands"])
def test_importing_a_package_loads_neither_spark_nor_great_expectations(package: str) -> None:
    modules = modules_below(package)
    assert modules
    assert not loaded_by(modules) & set(HEAVY)


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    assert not loaded_by(["cli"]) & {*HEAVY, "airflow", "duckdb", "pyarrow", "deltalake", "sqlalchemy", "rich"}


def test_importing_the_dags_loads_of_ours_only_the_schemas() -> None:
    loaded = loaded_by(modules_below("dags"))
    assert not loaded & {*HEAVY, "catalog", "commands", "expectations", "intake", "jobs", "samples"}
    assert "schemas" in loaded


def test_every_declared_arrow_is_kept() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
