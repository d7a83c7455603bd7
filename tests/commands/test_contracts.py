"""A contract that cannot be run is refused by name, rule and reason, before any file is judged by it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PARTS = ("schemas", "expectations", "catalog", "intake", "jobs", "commands")
CONTRACT = "schemas/submissions/large_payment.yaml"


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, in which one rule of one contract names a column that is not there."""
    home = tmp_path_factory.mktemp("project")
    for part in PARTS:
        shutil.copytree(PROJECT / part, home / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(PROJECT / "cli.py", home / "cli.py")
    text = (home / CONTRACT).read_text(encoding="utf-8")
    assert "contract_amount" in text
    (home / CONTRACT).write_text(text.replace("<= contract_amount", "<= contract_total"), encoding="utf-8")
    return home


def run(project: Path, *command: str) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(project), "GUOZI_HOME": str(project / "var")}
    done = subprocess.run([sys.executable, "-m", "cli", *command], cwd=project, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_doctor_names_file_rule_and_reason(broken: Path) -> None:
    code, told = run(broken, "doctor", "--only", "contracts")
    assert code == 3
    assert "submissions/large_payment.yaml 规则 " in told and "没有列“contract_total”" in told


@pytest.mark.parametrize("kind", ["marts", "measures", "indicators", "warnings", "reconciliations"])
def test_doctor_reads_every_kind_of_declaration(broken: Path, kind: str) -> None:
    added = broken / "schemas" / kind / "new.yaml"
    added.write_text("- {id: new}", encoding="utf-8")
    code, told = run(broken, "doctor", "--only", "contracts")
    added.unlink()
    assert code == 3 and f"{kind}/new.yaml" in told


def test_doctor_names_a_condition_of_a_warning_that_cannot_be_run(broken: Path) -> None:
    file = broken / "schemas/warnings/debt.yaml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace("when: unfunded_3m > least", "when: unfunded_3m + least"), encoding="utf-8")
    code, told = run(broken, "doctor", "--only", "contracts")
    file.write_text(whole, encoding="utf-8")
    assert code == 3 and "warnings W12 第 1 档 when：" in told


def test_check_refuses_to_judge_by_it_and_judges_by_the_others(broken: Path) -> None:
    sample = PROJECT / "tests/samples/large_payment/submission.csv"
    code, told = run(broken, "check", str(sample), "--form", "large_payment", "--period", "2025-03")
    assert code == 3 and "合同有误" in told and "没有列“contract_total”" in told
    other = PROJECT / "samples/listed/balance_sheet_2012.csv"
    code, told = run(broken, "check", str(other), "--form", "listed_balance_sheet", "--period", "2012")
    assert code in (0, 1) and "合同有误" not in told


def test_a_document_that_is_no_yaml_is_told_with_its_line(broken: Path) -> None:
    (broken / "schemas/submissions/directive.yaml").write_text("id: [1\nname: x", encoding="utf-8")
    code, told = run(broken, "doctor", "--only", "contracts")
    assert code == 3 and "submissions/directive.yaml：第 2 行不是正确的 YAML" in told
