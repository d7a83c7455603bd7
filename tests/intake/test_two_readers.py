"""Intake and trace read with different libraries; what intake says of a cell, trace finds at its address."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.trace.reread import Document
from intake.readers import open_file
from schemas.address import cell
from tests.hostile.forge import CSV, packed, xlsx
from tests.intake.test_readers import FORMATS


def _numbers(book: Any, sheet: Any) -> None:
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row("C9", [0.1 + 0.2, 1234567890123.45, -0.0, 12, 1e-7, True, "１２", 123456.78, 1e14, 99999.995])
    sheet.write_datetime("D10", datetime(2025, 3, 31), day)
    sheet.write_datetime("E10", datetime(2025, 3, 31, 8, 30), day)


FILES = {name: make() for name, make in FORMATS.items()} | {
    "numbers.xlsx": xlsx(_numbers), "1904.xlsx": xlsx(_numbers, date_1904=True),
    "gbk names.zip": packed({"XXXX.csv": CSV.encode()}).replace(b"XXXX", "快报".encode("gb18030")),
    "lines.csv": '甲,乙,丙\r\n1,"二\n三\r\n四",5\n\n6,7,8\r9,,"a ""b"""\n'.encode(),
    "tab.txt": "甲\t乙\t丙\n一\t1,234,567\t2,345,678,901\n".encode(),
    "title.csv": "单位：;万元\n甲;乙;丙\n1,5;2;3\n".encode("utf-16"),
    "head.json": '{"period": "2025", "records": [{"甲": 1.50, "乙/丙~": 1e3}, {"乙/丙~": 100000000000000000000.01}]}'.encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_cell_intake_reads_is_found_again_at_its_address_by_the_reader_of_trace(name: str, tmp_path: Path) -> None:
    path, found = tmp_path / name, Document(name, FILES[name])
    path.write_bytes(FILES[name])
    seen = 0
    for sheet in open_file(path, name).sheets:
        for batch in sheet.batches:
            for row in batch.to_pylist():
                for index, text in enumerate(list(row.values())[1:]):
                    place = cell(sheet.source, sheet.kind, row["_row"], sheet.header[index] if sheet.header else index)
                    if text is not None:
                        assert found.text(place) == text, place
                        seen += 1
    assert seen > 2
