"""Every hostile or broken kind: name of the file, how its bytes are made, the rule that refuses it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openpyxl

from tests.hostile.forge import (
    CSV,
    HEADER,
    OLE,
    ROWS,
    SHEET,
    STRINGS,
    altered,
    flagged,
    lying,
    members,
    packed,
    with_cells,
    xlsx,
)

RELATIONS = "xl/_rels/workbook.xml.rels"
TYPES = "[Content_Types].xml"
BOMB = (
    '<!DOCTYPE z [<!ENTITY a "1111111111">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    kind: str
    file: str
    make: Callable[[], bytes]
    rule: str


def _formula_by_openpyxl() -> bytes:
    book, out = openpyxl.load_workbook(io.BytesIO(xlsx())), io.BytesIO()
    book.active["C4"] = "=1+1"
    book.save(out)
    return out.getvalue()


def _merged(_: Any, sheet: Any) -> None:
    sheet.write_row(3, 0, ["600300", "x", 12.5])
    sheet.merge_range("D4:D6", "一处")


def _merged_without_end() -> bytes:
    """600 areas over the same 2,000 rows: small to send, long to look at."""
    areas = '<mergeCells count="600">' + '<mergeCell ref="H5:I2000"/>' * 600 + "</mergeCells>"
    tall = xlsx(lambda _, sheet: sheet.write_column("A4", ["x"] * 1_997))
    return altered(tall, SHEET, "</sheetData>", f"</sheetData>{areas}")


def _overlapping() -> bytes:
    """Two names over the same compressed bytes, as in the bombs that never repeat themselves."""
    made = packed({"a.csv": CSV.encode(), "b.csv": CSV.encode()})
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        second = archive.getinfo("b.csv").header_offset
    at = made.rindex(b"PK\x01\x02")
    return made[: at + 42] + (second - 20).to_bytes(4, "little") + made[at + 46 :]


def _hollow() -> bytes:
    data = members(xlsx())[SHEET].decode().split("<sheetData>")[1].split("</sheetData>")[0]
    return altered(xlsx(), SHEET, data, "")


def _named_twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("A.csv", CSV)
    return out.getvalue()


def _linked() -> bytes:
    out, link = io.BytesIO(), zipfile.ZipInfo("a.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def _relation(kind: str, target: str) -> bytes:
    line = f'<Relationship Id="rId99" Type="http://x/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    return altered(xlsx(), RELATIONS, "</Relationships>", line)


def _external(content: str) -> bytes:
    return packed({**members(xlsx()), "xl/externalLinks/externalLink1.xml": content.encode()})


def _json(text: str) -> Callable[[], bytes]:
    return lambda: text.encode()


def _zip_named(name: str) -> Callable[[], bytes]:
    return lambda: packed({name: CSV.encode()})


def _csv(text: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: text.encode(encoding)


HEAD, BODY = ",".join(HEADER) + "\r\n", "\r\n".join(",".join(r) for r in ROWS)
CASES = (
    Case("zip bomb by ratio", "b.zip", lambda: packed({"a.csv": b"0" * (20 << 20)}), "GRD-RATIO"),
    Case("workbook bomb by ratio", "b.xlsx", lambda: packed({**members(xlsx()), STRINGS: b" " * (20 << 20)}), "GRD-RATIO"),
    Case("zip bomb by overlapping members", "b.zip", _overlapping, "GRD-RATIO"),
    Case("zip bomb by number of members", "b.zip", lambda: packed({f"{i}.csv": b"" for i in range(2_001)}), "GRD-ENTRIES"),
    Case("zip bomb by nesting", "b.zip", lambda: packed({"a.zip": packed({"b.zip": packed({"c.csv": CSV.encode()})})}), "GRD-DEPTH"),
    Case("member larger than declared", "b.zip", lambda: lying(packed({"a.csv": CSV.encode()}), "a.csv", 10), "GRD-TRUNCATED"),
    Case("entity bomb in a sheet", "b.xlsx", lambda: altered(xlsx(), SHEET, "<worksheet", f"{BOMB}<worksheet"), "GRD-ENTITY"),
    Case("entity bomb in the strings", "b.xlsx", lambda: altered(xlsx(), STRINGS, "<sst", f"{BOMB}<sst"), "GRD-ENTITY"),
    Case("document type that reads a file", "b.xlsx", lambda: altered(
        xlsx(), "xl/workbook.xml", "<workbook", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><workbook'), "GRD-ENTITY"),
    Case("row numbered 999,999,999", "b.xlsx", lambda: with_cells('<row r="999999999"><c r="A999999999"><v>1</v></c></row>'), "GRD-ROW"),
    Case("cell in row 999,999,999", "b.xlsx", lambda: with_cells('<row r="9"><c r="A999999999"><v>1</v></c></row>'), "GRD-ROW"),
    Case("stray cell in the last corner", "b.xlsx", lambda: with_cells(
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "GRD-RANGE"),
    Case("stray cell far down", "b.xlsx", lambda: with_cells('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "GRD-RANGE"),
    Case("column beyond the last", "b.xlsx", lambda: with_cells('<row r="9"><c r="ZZZ9"><v>1</v></c></row>'), "GRD-ROW"),
    Case("cell without position", "b.xlsx", lambda: with_cells('<row r="9"><c><v>1</v></c></row>'), "GRD-CELL"),
    Case("cell position twice", "b.xlsx", lambda: with_cells('<row r="9"><c r="A9"><v>1</v></c><c r="A9"><v>2</v></c></row>'), "GRD-CELL"),
    Case("row number twice", "b.xlsx", lambda: with_cells('<row r="3"><c r="Z3"><v>1</v></c></row>'), "GRD-CELL"),
    Case("formula never calculated, under a prefix", "b.xlsx", lambda: with_cells(
        '<x:row xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="9"><x:c r="A9"><x:f>1+1</x:f></x:c></x:row>'
    ), "GRD-FORMULA"),
    Case("sheet that is no sheet", "b.xlsx", lambda: packed({
        **members(xlsx()), SHEET: members(xlsx())[SHEET].replace(b"worksheet", b"chartsheet")}), "GRD-XML"),
    Case("sheet in a part that is no XML", "b.xlsx", lambda: altered(xlsx(), RELATIONS, "sheet1.xml", "sheet1.png"), "GRD-XML"),
    Case("two sheets of one name", "b.xlsx", lambda: altered(
        xlsx(), "xl/workbook.xml", "</sheets>", '<sheet name="表" sheetId="2" r:id="rId1"/></sheets>'), "GRD-XML"),
    Case("strings that claim to be countless", "b.xlsx", lambda: altered(
        xlsx(), STRINGS, 'uniqueCount="', 'uniqueCount="99999999999999999'), "GRD-CRASH"),
    Case("merged cells without number", "b.xlsx", _merged_without_end, "GRD-MERGED"),
    Case("macros", "b.xlsm", lambda: packed({**members(xlsx()), "xl/vbaProject.bin": OLE}), "GRD-MACRO"),
    Case("macro workbook by content type", "b.xlsx", lambda: altered(
        xlsx(), TYPES, "spreadsheetml.sheet.main", "sheet.macroEnabled.main"), "GRD-MACRO"),
    Case("macro sheet", "b.xlsx", lambda: packed({**members(xlsx()), "xl/macrosheets/sheet1.xml": b"<macrosheet/>"}), "GRD-MACRO"),
    Case("macro sheet under another name", "b.xlsx", lambda: packed({
        **members(xlsx()), "xl/worksheets/sheet9.xml": b'<x:macrosheet xmlns:x="y"/>'}), "GRD-MACRO"),
    Case("binary workbook", "b.xlsb", lambda: altered(
        xlsx(), TYPES, "spreadsheetml.sheet.main+xml", "ms-excel.sheet.binary.main"), "GRD-FORMAT"),
    Case("link to another workbook", "b.xlsx", lambda: _external("<externalLink/>"), "GRD-EXTERNAL"),
    Case("relation to a remote template", "b.xlsx", lambda: _relation("attachedTemplate", "http://x/t.xltx"), "GRD-EXTERNAL"),
    Case("data connection", "b.xlsx", lambda: packed({**members(xlsx()), "xl/connections.xml": b"<connections/>"}), "GRD-EXTERNAL"),
    Case("DDE link", "b.xlsx", lambda: _external('<externalLink><ddeLink ddeService="cmd"/></externalLink>'), "GRD-DDE"),
    Case("DDE formula", "b.xlsx", lambda: with_cells('<row r="9"><c r="A9"><f>cmd|\'/c calc\'!A0</f><v>1</v></c></row>'), "GRD-DDE"),
    Case("DDE in text", "b.csv", _csv(CSV + "600300,=cmd|'/c calc'!A0,x,y\r\n"), "GRD-DDE"),
    Case("embedded file", "b.xlsx", lambda: packed({**members(xlsx()), "xl/embeddings/a.bin": b"x"}), "GRD-EMBEDDED"),
    Case("encrypted workbook", "b.xlsx", lambda: OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "GRD-ENCRYPTED"),
    Case("encrypted zip", "b.zip", lambda: flagged(packed({"a.csv": CSV.encode()}), 0), "GRD-ENCRYPTED"),
    Case("old workbook", "b.xls", lambda: OLE + b"\0" * 600, "GRD-XLS"),
    Case("formula never calculated", "b.xlsx", _formula_by_openpyxl, "GRD-FORMULA"),
    Case("formula with an empty result", "b.xlsx", lambda: with_cells('<row r="9"><c r="A9"><f>1+1</f><v></v></c></row>'), "GRD-FORMULA"),
    Case("formula results declared stale", "b.xlsx", lambda: xlsx(lambda _, s: s.write_formula("C9", "=1+1")), "GRD-STALE"),
    Case("error cell", "b.xlsx", lambda: with_cells('<row r="9"><c r="A9" t="e"><v>#REF!</v></c></row>'), "GRD-ERROR"),
    Case("merged cells over figures", "b.xlsx", lambda: xlsx(_merged), "GRD-MERGED"),
    Case("seventeen digits", "b.xlsx", lambda: with_cells('<row r="9"><c r="A9"><v>12345678901234567</v></c></row>'), "GRD-DIGITS"),
    Case("number that is no number", "b.xlsx", lambda: with_cells('<row r="9"><c r="A9"><v>1e999</v></c></row>'), "GRD-DIGITS"),
    Case("string that is not there", "b.xlsx", lambda: with_cells('<row r="9"><c r="A9" t="s"><v>999</v></c></row>'), "GRD-TRUNCATED"),
    Case("sheet without its part", "b.xlsx", lambda: packed({k: v for k, v in members(xlsx()).items() if k != SHEET}), "GRD-TRUNCATED"),
    Case("broken XML", "b.xlsx", lambda: altered(xlsx(), SHEET, "</sheetData>", "</sheetDat>"), "GRD-XML"),
    Case("truncated workbook", "b.xlsx", lambda: xlsx()[:-400], "GRD-TRUNCATED"),
    Case("workbook with a byte altered", "b.xlsx", lambda: (lambda b: b[:200] + bytes([b[200] ^ 255]) + b[201:])(xlsx()), "GRD-TRUNCATED"),
    Case("truncated zip", "b.zip", lambda: packed({"a.csv": CSV.encode()})[:-30], "GRD-TRUNCATED"),
    Case("workbook with nothing in it", "b.xlsx", _hollow, "GRD-EMPTY"),
    Case("word document", "b.xlsx", lambda: packed({TYPES: b"<Types/>", "word/document.xml": b"<x/>"}), "GRD-FORMAT"),
    Case("open document", "b.ods", lambda: packed({"mimetype": b"application/x", "content.xml": b"<x/>"}), "GRD-FORMAT"),
    Case("pdf under another name", "b.xlsx", lambda: b"%PDF-1.7 ...", "GRD-FORMAT"),
    Case("web page under another name", "b.xls", lambda: b"<html><table><tr><td>1</td></tr></table>", "GRD-FORMAT"),
    Case("zip packed in an unusual way", "b.zip", lambda: packed({"a.csv": CSV.encode()}, zipfile.ZIP_BZIP2), "GRD-FORMAT"),
    Case("empty zip", "b.zip", lambda: packed({}), "GRD-EMPTY"),
    Case("empty file", "b.csv", lambda: b"", "GRD-EMPTY"),
    Case("blank file", "b.csv", lambda: b"\xef\xbb\xbf \r\n\r\n".replace(b" ", b""), "GRD-EMPTY"),
    Case("member that climbs out", "b.zip", _zip_named("../a.csv"), "GRD-NAME"),
    Case("member with an absolute name", "b.zip", _zip_named("/etc/a.csv"), "GRD-NAME"),
    Case("member on a drive", "b.zip", _zip_named("C:\\a.csv"), "GRD-NAME"),
    Case("member with a control character", "b.zip", _zip_named("a\n.csv"), "GRD-NAME"),
    Case("member that reads backwards", "b.zip", _zip_named("a\u202evsc.csv"), "GRD-NAME"),
    Case("member with an ambiguous address", "b.zip", _zip_named("a!b.csv"), "GRD-NAME"),
    Case("two members of one name", "b.zip", _named_twice, "GRD-NAME"),
    Case("member that is a link", "b.zip", _linked, "GRD-SYMLINK"),
    Case("NUL bytes", "b.csv", _csv(CSV + "600300,\0,x,y\r\n"), "GRD-NUL"),
    Case("UTF-16 that does not say so", "b.csv", lambda: CSV.encode("utf-16-le"), "GRD-NUL"),
    Case("control character", "b.csv", _csv(CSV + "600300,\x1a,x,y\r\n"), "GRD-CONTROL"),
    Case("header in UTF-8, rows in GB18030", "b.csv", lambda: HEAD.encode() + BODY.encode("gb18030"), "GRD-ENCODING"),
    Case("header in GB18030, rows in UTF-8", "b.csv", lambda: HEAD.encode("gb18030") + BODY.encode(), "GRD-ENCODING"),
    Case("a few words of UTF-8 in GB18030", "b.csv", lambda: CSV.encode("gb18030") + "600300,青岛,海信电器,x".encode(), "GRD-ENCODING"),
    Case("text already spoiled", "b.csv", _csv(CSV + "600300,�,x,y\r\n"), "GRD-ENCODING"),
    Case("half a UTF-16 character", "b.csv", lambda: CSV.encode("utf-16")[:-1], "GRD-ENCODING"),
    Case("no encoding at all", "b.csv", lambda: CSV.encode() + b"600300,\x80\xff,x,y\r\n", "GRD-ENCODING"),
    Case("quote never closed", "b.csv", _csv(CSV + '600300,"x,y,z\r\n600301,a,b,c\r\n'), "GRD-QUOTES"),
    Case("text after a closing quote", "b.csv", _csv(CSV + '600300,"x"y,a,b\r\n'), "GRD-QUOTES"),
    Case("unquoted thousands separator", "b.csv", _csv(CSV + "600300,x,1,234,y\r\n"), "GRD-RAGGED"),
    Case("separator missing", "b.csv", _csv(CSV + "600300,x,y\r\n"), "GRD-RAGGED"),
    Case("duplicate headers", "b.csv", _csv(CSV.replace("公司注册地址", "简称", 1)), "HDR-DUPLICATE"),
    Case("JSON NaN", "b.json", _json('[{"股票代码": NaN}]'), "GRD-JSON-NUMBER"),
    Case("JSON infinity", "b.json", _json('{"records": [{"股票代码": -Infinity}]}'), "GRD-JSON-NUMBER"),
    Case("JSON 1e400", "b.json", _json('[{"股票代码": 1e400}]'), "GRD-JSON-NUMBER"),
    Case("JSON exponent without end", "b.json", _json('[{"股票代码": 1e99999999999999999999}]'), "GRD-JSON-NUMBER"),
    Case("JSON key twice in a record", "b.json", _json('[{"简称": "a", "简称": "b"}]'), "GRD-JSON-KEY"),
    Case("JSON key twice at the top", "b.json", _json('{"period": "2010", "period": "2011", "records": []}'), "GRD-JSON-KEY"),
    Case("JSON half a character", "b.json", _json('[{"简称": "\\ud800"}]'), "GRD-CONTROL"),
    Case("JSON half a character in a key", "b.json", _json('[{"简称\\udfff": "a"}]'), "GRD-CONTROL"),
    Case("JSON NUL behind an escape", "b.json", _json('[{"简称": "a\\u0000"}]'), "GRD-NUL"),
    Case("JSON of a million keys", "b.json", lambda: json.dumps([{f"{i}": 1} for i in range(9_000)]).encode(), "GRD-RANGE"),
    Case("JSON nested value", "b.json", _json('[{"简称": {"a": 1}}]'), "GRD-JSON-NESTED"),
    Case("JSON nested without end", "b.json", lambda: b"[" * 200_000, "GRD-JSON-NESTED"),
    Case("JSON without records", "b.json", _json('{"form": "listed_profile"}'), "GRD-JSON-SHAPE"),
    Case("JSON list of lists", "b.json", _json('[["600060", "x"]]'), "GRD-JSON-SHAPE"),
    Case("JSON truncated", "b.json", lambda: json.dumps([dict(zip(HEADER, r, strict=True)) for r in ROWS]).encode()[:-9], "GRD-JSON"),
    Case("manifest bomb in a bundle", "b.zip", lambda: packed({
        "a.csv": CSV.encode(), "manifest.yaml": b"a: &a [x]\nb: &b [*a, *a]\nform: listed_profile\n"}), "IDN-MANIFEST"),
    Case("manifest key twice in a bundle", "b.zip", lambda: packed({
        "a.csv": CSV.encode(), "manifest.yaml": b"form: listed_profile\nform: listed_balance_sheet\n"}), "IDN-MANIFEST"),
    Case("manifest in a bundle that names its day of arrival", "b.zip", lambda: packed({
        "a.csv": CSV.encode(), "manifest.yaml": b"arrived: 2011-04-30"}), "IDN-MANIFEST"),
    Case("manifest in a bundle in another encoding", "b.zip", lambda: packed({
        "a.csv": CSV.encode(), "manifest.yaml": "unit: 甲".encode("gb18030")}), "IDN-MANIFEST"),
    Case("members of a bundle that contradict each other", "b.zip", lambda: packed({
        "a.json": b'{"period": "2010", "records": []}', "b.json": b'{"period": "2011", "records": []}'}), "IDN-CONFLICT"),
    Case("member that contradicts the bundle's manifest", "b.zip", lambda: packed({
        "a.json": b'{"revision": 1, "records": []}', "manifest.json": b'{"revision": "2"}'}), "IDN-CONFLICT"),
    Case("bundle whose manifest contradicts", "b.zip", lambda: packed({
        "a.csv": CSV.encode(), "manifest.json": b'{"form": "monthly_finance"}'}), "IDN-CONFLICT"),
)  # fmt: skip
