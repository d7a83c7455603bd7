"""Which encoding a text file is in, proven over the whole file before a character of it is used."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from intake.guard import refused

_CHUNK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Control characters, halves of characters, and what a program writes in place of a character it has lost.
SPOILED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd\ufffe\uffff]")
# A run of Chinese as UTF-8 writes it. GB18030 text looks like this by chance only in short runs of common characters:
# a run of four, or one that would hold a character outside GB 2312 (a byte below A1) when read as GB18030, is UTF-8.
_UTF8_RUN = re.compile(rb"(?<![\x80-\xff])(?:[\xe3-\xe9\xef][\x80-\xbf]{2}){2,}(?![\x80-\xff])")
_RARE = re.compile(rb"[\x80-\xa0]")


def encoding_of(path: Path, name: str) -> str:
    """utf-8, utf-8-sig, utf-16 or gb18030; the whole file decodes in it. Raises Rejected, naming the line."""
    with path.open("rb") as file:
        start = file.read(4)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            _prove(path, name, encoding)
            return encoding
    try:
        _prove(path, name, "utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        _prove(path, name, "gb18030")
        _check_unmixed(path, name)
        return "gb18030"


def _prove(path: Path, name: str, encoding: str) -> None:
    """Decode everything. Raises Rejected, or UnicodeDecodeError where another encoding may still be tried (utf-8)."""
    line = 1
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk, last in _chunks(path):
            if encoding != "utf-16" and b"\0" in chunk:
                above = chunk.count(b"\n", 0, chunk.index(0))
                raise refused("GRD-NUL", f"{name}:{line + above}")
            text = decoder.decode(chunk, last)
            if found := SPOILED.search(text):
                where = f"{name}:{line + text.count(chr(10), 0, found.start())}"
                spoiled = found[0] == "\ufffd"
                raise refused("GRD-ENCODING" if spoiled else "GRD-CONTROL", where, f"U+{ord(found[0]):04X}")
            line += text.count("\n")
    except UnicodeDecodeError:
        if encoding == "utf-8":
            raise
        raise refused("GRD-ENCODING", f"{name}:{line} 行之后", f"按 {encoding} 读不通") from None


def _check_unmixed(path: Path, name: str) -> None:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_CHUNK):
            number += 1
            for run in _UTF8_RUN.finditer(line):
                if len(run[0]) >= 12 or _RARE.search(run[0]):
                    raise refused("GRD-ENCODING", f"{name}:{number}", "这一行是 UTF-8，别处是 GB18030")


def _chunks(path: Path) -> Iterator[tuple[bytes, bool]]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk, False
    yield b"", True
