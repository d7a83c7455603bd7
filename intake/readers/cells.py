"""The cells of one worksheet part as they pass by: what calamine would get wrong is refused here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers.expat import XMLParserType

from intake.guard import Limits, refused
from schemas.address import column_letters

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,10})")
# Whatever prefix a name has: calamine looks at local names alone. Within extensions an `f` belongs to no cell.
_OTHER, _CELL, _VALUE, _ROW, _FORMULA, _EXTENSION = range(6)
_ELEMENTS = {"c": _CELL, "v": _VALUE, "row": _ROW, "f": _FORMULA, "extLst": _EXTENSION}
_STRING_LITERAL = re.compile(r'"[^"]*"|\'[^\']*\'')


class Cells:
    """Handlers for one sheet. Rows and cells must come in rising order, as every program writes them.

    `start` runs once an element, two million times for a large sheet: it compares before it parses. A formula's text
    and result are collected only while inside its cell.
    """

    def __init__(self, parser: XMLParserType, where: str, limits: Limits) -> None:
        self._parser, self._where, self._limits = parser, where, limits
        self._elements: dict[str, int] = {}
        self._inside = False
        self._columns: dict[str, int] = {}
        self._row_number, self._row_text, self._digits, self._column = 0, "", 1, -1
        self._right = -1
        self._filled = 0
        self._kind, self._pending, self._text_result = "n", "", False
        self._texts: dict[str, list[str]] = {}
        self.formula = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        element = self._elements.get(name)
        if element is None:
            element = self._elements[name] = _ELEMENTS.get(name.rpartition(":")[2], _OTHER)
        if element == _CELL:
            self._inside = True
            if self._pending:
                self._close_formula()
            reference = attributes.get("r", "")
            column = self._columns.get(reference[: -self._digits], -1) if reference[-self._digits :] == self._row_text else -1
            if column > self._column:
                self._column = column
            else:
                self._place(reference)
            self._kind = kind = attributes.get("t", "n")
            if kind == "e":
                raise refused("GRD-ERROR", self._here())
            if kind == "inlineStr":
                self._filled += 1
        elif element == _VALUE:
            self._filled += 1
            if self._pending:
                self._collect("v")
        elif element == _ROW:
            self._start_row(attributes.get("r", ""))
        elif element == _EXTENSION:
            self._inside = False
        elif element == _FORMULA and self._inside:
            self._pending, self._text_result = self._here(), self._kind == "str"
            self._collect("f")

    def finish(self) -> None:
        self._close_formula()
        rows, columns = self._row_number, self._right + 1
        area = rows * columns
        sparse = area > self._limits.sparse_from and area > self._limits.sparse * max(self._filled, 1)
        if area > self._limits.cells or sparse:
            raise refused("GRD-RANGE", self._where, f"{rows} 行 × {columns} 列")

    def _start_row(self, text: str) -> None:
        if not text:
            return
        if not text.isdecimal() or int(text) > self._limits.rows:
            raise refused("GRD-ROW", self._where, f"行号 {text[:20]}")
        if int(text) <= self._row_number:
            raise refused("GRD-CELL", self._where, f"行号 {text}")
        self._row_number, self._row_text, self._digits, self._column = int(text), text, len(text), -1

    def _place(self, reference: str) -> None:
        """The place of a cell that is not simply the next known column of its row."""
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            raise refused("GRD-CELL", self._here() if self._column >= 0 else self._where)
        letters, row = found[1], int(found[2])
        column = self._columns.setdefault(letters, _index(letters))
        if row > self._limits.rows or column >= self._limits.columns:
            raise refused("GRD-ROW", self._where, f"单元格 {reference}")
        if (row, column) <= (self._row_number, self._column):
            raise refused("GRD-CELL", f"{self._where}!{reference}")
        self._row_number, self._row_text, self._digits, self._column = row, found[2], len(found[2]), column
        self._right = max(self._right, column)

    def _here(self) -> str:
        return f"{self._where}!{column_letters(self._column)}{self._row_number}"

    def _collect(self, which: str) -> None:
        self._parser.CharacterDataHandler = self._texts.setdefault(which, []).append

    def _close_formula(self) -> None:
        if not self._pending:
            return
        where, texts = self._pending, {k: "".join(v).strip() for k, v in self._texts.items()}
        self._parser.CharacterDataHandler = None
        self._pending, self._texts = "", {}
        self.formula = self.formula or where
        if "|" in _STRING_LITERAL.sub("", texts["f"]):
            raise refused("GRD-DDE", where)
        if not texts.get("v") and not ("v" in texts and self._text_result):
            raise refused("GRD-FORMULA", where)


def _index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
