"""A streamed look at every part of an xlsx before calamine opens it: calamine allocates the dense range of a sheet,
shows a formula without result and an error as empty, and shifts cells without a position to column A.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from intake.guard import LIMITS, Limits, refused
from intake.readers.archive import Member, chunks, opened
from intake.readers.cells import Cells

_HINT = "guozi_"
_CUSTOM = "docprops/custom.xml"
_FIRST = ("xl/_rels/workbook.xml.rels", "xl/workbook.xml")
# Names of parts (lower case) that a report has no use for.
_PARTS = (
    ("vbaproject", "GRD-MACRO"), ("/macrosheets/", "GRD-MACRO"), ("/dialogsheets/", "GRD-MACRO"),
    ("xl/connections", "GRD-EXTERNAL"), ("/querytables/", "GRD-EXTERNAL"),
    ("/embeddings/", "GRD-EMBEDDED"), ("/activex/", "GRD-EMBEDDED"),
)  # fmt: skip
_CONTENT_TYPES = (
    ("macroenabled", "GRD-MACRO"), ("macrosheet", "GRD-MACRO"), ("vbaproject", "GRD-MACRO"), ("sheet.binary", "GRD-FORMAT"),
)  # fmt: skip


@dataclass
class _Book:
    """What the parts say of each other: sheet names by part, whether results are declared stale, the first formula."""

    where: str
    limits: Limits
    targets: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    worksheets: set[str] = field(default_factory=set)
    stale: bool = False
    formula: str = ""
    hints: dict[str, str] = field(default_factory=dict)


def look(path: Path, where: str, limits: Limits = LIMITS) -> Mapping[str, str]:
    """The hints in the workbook's custom properties (`guozi_form` → form …). Raises Rejected for whatever cannot be read right."""
    book = _Book(where, limits)
    with opened(path, where, limits) as (archive, members):
        for member in members:
            for part, rule in _PARTS:
                if part in f"/{member.name.lower()}":
                    raise refused(rule, where, member.name)
        for member in sorted(members, key=lambda m: m.name.lower() not in _FIRST):
            _read(archive, member, book)
    if book.stale and book.formula:
        raise refused("GRD-STALE", book.formula)
    return book.hints


def _read(archive: zipfile.ZipFile, member: Member, book: _Book) -> None:
    """One member to its end, so that checksums of parts that are no XML are verified as well."""
    content = chunks(archive, member, book.where)
    if not member.name.lower().endswith((".xml", ".rels")):
        for _ in content:
            continue
        return
    part = _Part(member.name, book)
    try:
        for chunk in content:
            part.parser.Parse(chunk, False)
        part.parser.Parse(b"", True)
    except expat.ExpatError as wrong:
        raise refused("GRD-XML", book.where, f"{member.name} 第 {wrong.lineno} 行") from wrong
    part.finish()


class _Part:
    """One XML part: its root element decides who looks at the rest. A document type is refused before anything expands."""

    def __init__(self, name: str, book: _Book) -> None:
        self._name, self._book = name, book
        self._cells: Cells | None = None
        self._property = ""
        self._link = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._root

    def finish(self) -> None:
        if self._link:
            raise refused("GRD-EXTERNAL", self._book.where, self._name)
        if self._cells is not None:
            self._cells.finish()
            self._book.formula = self._book.formula or self._cells.formula

    def _refuse_doctype(self, *_: Any) -> None:
        raise refused("GRD-ENTITY", self._book.where, self._name)

    def _root(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if self._name.lower() in self._book.worksheets and local != "worksheet":
            raise refused("GRD-XML", self._book.where, f"{self._name} 不是工作表")
        self.parser.StartElementHandler = None
        match local:
            case "worksheet":
                sheet = self._book.sheets.get(self._name.lower(), self._name)
                self._cells = Cells(self.parser, f"{self._book.where}!{sheet}", self._book.limits)
                self.parser.StartElementHandler = self._cells.start
            case "Types":
                self.parser.StartElementHandler = self._type
            case "Relationships":
                self.parser.StartElementHandler = self._relation
            case "workbook":
                self.parser.StartElementHandler = self._workbook
            case "externalLink":
                self._link = True
                self.parser.StartElementHandler = self._external
            case "Properties" if self._name.lower() == _CUSTOM:
                self.parser.StartElementHandler = self._custom
                self.parser.CharacterDataHandler = self._custom_text
            case "macrosheet":
                raise refused("GRD-MACRO", self._book.where, self._name)

    def _type(self, _: str, attributes: dict[str, str]) -> None:
        declared = attributes.get("ContentType", "").lower()
        for word, rule in _CONTENT_TYPES:
            if word in declared:
                raise refused(rule, self._book.where, "xlsb 格式" if rule == "GRD-FORMAT" else "")

    def _relation(self, _: str, attributes: dict[str, str]) -> None:
        kind, target = attributes.get("Type", ""), attributes.get("Target", "")
        if attributes.get("TargetMode") == "External" and not kind.endswith(("/hyperlink", "/externalLinkPath")):
            raise refused("GRD-EXTERNAL", self._book.where, f"{self._name} 中的 {kind.rpartition('/')[2]}")
        if self._name.lower() == _FIRST[0]:
            part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").lower()
            self._book.targets[attributes.get("Id", "")] = part
            if kind.endswith("/worksheet"):
                self._book.worksheets.add(part)
                if not part.endswith(".xml"):
                    raise refused("GRD-XML", self._book.where, f"工作表的部件名 {target}")

    def _workbook(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "sheet":
                relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
                title = attributes.get("name", "")
                if title.lower() in (known.lower() for known in self._book.sheets.values()):
                    raise refused("GRD-XML", self._book.where, f"两个工作表都叫“{title}”")
                self._book.sheets[self._book.targets.get(relation, relation)] = title
            case "calcPr":
                self._book.stale = attributes.get("fullCalcOnLoad", "0") in ("1", "true")

    def _external(self, name: str, _: dict[str, str]) -> None:
        """Within a link to another file (refused once it is read to its end): one that starts a program."""
        if name.rpartition(":")[2] in ("ddeLink", "oleLink"):
            raise refused("GRD-DDE", self._book.where, self._name)

    def _custom(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "property":
            self._property = attributes.get("name", "")

    def _custom_text(self, text: str) -> None:
        if self._property.startswith(_HINT) and text.strip():
            key = self._property.removeprefix(_HINT)
            self._book.hints[key] = self._book.hints.get(key, "") + text.strip()
