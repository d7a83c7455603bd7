"""What is not whole, or no report, is left alone; every name reads as text."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path, PurePosixPath

import pytest

from intake.arriving import is_report, readable, whole


@pytest.mark.parametrize(("raw", "text"), [
    ("快报.csv".encode(), "快报.csv"), ("快报.csv".encode("gb18030"), "快报.csv"), (b"a\xff.csv", "a\\xff.csv"),
])  # fmt: skip
def test_a_name_in_another_encoding_is_still_read_as_text(raw: bytes, text: str) -> None:
    assert readable(PurePosixPath(os.fsdecode(raw))) == PurePosixPath(text)


def test_temporary_names_locks_links_and_manifests_are_no_reports(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv.part", "c.tmp", "~$d.xlsx", ".e.csv", "manifest.yaml", "Thumbs.db"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "f.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "folder.csv").mkdir()
    assert [p.name for p in sorted(tmp_path.iterdir()) if is_report(p)] == ["a.csv"]


def test_a_file_that_grows_or_vanishes_between_two_looks_is_left_for_another_night(tmp_path: Path) -> None:
    still, growing, gone = (tmp_path / n for n in ("a.csv", "b.csv", "c.csv"))
    for path in (still, growing, gone):
        path.write_text("x", encoding="utf-8")

    def meddle() -> None:
        time.sleep(0.1)
        growing.write_text("xx", encoding="utf-8")
        gone.unlink()

    meddler = threading.Thread(target=meddle)
    meddler.start()
    assert whole([still, growing, gone], pause=0.5) == [still]
    meddler.join()
