"""A large file judged in pieces gets what it gets when judged whole."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from intake import large
from intake.guard import LIMITS
from intake.judge import judge_file
from intake.large import judge_large, streamable
from intake.readers import Rejected
from intake.staged import FINDINGS, RECORDS, read
from intake.work import Judged, Request
from schemas.load import form

SAMPLES = Path(__file__).parents[1] / "samples"
GIVEN = {"form": "large_payment", "period": "2025-03"}


@pytest.fixture(autouse=True)
def pieces_of_seven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LARGE", 0)
    monkeypatch.setattr(large, "_PIECE", 7)


def sent(folder: Path, name: str, *, again: bool = False) -> Path:
    """The form's sample without what is only for tests; `again`: its second record stands once more at the end."""
    with (SAMPLES / name / "submission.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = [row[:-2] for row in csv.reader(lines)]
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([*rows, rows[2]] if again else rows)
    return path


def in_pieces(path: Path, given: dict[str, str]) -> tuple[Judged | None, pa.Table, pa.Table]:
    stem = path.parent / "1"
    done = judge_large(Request(1, path, path.name, given, {}, stem))
    records, findings = (pa.concat_tables(list(read(Path(f"{stem}{suffix}")))) for suffix in (RECORDS, FINDINGS))
    return done, records, findings


def test_in_pieces_and_whole_the_verdict_is_the_same(tmp_path: Path) -> None:
    path = sent(tmp_path, "large_payment", again=True)
    whole = judge_file(path, path.name, GIVEN, {})
    done, records, findings = in_pieces(path, GIVEN)
    assert done is not None and whole.records.num_rows > 3 * 7
    assert records.to_pylist() == whole.records.to_pylist()
    assert findings.to_pylist() == whole.findings.to_pylist()
    assert (done.verdict, done.entries, done.counts, done.controls, done.header) == (
        whole.verdict, whole.entries, whole.counts, whole.controls, whole.header
    )  # fmt: skip
    assert (done.silver_rows, done.quarantine_rows) == (whole.records.num_rows - whole.quarantined, whole.quarantined)
    assert sum("KEY-DUP" in broken for broken in records.column("broken_rules").to_pylist()) >= 2


def test_a_file_that_breaks_off_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = sent(tmp_path, "large_payment")
    with path.open("a", encoding="utf-8") as out:
        out.write("one,two\n")
    with pytest.raises(Rejected, match="GRD-RAGGED"):
        judge_large(Request(1, path, path.name, GIVEN, {}, tmp_path / "1"))
    assert list(tmp_path.glob("1*")) == []


def test_forms_whose_rules_or_returns_look_beyond_one_record_are_judged_whole(tmp_path: Path) -> None:
    assert streamable(form("large_payment"))
    assert not streamable(form("property_registration_line")) and not streamable(form("monthly_finance"))
    path = sent(tmp_path, "property_registration_line")
    assert judge_large(Request(1, path, path.name, {"form": "property_registration_line", "period": "2024-03"}, {}, None)) is None


def test_a_small_file_is_judged_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sent(tmp_path, "large_payment")
    monkeypatch.setattr(large, "LARGE", LIMITS.file_bytes)
    assert judge_large(Request(1, path, path.name, GIVEN, {}, None)) is None
