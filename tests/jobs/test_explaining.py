"""A query finding is answered by its sender: one by one or by a returned sheet; the answer holds for the same value seen again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from catalog.findings import find
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused
from catalog.settings import Settings
from jobs.explaining import CODE, NUMBER, TEXT, explain, explain_sheet, judge, sheet
from jobs.land import land
from jobs.refine import refine
from tests.jobs.incoming import put

SAMPLE = Path(__file__).parents[1] / "samples" / "bank_account" / "submission.csv"
UNIT = "91370202YY1403013Y"


def _send(settings: Settings, name: str, *wanted: str, revision: int, balance: str = "") -> None:
    """The sample's rows that break only the wanted rules, all of one unit; the balance of the first as given."""
    with SAMPLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    chosen = [next(r for r in rows if r["expected"] == rule) for rule in wanted]
    header = [c for c in rows[0] if c not in ("expected", "case")]
    for row in chosen:
        row |= {"统一社会信用代码": UNIT, "银行账号": f"38030201{(row['expected'] or '0')[-1] * 8}"}
    chosen[0]["账户余额"] = balance or chosen[0]["账户余额"]
    out = io.StringIO()
    csv.writer(out).writerows([header, *([row[c] for c in header] for row in chosen)])
    put(settings, name, "", "bank_account", "2025-09", out.getvalue().encode(), revision=revision, arrived="2025-10-08")
    land(settings)
    refine(settings)


def _states(settings: Settings) -> list[str]:
    ledger = Ledger.open(settings)
    try:
        return [e["state"] for e in ledger.entries().to_pylist()]
    finally:
        ledger.close()


def _open(settings: Settings) -> dict[str, str]:
    """Rule → number of the finding of the last submission."""
    answer = find(settings, {"form": "bank_account"})
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return {r["rule_id"]: r["number"] for r in rows if r["severity"] == "query"}


@pytest.fixture
def asked(settings: Settings) -> Iterator[Settings]:
    """Two questions of one entry, which waits."""
    _send(settings, "1/a.csv", "BA-5", "BA-6", revision=1)
    assert _states(settings) == ["to explain"] and set(_open(settings)) == {"BA-5", "BA-6"}
    yield settings


def test_an_entry_comes_into_force_when_its_last_question_is_answered(asked: Settings) -> None:
    numbers = _open(asked)
    assert explain(asked, {numbers["BA-5"]: ("E06", "专户资金")}, "李雷").entries == {}
    assert _states(asked) == ["to explain"]
    done = explain(asked, {numbers["BA-6"]: ("E05", "季节性")}, "李雷")
    assert (done.recorded, done.entries) == (1, {"in force": 1}) and _states(asked) == ["in force"]
    assert explain(asked, {numbers["BA-6"]: ("E05", "季节性")}, "李雷").unchanged == 1


def test_an_explanation_carries_over_while_rule_record_and_value_are_the_same(asked: Settings) -> None:
    explain(asked, {number: ("E99", "说明过了") for number in _open(asked).values()}, "李雷")
    _send(asked, "2/a.csv", "BA-6", "BA-5", "", revision=2)  # other rows of the file, the same records, and one more
    assert _states(asked) == ["superseded", "in force"]


def test_another_value_is_asked_again(asked: Settings) -> None:
    explain(asked, {number: ("E99", "说明过了") for number in _open(asked).values()}, "李雷")
    _send(asked, "2/a.csv", "BA-6", "BA-5", revision=2, balance="-20.00")
    assert _states(asked) == ["superseded", "to explain"]


def test_a_refused_explanation_makes_the_entry_wait_again(asked: Settings) -> None:
    numbers = _open(asked)
    explain(asked, {number: ("E99", "说明过了") for number in numbers.values()}, "李雷")
    with pytest.raises(Refused, match="--reason"):
        judge(asked, numbers["BA-5"], "refused", "韩梅", "")
    assert judge(asked, numbers["BA-5"], "refused", "韩梅", "与对账单不符") == {"to explain": 1}
    explain(asked, {numbers["BA-5"]: ("E99", "附对账单")}, "李雷")
    assert _states(asked) == ["in force"]


def test_what_cannot_be_taken_is_refused_whole(asked: Settings) -> None:
    number = _open(asked)["BA-5"]
    for said, words in (({"F0": ("E01", "x")}, "没有编号为 F0"), ({number: ("E77", "x")}, "E77"), ({number: ("E01", " ")}, "没有写说明")):
        with pytest.raises(Refused, match=words):
            explain(asked, said, "李雷")
    with pytest.raises(Refused, match="--by"):
        explain(asked, {number: ("E01", "x")}, " ")


def test_the_sheet_lists_open_questions_and_is_taken_back_when_filled_in(asked: Settings, tmp_path: Path) -> None:
    assert sheet(asked, {"form": "bank_account"}, tmp_path / "out.xlsx") == 2
    filled = _filled(tmp_path / "out.xlsx", {0: ("E05", "=1+1 季节性")})
    done = explain_sheet(asked, filled, "李雷")
    assert (done.recorded, done.left, done.entries) == (1, 1, {})
    assert sheet(asked, {}, tmp_path / "rest.xlsx") == 1
    explain_sheet(asked, _filled(tmp_path / "rest.xlsx", {0: ("E06", "一次性")}), "李雷")
    assert _states(asked) == ["in force"] and sheet(asked, {"unit": UNIT}, tmp_path / "none.xlsx") == 0
    told = {row[-1] for row in find(asked, {}).rows}
    assert "已说明：E05 =1+1 季节性" in told


def test_another_workbook_is_not_a_sheet(asked: Settings, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["别的", "表"])  # type: ignore[union-attr]  # a new workbook has a sheet
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(Refused, match="不是问题清单"):
        explain_sheet(asked, tmp_path / "other.xlsx", "李雷")


def _filled(path: Path, said: dict[int, tuple[str, str]]) -> Path:
    """The sheet as a person fills it in: by position below the header."""
    book = openpyxl.load_workbook(path)
    page: Any = book.worksheets[0]
    header = [cell.value for cell in page[1]]
    assert header[0] == NUMBER
    for line, (code, text) in said.items():
        page.cell(line + 2, header.index(CODE) + 1).value = code
        cell = page.cell(line + 2, header.index(TEXT) + 1)
        cell.value, cell.data_type = text, "s"
    book.save(path)
    return path
