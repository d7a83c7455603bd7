"""The same figures as a card, as a table and as JSON give the same record: only addresses differ."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter

from intake.judge import judge_file
from schemas.contract import MEASURES
from schemas.labels import normalise
from schemas.load import form

FORM = form("monthly_finance")
ENTRY = {"form": "monthly_finance", "period": "2024-06"}
PLACES = ("_source", "_row", "_cells")


@pytest.fixture
def figures() -> dict[str, str]:
    """A clean sample record: header → text."""
    with (Path(__file__).parent.parent / "samples" / FORM.name / "submission.csv").open(encoding="utf-8", newline="") as lines:
        row = next(r for r in csv.DictReader(lines) if not r["expected"])
    return {FORM.by_label[normalise(h)].name: text for h, text in row.items() if normalise(h) in FORM.by_label}


def as_card(figures: dict[str, str], path: Path) -> Path:
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("单户")
    lines: list[list[str]] = [[c.label, figures.get(c.name, "")] for c in FORM.head]
    for kind, measures in MEASURES.items():
        lines.append(["行次", "项目", *measures.values()])
        for item in (i for i in FORM.items if i.kind == kind):
            lines.append([item.number, f"　其中：{item.label}", *(figures.get(f"{item.name}_{m}", "") for m in measures)])
    for number, line in enumerate(lines):
        page.write_row(number, 0, line)
    book.close()
    return path


def as_table(figures: dict[str, str], path: Path, encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as out:
        csv.writer(out).writerows([[c.header or c.label for c in FORM.columns], [figures.get(c.name, "") for c in FORM.columns]])
    return path


def as_json(figures: dict[str, str], path: Path) -> Path:
    path.write_text(json.dumps({"records": [figures]}, ensure_ascii=False), encoding="utf-8")
    return path


def record(path: Path) -> pa.Table:
    judged = judge_file(path, path.name, ENTRY, {})
    assert judged.verdict == "accepted"
    return judged.records.drop_columns(list(PLACES))


def test_a_card_a_table_and_a_json_of_the_same_figures_are_the_same_record(figures: dict[str, str], tmp_path: Path) -> None:
    card = record(as_card(figures, tmp_path / "card.xlsx"))
    typed = [n for n in card.schema.names if not n.startswith("text__")]
    for path in (as_table(figures, tmp_path / "a.csv", "utf-8-sig"), as_table(figures, tmp_path / "b.csv", "gb18030"),
                 as_json(figures, tmp_path / "c.json")):  # fmt: skip
        assert record(path).select(typed).to_pylist() == card.select(typed).to_pylist()


def test_what_counts_as_unchanged_does_not_depend_on_the_layout(figures: dict[str, str], tmp_path: Path) -> None:
    hashes = {
        judge_file(path, path.name, ENTRY, {}).entries[0].content_hash
        for path in (as_card(figures, tmp_path / "card.xlsx"), as_table(figures, tmp_path / "a.csv", "utf-8"))
    }
    changed = as_table(figures | {"cash_opening": "1"}, tmp_path / "d.csv", "utf-8")
    assert len(hashes) == 1
    assert judge_file(changed, changed.name, ENTRY, {}).entries[0].content_hash not in hashes
