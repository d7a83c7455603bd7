"""What a file is, by its first bytes and, for a zip, its parts."""

from __future__ import annotations

import codecs
from pathlib import Path

from intake.guard import LIMITS, Limits, refused
from intake.readers.archive import opened

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_FOREIGN = (
    (b"%PDF", "PDF"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"), (b"GIF8", "图片"), (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"), (b"\x1f\x8b", "gzip 压缩包"), (b"{\\rtf", "RTF 文档"), (b"SQLite format", "数据库"),
)  # fmt: skip
_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<workbook")
_HEAD = 512


def kind_of(path: Path, name: str, limits: Limits = LIMITS) -> str:
    """xlsx, zip, json, parquet or text. Raises Rejected for what is known to be something else."""
    with path.open("rb") as file:
        start = file.read(_HEAD)
    if start.startswith(_OLE):
        encrypted = _ENCRYPTED_PACKAGE in path.read_bytes()
        raise refused("GRD-ENCRYPTED" if encrypted else "GRD-XLS", name)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path, name, limits)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PARE"):
        raise refused("GRD-ENCRYPTED", name)
    for signature, what in _FOREIGN:
        if start.startswith(signature):
            raise refused("GRD-FORMAT", name, what)
    text = _first_text(start)
    if text.lower().startswith(_MARKUP):
        raise refused("GRD-FORMAT", name, "网页或 XML 文件改了扩展名")
    return "json" if text.startswith((b"{", b"[")) else "text"


def _zip_kind(path: Path, name: str, limits: Limits) -> str:
    with opened(path, name, limits) as (_, members):
        names = {m.name.lower() for m in members}
    if "[content_types].xml" not in names:
        if "mimetype" in names and "content.xml" in names:
            raise refused("GRD-FORMAT", name, "OpenDocument 文件")
        return "zip"
    if not any(n.startswith("xl/workbook") for n in names):
        raise refused("GRD-FORMAT", name, "是 Office 文档，但不是工作簿")
    return "xlsx"


def _first_text(start: bytes) -> bytes:
    """The beginning without byte order mark and blanks; of UTF-16 the low bytes, enough to know a bracket."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start[2:].replace(b"\x00", b"")
    return start.removeprefix(codecs.BOM_UTF8).lstrip()
