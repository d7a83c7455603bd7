"""Small honest files, and tools to spoil them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

import xlsxwriter

HEADER = ("股票代码", "简称", "公司法定中文名称", "公司注册地址")
ROWS = (("600060", "海信电器", "青岛海信电器股份有限公司", "前湾港路218号"), ("600229", "青岛碱业", "青岛碱业股份有限公司", "四流北路78号"))
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
CSV = "\r\n".join(",".join(row) for row in (HEADER, *ROWS)) + "\r\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def xlsx(fill: Callable[..., None] | None = None, **options: object) -> bytes:
    """A workbook of one sheet 表 with HEADER and ROWS; `fill(workbook, sheet)` adds to it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        sheet = book.add_worksheet("表")
        for number, row in enumerate((HEADER, *ROWS)):
            sheet.write_row(number, 0, row)
        if fill:
            fill(book, sheet)
    return out.getvalue()


def packed(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def members(container: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(container)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def altered(container: bytes, part: str, old: str, new: str) -> bytes:
    """The container with one text of one part replaced; the part is added when it is not there."""
    parts = members(container)
    text = parts.get(part, b"").decode()
    assert old in text, f"{part} does not hold {old}"
    parts[part] = text.replace(old, new, 1).encode() if old else new.encode()
    return packed(parts)


def with_cells(cells: str, base: bytes | None = None) -> bytes:
    """The honest workbook with raw XML put before the end of its sheet data."""
    return altered(base or xlsx(), SHEET, "</sheetData>", f"{cells}</sheetData>")


def lying(container: bytes, member: str, size: int) -> bytes:
    """The container with `member` declared (in both places) to unpack to `size` bytes."""
    made = bytearray(container)
    with zipfile.ZipFile(io.BytesIO(container)) as archive:
        info = archive.getinfo(member)
    struct.pack_into("<L", made, info.header_offset + 22, size)
    central = container.index(b"PK\x01\x02")
    while container[central + 46 :].startswith(member.encode()) is False:
        central = container.index(b"PK\x01\x02", central + 4)
    struct.pack_into("<L", made, central + 24, size)
    return bytes(made)


def flagged(container: bytes, bit: int) -> bytes:
    """Every member with a general purpose flag set (bit 0: encrypted)."""
    made, at = bytearray(container), 0
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.find(signature)
        while at >= 0:
            made[at + offset] |= 1 << bit
            at = made.find(signature, at + 4)
    return bytes(made)
