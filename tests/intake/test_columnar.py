"""Parquet as systems push it: the same record as any other file of the same figures, and a clear reason where it cannot be read."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.trace.reread import Document
from intake.guard import LIMITS, Limits
from intake.judge import judge_file
from intake.readers import Rejected, open_file
from schemas.address import of_column
from schemas.contract import Form
from schemas.labels import normalise
from schemas.load import form

FORM = form("guarantee")
NAME = "推送.parquet"


def clean(of: Form) -> dict[str, str]:
    """A clean sample record: header → text."""
    with (Path(__file__).parent.parent / "samples" / of.name / "submission.csv").open(encoding="utf-8", newline="") as lines:
        row = next(r for r in csv.DictReader(lines) if not r["expected"])
    return {header: text for header, text in row.items() if normalise(header) in of.by_label}


def pushed(tmp_path: Path, columns: dict[str, pa.Array], **said: str) -> Path:
    path = tmp_path / NAME
    pq.write_table(pa.table(columns).replace_schema_metadata(said), path)
    return path


def typed(header: str, text: str) -> pa.Array:
    """As a system would hold it."""
    match FORM.by_label[normalise(header)].type:
        case "date":
            return pa.array([date.fromisoformat(text) if text else None], pa.date32())
        case "amount" | "quantity" | "ratio":
            return pa.array([Decimal(text)]) if text else pa.nulls(1, pa.decimal128(18, 2))
        case "integer":
            return pa.array([int(text) if text else None], pa.int64())
    return pa.array([text or None], pa.string()).dictionary_encode()


def test_a_pushed_file_gives_the_record_that_a_csv_of_the_same_figures_gives(tmp_path: Path) -> None:
    figures = clean(FORM)
    table = tmp_path / "a.csv"
    with table.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([figures.keys(), figures.values()])
    path = pushed(tmp_path, {header: typed(header, text) for header, text in figures.items()})
    entry = {"form": FORM.name, "period": figures.get("报告期", "2025-03")}
    from_csv, from_push = (judge_file(p, p.name, entry, {}) for p in (table, path))
    assert from_push.verdict == from_csv.verdict == "accepted" and from_push.reader == "parquet-1"
    values = [c.name for c in FORM.columns]
    assert from_push.records.select(values).to_pylist() == from_csv.records.select(values).to_pylist()
    record = from_push.records.to_pylist()[0]
    document = Document(NAME, path.read_bytes())
    for header, text in figures.items():
        address = of_column(record["_source"], record["_row"], FORM.by_label[normalise(header)].name, {}, from_push.header)
        seen = document.text(address)
        assert seen == text or (Decimal(seen or 0) == Decimal(text or 0))


def test_its_metadata_says_what_json_says_beside_its_records(tmp_path: Path) -> None:
    opened = open_file(pushed(tmp_path, {"金额": pa.array([1])}, form="guarantee", period="2025Q1", rows="1", declared_unit="万元"), NAME)
    sheet = next(opened.sheets)
    assert dict(opened.hints) == {"form": "guarantee", "period": "2025Q1", "rows": "1"} and dict(sheet.head) == {"declared_unit": "万元"}
    assert Document(NAME, (tmp_path / NAME).read_bytes()).text(f"{NAME}#/declared_unit") == "万元"


@pytest.mark.parametrize(("column", "texts"), [
    (pa.array([1, None]), ["1", None]),
    (pa.array([Decimal("-0.0100"), None], pa.decimal128(18, 4)), ["-0.0100", None]),
    (pa.array([date(2025, 3, 31), None]), ["2025-03-31", None]),
    (pa.array([True, False]), ["TRUE", "FALSE"]),
    (pa.array([1234.5, None]), ["1234.5", None]),
    (pa.array(["一", ""]), ["一", None]),
    (pa.array(["一", None]).dictionary_encode(), ["一", None]),
])  # fmt: skip
def test_every_type_becomes_the_text_a_person_would_type(tmp_path: Path, column: pa.Array, texts: list[str | None]) -> None:
    batches = list(next(open_file(pushed(tmp_path, {"列": column}), NAME).sheets).batches)
    assert pa.Table.from_batches(batches)["c0"].to_pylist() == texts
    assert pa.Table.from_batches(batches)["_row"].to_pylist() == [0, 1]


def _refused(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(Rejected) as refusal:
        for sheet in open_file(path, NAME, limits).sheets:
            list(sheet.batches)
    return refusal.value.rule_id


@pytest.mark.parametrize(("column", "rule"), [
    (pa.array([datetime(2025, 3, 1, 8)]), "GRD-PARQUET-TYPE"),
    (pa.array([[1]]), "GRD-PARQUET-TYPE"),
    (pa.array([b"x"]), "GRD-PARQUET-TYPE"),
    (pa.array([float("nan")]), "GRD-PARQUET-NUMBER"),
    (pa.array([1e300]), "GRD-PARQUET-NUMBER"),
    (pa.array([0.1 + 0.2]), "GRD-DIGITS"),
    (pa.array(["甲\x00乙"]), "GRD-NUL"),
])  # fmt: skip
def test_what_cannot_be_a_figure_or_a_text_is_refused_with_its_cell(tmp_path: Path, column: pa.Array, rule: str) -> None:
    assert _refused(pushed(tmp_path, {"列": column})) == rule


def test_a_small_file_of_very_many_rows_is_refused_from_its_footer(tmp_path: Path) -> None:
    path = tmp_path / NAME
    pq.write_table(pa.table({"列": pa.array(["同"]).take(pa.array([0] * 2_000_000))}), path)
    assert path.stat().st_size < 20_000 and _refused(path, replace(LIMITS, cells=1_000_000)) == "GRD-RANGE"


@pytest.mark.parametrize("spoil", [lambda b: b[:-40], lambda b: b"PAR1" + b"x" * 80, lambda b: b[:60] + b"\xff" * 40 + b[100:]])
def test_a_damaged_file_is_refused_and_never_crashes(tmp_path: Path, spoil: Any) -> None:
    path = pushed(tmp_path, {"列": pa.array([str(n) for n in range(500)])})
    path.write_bytes(spoil(path.read_bytes()))
    assert _refused(path) == "GRD-TRUNCATED"


def test_an_encrypted_file_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"PARE" + b"x" * 100 + b"PARE")
    assert _refused(tmp_path / NAME) == "GRD-ENCRYPTED"
