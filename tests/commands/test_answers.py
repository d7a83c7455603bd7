"""What people say of what was sent, from the command line: rulings, warnings, explanations, comparisons."""

from __future__ import annotations

import json
from pathlib import Path

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion, Warned, WarnedNow
from catalog.settings import Settings
from tests.prompt import Guozi

WHO = ("--by", "王芳", "--reason", "试")


def test_a_period_is_closed_listed_and_unlocked(guozi: Guozi) -> None:
    assert guozi("rule", "list") == (0, "没有封账、延期或免报\n", "")
    assert guozi("rule", "close", "monthly_finance", "2025-03", *WHO)[0] == 0
    code, _, told = guozi("rule", "close", "monthly_finance", "2025-03", *WHO)
    assert code == 4 and "封账已由 王芳 决定（编号 1：试）" in told
    assert guozi("rule", "extend", "monthly_finance", "2025-03", "--unit", "A", "--until", "2025-04-20", *WHO)[0] == 0
    assert guozi("rule", "exempt", "monthly_finance", "2025-03", "--unit", "B", *WHO)[0] == 0
    assert guozi("rule", "lift", "1", *WHO)[0] == 0 and guozi("rule", "lift", "一", *WHO)[0] == 2
    rows = json.loads(guozi("rule", "list", "--json")[1])
    assert [(r["kind"], r["unit_id"], r["until"], r["state"]) for r in rows] == [
        ("closing", "", "", "lifted"), ("extension", "A", "2025-04-20", "in effect"), ("exemption", "B", "", "in effect"),
    ]  # fmt: skip


def test_warnings_are_listed_by_gravity_and_handled_step_by_step(guozi: Guozi, settings: Settings) -> None:
    assert "没有符合条件的预警" in guozi("warnings")[1]
    ledger = Ledger.open(settings)
    for state in ("built", "audited"):
        ledger.set_mart(MartVersion("warning", "1", 1, 1, "1", state, 1, "2025-05-20"))
    seen = tuple(Warned("W01", unit, "2025-03", "single", "", level, "负债率", "财务监管处") for unit, level in (("A", "黄"), ("B", "红")))
    ledger.publish("2025-05-20", WarnedNow(1, seen))
    ledger.close()
    assert [row["unit_id"] for row in json.loads(guozi("warnings", "--json")[1])] == ["B", "A"]
    code, told, _ = guozi("handle", "Y00000001", "assess", *WHO)
    assert code == 0 and "已研判" in told and "guozi handle 编号 assign" in told
    assert guozi("handle", "Y1", "assign", "--to", "财务监管处", "--due", "2025-05-01", *WHO)[0] == 0
    assert [row["id"] for row in json.loads(guozi("warnings", "--overdue", "--json")[1])] == [1]
    assert guozi("handle", "Y1", "close", *WHO)[0] == 4 and guozi("handle", "Y1", "assign", "--due", "五月", *WHO)[0] == 2


def test_what_is_not_there_is_told_in_one_sentence(guozi: Guozi, tmp_path: Path) -> None:
    assert "没有编号为 F1 的核实类问题" in guozi("explain", "F1", "--by", "李雷", "--code", "E01", "--text", "试").err
    assert guozi("explain", str(tmp_path / "none.xlsx"), "--by", "李雷")[0] == 2
    assert guozi("explain", "F1", "--by", "李雷", "--refuse", "--reason", "试")[0] == 4
    assert guozi("findings", "--sheet", str(tmp_path / "sheet.csv"))[0] == 2
    code, told, _ = guozi("findings", "--sheet", str(tmp_path / "sheet.xlsx"))
    assert code == 0 and told.startswith("0 个待说明的问题写入") and (tmp_path / "sheet.xlsx").is_file()
    assert guozi("diff", "1", "2")[0] == 4 and guozi("rehearse", str(tmp_path / "none.yaml"))[0] == 2
    assert guozi("sql", "--as-known", "2025-05-01")[0] == 4 and guozi("sql", "--as-known", "昨天")[0] == 2
    assert guozi("build", "--as-known", "2025-05-01")[0] == 4 and guozi("build", "--as-known", "2025-05-01", "--mart", "x")[0] == 2
    assert guozi("publish", "--by", "王芳")[0] == 2 and guozi("publish", "--official", "--by", "王芳")[0] == 4
    assert guozi("replay")[0] == 0
