"""Code lists with validity dates: `codes/<list>.csv` with columns code, name, valid_from, valid_to, and any more.

`valid_to` is exclusive and empty while the code is in use. The file's first comment lines (`#`) carry the source.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schemas.declared import folder, once_per_set


@dataclass(frozen=True)
class Code:
    code: str
    name: str
    valid_from: date
    valid_to: date | None
    extra: Mapping[str, str]

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@once_per_set
def code_list(name: str) -> tuple[Code, ...]:
    """Rows of one list in file order. Raises KeyError naming the list when it does not exist."""
    path = folder() / "codes" / f"{name}.csv"
    if not name.isidentifier() or not path.is_file():
        raise KeyError(f"没有代码表“{name}”（schemas/codes/{name}.csv）")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return tuple(_code(row) for row in rows)


def _code(row: dict[str, str]) -> Code:
    extra = {k: v for k, v in row.items() if k not in ("code", "name", "valid_from", "valid_to")}
    start = date.fromisoformat(row["valid_from"]) if row.get("valid_from") else date(1949, 10, 1)
    end = date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None
    return Code(row["code"], row["name"], start, end, extra)


def windows(name: str) -> Mapping[tuple[date, date | None], tuple[str, ...]]:
    """Codes grouped by validity window: what `valid_code` in a predicate expands to."""
    grouped: dict[tuple[date, date | None], list[str]] = {}
    for code in code_list(name):
        grouped.setdefault((code.valid_from, code.valid_to), []).append(code.code)
    return {window: tuple(codes) for window, codes in grouped.items()}


def spellings(name: str) -> Mapping[str, str]:
    """Every text a file may carry for a code (the code itself, its name, and `synonyms` split on |) → the code."""
    known: dict[str, str] = {}
    for code in code_list(name):
        for text in (code.code, code.name, *filter(None, code.extra.get("synonyms", "").split("|"))):
            known.setdefault(text, code.code)
    return known
