"""What libraries hand over → the text a person would have typed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name. Packers that do not say in what they write it use UTF-8 or GB18030; zipfile shows code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename


def texts(values: Iterable[Any]) -> list[str]:
    """Those that are texts and say something."""
    return [v for v in values if isinstance(v, str) and v]


def column_number(letters: str) -> int:
    """A → 1, AA → 27."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index


def plain(value: Any) -> str | None:
    """A value as the text a person would have typed; numbers with the 15 digits a workbook keeps."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        text = f"{value:.15g}"
        return format(Decimal(text), "f") if "e" in text else text
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def written_out(number: str) -> str:
    """The digits of the source; an exponent written out."""
    return format(Decimal(number), "f") if "e" in number.lower() else number
