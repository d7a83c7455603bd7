"""What is missing is told in one sentence, with the command that mends it."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog import doctor
from catalog.jars import LIST
from catalog.settings import Settings


def a_java(folder: Path, version: str) -> Path:
    home = folder / "jdk"
    (home / "bin").mkdir(parents=True)
    java = home / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n", encoding="ascii")
    java.chmod(0o755)
    return home


def test_the_java_of_this_machine_is_fine() -> None:
    assert doctor.java().state == "好"


def test_a_missing_java_is_told_with_a_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    told = doctor.java()
    assert told.state == "坏" and "没有找到 Java" in told.said and told.remedy


@pytest.mark.parametrize(("version", "shown"), [("11.0.2", "11"), ("1.8.0_392", "8"), ("21", "21")])
def test_another_java_is_told_by_its_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, shown: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(a_java(tmp_path, version)))
    told = doctor.java()
    assert told.state == "坏" and f"Java {shown}；" in told.said and "17" in told.said and told.remedy


def test_a_java_home_without_java_is_told_by_its_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert str(tmp_path) in doctor.java().said


def test_a_jar_with_other_bytes_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / LIST).write_text(f"{'0' * 64}  a.jar\n", encoding="ascii")
    (tmp_path / "a.jar").write_bytes(b"not a jar")
    told = doctor.jar_files(replace(settings, jars=tmp_path))
    assert told.state == "坏" and "a.jar" in told.said and "make setup" in told.remedy


def test_a_lake_that_cannot_be_written_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    told = doctor.lake(replace(settings, lake=str(tmp_path / "file" / "lake")))
    assert told.state == "坏" and "file/lake" in told.said


def test_a_ledger_that_cannot_be_opened_is_told_without_its_address(settings: Settings, tmp_path: Path) -> None:
    broken = tmp_path / "ledger.db"
    broken.write_bytes(b"this is no database, " * 100)
    told = doctor.ledger(replace(settings, ledger=f"sqlite:///{broken}"))
    assert told.state == "坏" and str(broken) not in told.said


def test_everything_is_fine_here(settings: Settings) -> None:
    assert {c.state for c in doctor.examine(settings)} <= {"好", "注意"}
