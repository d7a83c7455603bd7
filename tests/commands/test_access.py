"""What reading commands leave in the access log."""

from pathlib import Path

import pytest

import cli
from catalog.ledger.ledger import Ledger
from catalog.settings import load_settings
from commands.access import named


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUOZI_HOME", str(tmp_path))
    monkeypatch.setenv("GUOZI_TODAY", "2025-05-20")
    return tmp_path


def _lines(home: Path) -> list[tuple[str, str, str, str]]:
    settings = load_settings({"GUOZI_HOME": str(home), "GUOZI_TODAY": "2025-05-20"})
    ledger = Ledger.open(settings)
    found = [(n["office"], n["command"], n["about"], n["purpose"]) for n in ledger.accesses(settings.today).to_pylist()]
    ledger.close()
    return found


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(list(arguments))
    return int(left.value.code or 0)


def test_a_named_office_leaves_a_line_and_nobody_else_does(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run("findings", "--form", "monthly_finance", "--unit", "9137X") == 0 and _lines(home) == []
    monkeypatch.setenv("GUOZI_OFFICE", "预算处")
    monkeypatch.setenv("GUOZI_PURPOSE", "月度分析")
    assert _run("findings", "--form", "monthly_finance", "--unit", "9137X") == 0
    assert _lines(home) == [("预算处", "findings", "monthly_finance", "月度分析")]


@pytest.mark.usefixtures("home")
def test_an_office_nobody_knows_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GUOZI_OFFICE", "某某处")
    assert _run("findings") == 3 and "某某处" in capsys.readouterr().err


def test_of_a_query_only_the_tables_are_kept() -> None:
    assert named(["select value from statement s join warning using (unit_id) where unit_id = '9137X'"]) == {"statement", "warning"}
