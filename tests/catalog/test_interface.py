"""The interface specification says what the judge does: templates are accepted, schemas fit, the self-test agrees."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest

from catalog.interface import Occupied, write
from catalog.interface.changes import changes
from catalog.interface.kit import EXPECTED
from commands.failure import Code
from commands.interface import selftest
from intake.guard import RULES
from intake.judge import judge_file
from schemas.contract import Form
from schemas.labels import normalise
from schemas.load import form, forms

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("interface")
    write(out, RULES, SAMPLES)
    return out


def passing(made: Form) -> dict[str, str]:
    """A clean sample row: column name → text."""
    with (SAMPLES / made.name / "submission.csv").open(encoding="utf-8", newline="") as lines:
        row = next(r for r in csv.DictReader(lines) if not r["expected"])
    return {made.by_label[normalise(h)].name: text for h, text in row.items() if normalise(h) in made.by_label}


def test_every_form_has_a_page_a_schema_a_template_and_its_code_lists(written: Path) -> None:
    for made in forms():
        page = (written / "forms" / f"{made.name}.md").read_text(encoding="utf-8")
        assert all(f"`{c.name}`" in page for c in made.columns) and all(f"| {r.id} |" in page for r in made.rules)
        schema = (written / "forms" / f"{made.name}.schema.json").read_text(encoding="utf-8")
        jsonschema.Draft202012Validator.check_schema(json.loads(schema))
        contract = json.loads((written / "forms" / f"{made.name}.odcs.json").read_text(encoding="utf-8"))
        assert contract["apiVersion"] == "v3.1.0" and len(contract["schema"][0]["properties"]) == len(made.columns)
        assert (written / "templates" / f"{made.name}.xlsx").stat().st_size > 1000
        assert all((written / "codes" / f"{c.codes}.csv").is_file() for c in made.columns if c.codes)
    assert all(rule in (written / "README.md").read_text(encoding="utf-8") for rule in RULES)


@pytest.mark.parametrize("name", ["guarantee", "large_payment", "monthly_finance", "reform_task", "party_organisation"])
def test_a_clean_record_fits_the_schema_and_one_without_a_required_column_does_not(written: Path, name: str) -> None:
    schema = json.loads((written / "forms" / f"{name}.schema.json").read_text(encoding="utf-8"))
    record: dict[str, Any] = {k: v or None for k, v in passing(form(name)).items()}
    jsonschema.validate(record, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({k: v for k, v in record.items() if k != schema["required"][0]}, schema)


@pytest.mark.parametrize("name", ["guarantee", "decision", "monthly_finance"])
def test_a_filled_template_is_accepted_and_says_itself_which_form_it_is(written: Path, tmp_path: Path, name: str) -> None:
    made, texts, path = form(name), passing(form(name)), tmp_path / "报送.xlsx"
    book = openpyxl.load_workbook(written / "templates" / f"{name}.xlsx")
    sheet = book.worksheets[0]
    if made.items:
        _fill_card(sheet, made, texts)
    else:
        sheet.append([texts.get(column.name) or None for column in made.columns])
    book.save(path)
    period = {"period": texts["period"]} if made.period_from == "submission" else {}
    judged = judge_file(path, path.name, period, {})
    assert (judged.verdict, judged.identity.form) == ("accepted", name)


def _fill_card(sheet: Any, made: Form, texts: dict[str, str]) -> None:
    heads, items, kinds = {c.header or c.label: c.name for c in made.head}, {i.number: i.name for i in made.items}, iter("FS")
    measures = {"F": ("month", "ytd", "ly_month", "ly_ytd"), "S": ("opening", "closing", "ly_closing")}
    kind = ""
    for row in sheet.iter_rows(max_col=6):
        if row[0].value == "行次":
            kind = next(kinds)
        elif row[1].value in heads and not kind:
            row[2].value = texts.get(heads[row[1].value]) or None
        elif row[0].value in items:
            for place, measure in enumerate(measures[kind], 2):
                row[place].value = texts.get(f"{items[row[0].value]}_{measure}") or None


def test_what_changed_is_told_by_form_column_and_rule() -> None:
    now = form("guarantee")
    first, *others = now.columns
    before = replace(now, columns=(*others[:-1], replace(others[-1], type="amount")), rules=now.rules[1:], acceptance="entry")
    page = changes({"guarantee": before, "gone": replace(now, title="旧表")}, {"guarantee": now, "decision": form("decision")})
    for words in (f"新增数据项 | {first.label}", "数据项有变", "类型", f"新增规则 | {now.rules[0].id}", "entry → row", "停用", "新增报表"):
        assert words in page, words
    assert "没有差别" in changes({"guarantee": now}, {"guarantee": now})
    assert "没有给出可比较的上一版" in changes(None, {"guarantee": now})


def test_it_is_written_anew_over_itself_and_never_over_other_files(written: Path, tmp_path: Path) -> None:
    write(written, RULES, SAMPLES)
    (tmp_path / "别人的.txt").write_text("x", encoding="utf-8")
    with pytest.raises(Occupied, match="空目录"):
        write(tmp_path, RULES, SAMPLES)


def test_the_same_contracts_give_the_same_bytes(written: Path, tmp_path: Path) -> None:
    write(tmp_path / "again", RULES, SAMPLES)
    for path in (p for p in written.rglob("*") if p.is_file()):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(written)).read_bytes(), path.name


def test_the_self_test_finds_a_line_that_is_judged_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUOZI_HOME", str(tmp_path / "var"))
    write(tmp_path / "if", RULES, SAMPLES)
    kit = tmp_path / "if" / "selftest" / EXPECTED
    known = [c for c in json.loads(kit.read_text(encoding="utf-8")) if c["form"] in ("guarantee", "tax")]
    kit.write_text(json.dumps(known), encoding="utf-8")
    assert selftest(tmp_path / "if", as_json=False) == Code.FINE and "2 个与说明一致" in capsys.readouterr().out
    line, rules = next(iter(known[0]["rules"].items()))
    known[0]["rules"][line] = ["GU-99"]
    kit.write_text(json.dumps(known), encoding="utf-8")
    assert selftest(tmp_path / "if", as_json=True) == Code.FINDINGS
    assert json.loads(capsys.readouterr().out)["differing"][known[0]["file"]][line] == {"expected": ["GU-99"], "found": rules}
