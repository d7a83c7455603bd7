"""A bundle of a group is one upload; each of its units gets a receipt of its own."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from intake.receipt import EntryNote, Receipt, by_unit
from tests.jobs.incoming import LISTED
from tests.prompt import Guozi


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Two members, three units of the public share capital of 2012, one with a figure that is none."""
    header, *lines = (LISTED / "share_capital_2012.csv").read_text(encoding="utf-8-sig").splitlines()
    lines[2] = lines[2].replace('"0"', '"约零"', 1)
    path = tmp_path / "集团.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for name, rows in (("甲.csv", lines[:1]), ("乙.csv", lines[1:3])):
            packed.writestr(name, "\n".join([header, *rows]) + "\n")
    return path


def _entry(unit: str, state: str) -> EntryNote:
    return EntryNote(unit, "2025-03", "single", 1, 0, 0, state, "", "", "")


@pytest.mark.parametrize(("states", "verdict"), [
    (["in force", "to explain"], "accepted"), (["returned", "in force"], "partial"), (["returned"], "returned"), (["pending"], ""),
])  # fmt: skip
def test_a_unit_s_verdict_is_that_of_its_own_entries(states: list[str], verdict: str) -> None:
    entries = (*(_entry("B", state) for state in states), _entry("A", "returned"))
    whole = Receipt("R00000012", "集团.zip", "0" * 64, 1, "2025-04-08", "monthly_finance", "财务快报", "2025-03", 0, "partial", None,
                    entries=entries)  # fmt: skip
    first, second = by_unit(whole)
    assert (first.number, first.unit_id, first.verdict) == ("R00000012-001", "A", "returned")
    assert (second.number, second.unit_id, second.verdict) == ("R00000012-002", "B", verdict)
    assert {entry.unit_id for entry in second.entries} == {"B"}


def test_one_upload_of_three_units_gives_three_receipts_each_with_its_own_findings(guozi: Guozi, bundle: Path, tmp_path: Path) -> None:
    assert guozi("submit", str(bundle), "--form", "listed_share_capital", "--period", "2012")[0] == 1
    code, text, _ = guozi("receipt", "R00000001", "--out", str(tmp_path / "out"), "--json")
    told = json.loads(text.splitlines()[0])
    assert code == 1 and [u["receipt"]["number"][-4:] for u in told["units"]] == ["-001", "-002", "-003"]
    faulty = [u for u in told["units"] if any(f["severity"] == "error" for f in u["findings"])]
    assert len(faulty) == 1
    assert {f["unit_id"] for f in faulty[0]["findings"] if f["severity"] == "error"} == {faulty[0]["receipt"]["unit_id"]}
    files = sorted((tmp_path / "out").iterdir())
    assert [f.name for f in files] == [f"R00000001-00{n}.json" for n in (1, 2, 3)]
    assert json.loads(files[0].read_text(encoding="utf-8")) == told["units"][0]


def test_a_unit_reads_its_own_receipt_and_nothing_of_the_others(guozi: Guozi, bundle: Path) -> None:
    guozi("submit", str(bundle), "--form", "listed_share_capital", "--period", "2012")
    units = [u["receipt"]["unit_id"] for u in json.loads(guozi("receipt", "R00000001", "--json")[1])["units"]]
    for how in (("R00000001-002",), ("R00000001", "--unit", units[1])):
        text = guozi("receipt", *how)[1]
        assert "R00000001-002" in text and units[1] in text and units[0] not in text and units[2] not in text


@pytest.mark.parametrize(("number", "unit", "words"), [
    ("12", "", "回执号形如"), ("R00000099", "", "没有回执 R00000099"), ("R00000001", "sse:000000", "没有“sse:000000”"),
    ("R00000001-009", "", "没有“R00000001-009”"),
])  # fmt: skip
def test_a_receipt_that_is_not_there_is_told_so(guozi: Guozi, bundle: Path, number: str, unit: str, words: str) -> None:
    guozi("submit", str(bundle), "--form", "listed_share_capital", "--period", "2012")
    code, _, err = guozi("receipt", number, *(("--unit", unit) if unit else ()))
    assert code == 2 and words in err
