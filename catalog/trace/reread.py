"""An address → the text that stands there in the archived bytes.

Written a second time on purpose, with other libraries than intake reads with (openpyxl, csv, json, zipfile): two
readers that agree are evidence, one reader that agrees with itself is not. Nothing here casts or judges.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

from catalog.trace.columnar import columnar
from catalog.trace.plain import column_number, member_name, plain, texts, written_out

Kind = Literal["bundle", "workbook", "json", "parquet", "lines"]
_HEADING_ROWS = 300
_NEAR = 20
_LINES = re.compile(r":(?P<line>[0-9]+):(?P<column>[0-9]+)")
_CELL = re.compile(r"(?P<letters>[A-Z]{1,3})(?P<row>[1-9][0-9]*)")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Unreadable(Exception):
    """The address leads nowhere in the archived file; the message says at which step."""


class Document:
    """One archived file, or one member of a bundle; parsed at most once. `name` is the file's name as sent."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content
        self._members: dict[str, Document] = {}
        self._sheets: dict[str, list[tuple[Any, ...]]] = {}

    def text(self, address: str) -> str | None:
        """The text at `address` (None: an empty cell). Raises Unreadable."""
        if not address.startswith(self.name):
            raise Unreadable(f"地址“{address}”不在文件“{self.name}”中")
        rest = address[len(self.name) :]
        match self.kind:
            case "bundle":
                return self.member(rest.removeprefix("!")).text(rest.removeprefix("!"))
            case "workbook":
                return self._cell(rest.removeprefix("!"))
            case "json" | "parquet":
                return self._pointer(rest.removeprefix("#"))
        return self._field(rest)

    def around(self, address: str) -> tuple[list[str], list[str]]:
        """What names the cell at `address`: texts left of it in its row, and texts above it in its column.

        Of a long table the first records suffice; of JSON the key stands for both.
        """
        rest = address[len(self.name) :]
        match self.kind:
            case "bundle":
                return self.member(rest.removeprefix("!")).around(rest.removeprefix("!"))
            case "json" | "parquet":
                key = rest.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
                return [key], [key]
            case "workbook":
                rows, row, column = self._place(rest.removeprefix("!"))
                body = [r for r in rows[:row] if len(r) >= column]
                return texts(rows[row - 1][: column - 1]), texts(r[column - 1] for r in body[:_HEADING_ROWS])
        found = _LINES.fullmatch(rest)
        if found is None:
            raise Unreadable(f"“{address}”不是“文件:行:列”")
        column, top = int(found["column"]), itertools.islice(self._records(), _HEADING_ROWS)
        return [], [r[column - 1] for line, r in top if line < int(found["line"]) and len(r) >= column]

    @cached_property
    def kind(self) -> Kind:
        if self.content.startswith(b"PK"):
            names = self._zip.namelist()
            return "workbook" if "[Content_Types].xml" in names else "bundle"
        if self.content.startswith(b"PAR1"):
            return "parquet"
        return "json" if self._decoded.lstrip()[:1] in ("{", "[") else "lines"

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.content))

    def member(self, address: str) -> Document:
        """The bundle's member whose name begins `address`; the longest one where several do."""
        for info in sorted(self._zip.infolist(), key=lambda i: -len(member_name(i))):
            name = member_name(info)
            if address == name or (address.startswith(name) and address[len(name)] in "!:#"):
                return self._members.setdefault(name, Document(name, self._zip.read(info)))
        raise Unreadable(f"压缩包“{self.name}”里没有“{address}”所指的文件")

    @cached_property
    def _decoded(self) -> str:
        for mark, encoding in _BOMS:
            if self.content.startswith(mark):
                return self.content.decode(encoding)
        for encoding in ("utf-8", "gb18030"):
            try:
                return self.content.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise Unreadable(f"文件“{self.name}”既不是 UTF-8、UTF-16，也不是 GB18030")

    def _field(self, rest: str) -> str | None:
        found = _LINES.fullmatch(rest)
        if found is None:
            raise Unreadable(f"“{self.name}{rest}”不是“文件:行:列”")
        line, column = int(found["line"]), int(found["column"])
        for start, record in self._records():
            if start == line:
                if column > len(record):
                    raise Unreadable(f"“{self.name}”第 {line} 行只有 {len(record)} 列，没有第 {column} 列")
                return record[column - 1] or None
        raise Unreadable(f"“{self.name}”没有从第 {line} 行开始的记录")

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Records with the physical line on which each starts; a quoted field may span lines."""
        reader, before = self._split(max(",\t;", key=self._heading)), 0
        for record in reader:
            yield before + 1, record
            before = reader.line_num

    def _split(self, delimiter: str) -> Any:
        return csv.reader(io.StringIO(self._decoded, newline=""), delimiter=delimiter)

    def _heading(self, delimiter: str) -> tuple[bool, int, int]:
        """How well it divides: the heading is the first record of more than two filled fields, since a title above it has
        fewer; the earlier, then the wider heading tells the delimiter."""
        width = 0
        for line, record in enumerate(itertools.islice(self._split(delimiter), _NEAR)):
            if sum(map(bool, record)) > 2:
                return True, -line, len(record)
            width = max(width, len(record))
        return False, 0, width

    @cached_property
    def _parsed(self) -> Any:
        if self.kind == "parquet":
            return columnar(self.content)
        return json.loads(self._decoded, parse_float=written_out, parse_int=str)

    def _pointer(self, pointer: str) -> str | None:
        value = self._parsed
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            try:
                value = value[int(key)] if isinstance(value, list) else value[key]
            except (KeyError, IndexError, ValueError, TypeError):
                raise Unreadable(f"“{self.name}#{pointer}”在“{key}”处断开") from None
        return plain(value)

    def _cell(self, rest: str) -> str | None:
        rows, row, column = self._place(rest)
        if row > len(rows) or column > len(rows[row - 1]):
            return None
        return plain(rows[row - 1][column - 1])

    def _place(self, rest: str) -> tuple[list[tuple[Any, ...]], int, int]:
        """`Sheet!B7` → the sheet's rows, 7 and 2."""
        sheet, _, cell = rest.rpartition("!")
        found = _CELL.fullmatch(cell)
        if found is None:
            raise Unreadable(f"“{self.name}!{rest}”不是“文件!表!单元格”")
        return self._rows(sheet), int(found["row"]), column_number(found["letters"])

    def _rows(self, sheet: str) -> list[tuple[Any, ...]]:
        if sheet not in self._sheets:
            if sheet not in self._book.sheetnames:
                raise Unreadable(f"“{self.name}”没有工作表“{sheet}”")
            page = self._book[sheet]
            page.reset_dimensions()
            self._sheets[sheet] = list(page.iter_rows(values_only=True))
        return self._sheets[sheet]

    @cached_property
    def _book(self) -> Any:
        import openpyxl

        return openpyxl.load_workbook(io.BytesIO(self.content), read_only=True, data_only=True, keep_links=False)
