"""`tests/samples/<form>/submission.csv` is the specification of a form: its column `expected` names what each row breaks."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from intake.judge import judge as judge_pile
from intake.judge import judge_file, prepare, weigh
from intake.judgement import Judgement
from schemas.contract import Form
from schemas.load import form, form_names
from tests.hostile.forge import CSV

SAMPLES = Path(__file__).parent.parent / "samples"
LISTED = Path(__file__).parents[2] / "samples" / "listed"
BESIDES = ("expected", "case")


def rows_of(name: str) -> tuple[list[str], list[list[str]]]:
    with (SAMPLES / name / "submission.csv").open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    return header, rows


def judge(rows: list[list[str]], made: Form, folder: Path) -> Judgement:
    """The rows as a sender's file; its period is the one most rows name (a feed's files carry none)."""
    path = folder / "submission.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(rows)
    headers = [h for h in ("报告期",) if h in rows[0]]
    named = Counter(row[rows[0].index(headers[0])] for row in rows[1:]) if headers else Counter({"2012": 1})
    entry = {"form": made.name} | ({"period": named.most_common(1)[0][0]} if made.period_from == "submission" else {})
    return judge_file(path, path.name, entry, {})


@pytest.mark.parametrize("name", form_names())
def test_each_row_breaks_exactly_the_rules_it_declares(name: str, tmp_path: Path) -> None:
    header, rows = rows_of(name)
    keep = [i for i, h in enumerate(header) if h not in BESIDES]
    made = form(name)
    judged = judge([[r[i] for i in keep] for r in (header, *rows)], made, tmp_path)
    found = zip(judged.records["_row"].to_pylist(), judged.records["broken_rules"].to_pylist(), strict=True)
    broken = {r: set(ids) - {"ACC-ENTRY"} for r, ids in found}
    declared = {i: set(filter(None, r[header.index("expected")].split(";"))) for i, r in enumerate(rows, start=2)}
    case = {i: r[header.index("case")] for i, r in enumerate(rows, start=2)}
    differing = {(row, case[row]): (declared[row], broken.get(row)) for row in declared if broken.get(row) != declared[row]}
    assert differing == {}


@pytest.mark.parametrize("name", form_names())
def test_a_finding_shows_the_cell_as_it_stands_in_the_file(name: str, tmp_path: Path) -> None:
    header, rows = rows_of(name)
    keep = [i for i, h in enumerate(header) if h not in BESIDES]
    kept = [[r[i] for i in keep] for r in (header, *rows)]
    for finding in judge(kept, form(name), tmp_path).findings.to_pylist():
        file, line, *column = finding["address"].split(":")
        assert file == "submission.csv" and int(line) == finding["_row"]
        if column:
            assert kept[int(line) - 1][int(column[0]) - 1] == (finding["seen"] or "")
        assert finding["message"] and "{" not in finding["message"]


def test_an_entry_with_an_error_is_returned_whole_and_its_neighbours_are_not(tmp_path: Path) -> None:
    header, rows = rows_of("monthly_finance")
    keep = [i for i, h in enumerate(header) if h not in BESIDES]
    bad = next(r for r in rows if r[header.index("expected")] == "B05-3")
    judged = judge([[r[i] for i in keep] for r in (header, rows[0], bad)], form("monthly_finance"), tmp_path)
    assert judged.verdict == "partial"
    assert [(e.errors > 0, e.rows) for e in judged.entries] == [(False, 1), (True, 0)]


def test_the_same_file_judged_twice_gives_the_same_answer(tmp_path: Path) -> None:
    header, rows = rows_of("monthly_finance")
    keep = [i for i, h in enumerate(header) if h not in BESIDES]
    kept = [[r[i] for i in keep] for r in (header, *rows[:3])]
    one, other = (judge(kept, form("monthly_finance"), tmp_path) for _ in range(2))
    assert one.records.equals(other.records) and one.findings.equals(other.findings) and one.entries == other.entries


def filed(stem: str) -> list[int]:
    made = []
    for year in range(2010, 2014):
        path = LISTED / f"{stem}_{year}.csv"
        judged = judge_file(path, path.name, {"form": f"listed_{stem}", "period": str(year)}, {})
        made.append(sum(e.filed for e in judged.entries))
    return made


@pytest.mark.parametrize("stem", ["balance_sheet", "income_statement", "cash_flow"])
def test_the_listed_companies_filed_six_seven_eight_and_eight_statements(stem: str) -> None:
    assert filed(stem) == [6, 7, 8, 8]


def test_the_listed_companies_filed_seven_eight_eight_and_seven_profiles() -> None:
    assert filed("profile") == [7, 8, 8, 7]


def test_component_sums_of_the_listed_balance_sheets_break_only_in_2013_and_there_for_all() -> None:
    broken = {}
    for year in range(2010, 2014):
        path = LISTED / f"balance_sheet_{year}.csv"
        findings = judge_file(path, path.name, {"form": "listed_balance_sheet", "period": str(year)}, {}).findings
        broken[year] = Counter(f["rule_id"] for f in findings.to_pylist() if f["severity"] != "notice")
    assert broken == {2010: {}, 2011: {}, 2012: {}, 2013: {"LBS-7": 8, "LBS-10": 8}}


def test_a_files_verdict_does_not_depend_on_the_pile_it_is_judged_in(tmp_path: Path) -> None:
    header, rows = rows_of("monthly_finance")
    keep = [i for i, h in enumerate(header) if h not in BESIDES]
    pile = []
    for number, chosen in enumerate((rows[:2], rows[14:16], rows[-3:])):
        path = tmp_path / f"{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([[r[i] for i in keep] for r in (header, *chosen)])
        pile.append(prepare(path, path.name, {"form": "monthly_finance", "period": "2024-06"}, {}))
    together = judge_pile(pile)
    for one, found in zip(pile, together, strict=True):
        alone = judge_pile([one])[0]
        assert found.records.equals(alone.records) and found.findings.equals(alone.findings)
        assert (found.entries, found.counts, found.controls, found.verdict) == (alone.entries, alone.counts, alone.controls, alone.verdict)
    assert [j.verdict for j in together] == ["accepted", "returned", "partial"]


def test_a_record_is_known_by_its_filled_values_and_one_with_hardly_any_too(tmp_path: Path) -> None:
    path = tmp_path / "profiles.csv"
    path.write_text(CSV, encoding="utf-8")
    read = prepare(path, path.name, {"form": "listed_profile", "period": "2010"}, {})
    nothing = pa.Table.from_pylist([dict.fromkeys(n for n in read.texts.schema.names)], read.texts.schema)
    weighed = weigh(read.form, pa.concat_tables([read.texts, nothing]), [read.identity] * 3, np.zeros(3, np.int64))
    texts = [
        "unit_id=sse:600060\x1funit_name=海信电器\x1fperiod=2010\x1fregistered_name=青岛海信电器股份有限公司\x1fregistered_address=前湾港路218号",
        "unit_id=sse:600229\x1funit_name=青岛碱业\x1fperiod=2010\x1fregistered_name=青岛碱业股份有限公司\x1fregistered_address=四流北路78号",
        "period=2010",
    ]
    assert weighed.digests == [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
