"""The front door: help in two languages, one sentence for what goes wrong, and the exit codes."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer

import cli
from catalog.ledger import cases, decide
from catalog.settings import Settings
from tests.prompt import Guozi

COMMANDS = {name: sorted(getattr(command, "commands", ())) for name, command in vars(typer.main.get_command(cli.app))["commands"].items()}
EVERY = [(name, *below) for name, group in COMMANDS.items() for below in ([(one,) for one in group] or [()])]
PUBLIC = Path(__file__).parent.parent / "samples" / "listed"


def public_file(name: str = "balance_sheet_2013") -> Path:
    return next(PUBLIC.rglob(f"{name}.csv"))


def test_help_names_every_command_in_chinese_and_english(guozi: Guozi) -> None:
    code, out, _ = guozi("--help")
    assert code == 0
    lines = {line.split()[0]: line for line in out.splitlines() if line.split() and line.split()[0] in COMMANDS}
    assert set(lines) == set(COMMANDS)
    assert all(re.search(r"[\u4e00-\u9fff].*[a-z]{3}", line) and not line.endswith("...") for line in lines.values()), lines
    assert "退出码" in out and "exit codes" in out


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_every_option_of_a_command_is_explained_in_chinese(guozi: Guozi, command: tuple[str, ...]) -> None:
    code, out, _ = guozi(*command, "--help")
    assert code == 0
    options = re.findall(r"^  (--(?!help).*(?:\n {4,}.*)*)", out, re.M)
    assert options and all(re.search(r"[\u4e00-\u9fff]", told) for told in options), options


@pytest.mark.parametrize(("command", "actions"), [("decide", decide.ACTIONS), ("handle", cases.ACTIONS)])
def test_help_names_every_action_the_ledger_knows(guozi: Guozi, command: str, actions: Mapping[str, object]) -> None:
    _, out, _ = guozi(command, "--help")
    told = out[out.index("action <str>") : out.index("[required]\n\nOptions")].removeprefix("action <str>")
    assert set(re.findall(r"[a-z]+", told)) == set(actions)


@pytest.mark.parametrize("arguments", [("nonsense",), ("land", "--nonsense"), ("submit",), ("land", "--plan", "many")])
def test_wrong_usage_is_one_chinese_sentence_and_exit_code_2(guozi: Guozi, arguments: tuple[str, ...]) -> None:
    code, _, err = guozi(*arguments)
    assert code == 2 and len(err.strip().splitlines()) == 1
    assert re.search(r"[\u4e00-\u9fff]", err) and "--help" in err and "Traceback" not in err


def test_a_malformed_setting_is_told_by_its_name_and_exit_code_3(guozi: Guozi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUOZI_TODAY", "yesterday")
    code, _, err = guozi("status")
    assert code == 3 and "GUOZI_TODAY" in err


def test_an_unexpected_error_is_a_sentence_and_with_debug_a_traceback(guozi: Guozi, settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    (settings.home / "ledger.db").write_bytes(b"no database at all, " * 200)
    code, _, err = guozi("status")
    assert code == 5 and "--debug" in err and "Traceback" not in err
    with pytest.raises(Exception, match="not a database"):
        cli.main(["status", "--debug"])


def test_a_wrong_java_is_one_sentence_with_the_command_that_mends_it(
    guozi: Guozi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    code, out, _ = guozi("doctor", "--only", "java")
    assert code == 3 and len(out.strip().splitlines()) == 1 and "请执行：" in out


def test_doctor_answers_in_json(guozi: Guozi) -> None:
    code, out, _ = guozi("doctor", "--json")
    assert code == 0 and json.loads(out)["fit"] is True


def test_an_empty_home_has_a_status_and_no_findings(guozi: Guozi) -> None:
    assert "还没有收到任何报送" in guozi("status")[1]
    assert guozi("findings", "--json") == (0, "[]\n", "")


def test_what_is_not_released_cannot_be_queried(guozi: Guozi) -> None:
    code, _, err = guozi("sql", "select 1")
    assert code == 4 and "还没有发布" in err


def test_check_gives_the_verdict_of_submitting_and_stores_nothing(guozi: Guozi, settings: Settings) -> None:
    code, out, _ = guozi("check", str(public_file()), "--json")
    checked = json.loads(out)
    assert code == 1 and not settings.home.exists()
    _, out, _ = guozi("submit", str(public_file()), "--json")
    (submitted,) = json.loads(out)
    told_later = {"number", "entries", "file"}
    assert {k: v for k, v in checked["receipt"].items() if k not in told_later} == {
        k: v for k, v in submitted["receipt"].items() if k not in told_later
    }
    rules = [sorted((f["rule_id"], f["address"] or "") for f in answer["findings"]) for answer in (checked, submitted)]
    assert rules[0] == rules[1] and rules[0]


def test_a_file_sent_twice_is_rejected_by_check_and_submit_alike(guozi: Guozi) -> None:
    first, _, _ = guozi("submit", str(public_file("cash_flow_2013")))
    assert first == 0
    for command in ("check", "submit"):
        code, out, _ = guozi(command, str(public_file("cash_flow_2013")))
        assert code == 1 and "SUB-DUPLICATE" in out and "R00000001" in out, command


def test_a_submitted_file_gets_a_receipt_to_repeat_the_check_with(guozi: Guozi) -> None:
    _, out, _ = guozi("submit", str(public_file("cash_flow_2013")), "--json")
    receipt = json.loads(out)[0]["receipt"]
    assert re.fullmatch(r"R\d{8}", receipt["number"]) and re.fullmatch(r"[0-9a-f]{64}", receipt["sha256"])
    assert receipt["contract_hash"] and receipt["judge"] and receipt["reader"] and receipt["verdict"] == "accepted"


def test_options_say_what_a_file_is_and_must_agree_with_its_folders(guozi: Guozi, tmp_path: Path) -> None:
    lone = tmp_path / "some file.csv"
    lone.write_bytes(public_file("cash_flow_2013").read_bytes())
    assert "IDN-UNKNOWN" in guozi("check", str(lone))[1]
    said = ("--form", "listed_cash_flow", "--period", "2013")
    assert guozi("check", str(lone), *said)[0] == 0
    code, out, _ = guozi("submit", str(lone), *said, "--json")
    assert code == 0 and json.loads(out)[0]["receipt"]["form"] == "listed_cash_flow"
    filed = tmp_path / "listed_balance_sheet" / lone.name
    filed.parent.mkdir()
    filed.write_bytes(lone.read_bytes())
    code, _, err = guozi("check", str(filed), *said)
    assert code == 2 and "说法不同" in err


def test_a_file_can_be_put_for_the_night_without_being_judged(guozi: Guozi, settings: Settings) -> None:
    code, out, _ = guozi("submit", str(public_file()), "--put-only")
    assert code == 0 and str(settings.incoming) in out
    assert not [p for p in settings.incoming.rglob("*") if p.name.endswith(".part")]
    assert json.loads(guozi("land", "--plan", "3", "--json")[1]) == [{"GUOZI_GROUP": "1"}]
    assert json.loads(guozi("land", "--group", "1", "--json")[1])["judged"] == 1
    assert json.loads(guozi("land", "--plan", "3", "--json")[1]) == []


def test_findings_are_filtered_by_rule_and_receipt(guozi: Guozi) -> None:
    guozi("submit", str(public_file()))
    every = json.loads(guozi("findings", "--json")[1])
    rules = {f["rule_id"] for f in every}
    assert len(rules) > 1
    one = min(rules)
    assert {f["rule_id"] for f in json.loads(guozi("findings", "--rule", one, "--json")[1])} == {one}
    assert json.loads(guozi("findings", "--receipt", "R00000002", "--json")[1]) == []
    assert len(json.loads(guozi("findings", "--receipt", "R00000001", "--json")[1])) == min(len(every), 100)


def test_a_decision_that_does_not_fit_is_refused_with_exit_code_4(guozi: Guozi) -> None:
    guozi("submit", str(public_file()))
    code, _, err = guozi("decide", "R00000001", "revert", "--by", "张三", "--reason", "试")
    assert code == 4 and re.search(r"[\u4e00-\u9fff]", err)


def test_samples_refuse_a_folder_that_is_not_empty(guozi: Guozi, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("", encoding="ascii")
    assert guozi("samples", "--out", str(tmp_path))[0] == 4


def test_the_installed_command_is_this_one() -> None:
    command = Path(sys.executable).parent / "guozi"
    assert subprocess.run([str(command), "--help"], capture_output=True, check=True, text=True).stdout.startswith("Usage: guozi")
