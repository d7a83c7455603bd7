"""JSON: `{form, period, unit, revision, supersedes, rows, …, records: [{…}]}` or a bare list of flat objects.

Numbers keep the digits of the source. Python's own reader takes NaN, infinities and repeated keys in silence; all are
marked while parsing and refused with their pointer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from intake.guard import LIMITS, Limits, refused
from intake.readers import Opened, Sheet
from intake.readers.batches import batches
from intake.readers.text import SPOILED, encoding_of
from schemas.address import pointer

READER = "json-1"
HINTS = ("form", "period", "unit", "revision", "supersedes", "rows")
_LONGEST = 40


class _Number(str):
    """A number's source text."""


class _NotFinite(str):
    """NaN, Infinity or -Infinity."""


class _Repeated(dict[str, Any]):
    """An object in which `repeated` stands twice."""

    repeated = ""


def open_records(path: Path, name: str, limits: Limits = LIMITS) -> Opened:
    if path.stat().st_size > limits.json_bytes:
        raise refused("GRD-SIZE", name, f"JSON 上限 {limits.json_bytes >> 20} MB，更大的请用 CSV")
    document = _parse(path, name)
    where = f"{name}#"
    if isinstance(document, list):
        return Opened(READER, {}, iter([_sheet(document, where, {}, limits)]))
    if not isinstance(document, dict) or not isinstance(document.get("records"), list):
        raise refused("GRD-JSON-SHAPE", where)
    _check_keys(document, where)
    given = {k: _text(v, f"{where}/{pointer(k)}") for k, v in document.items() if k != "records"}
    said = {k: v for k, v in given.items() if v is not None}
    hints = {k: said.pop(k) for k in HINTS if k in said}
    return Opened(READER, hints, iter([_sheet(document["records"], f"{where}/records", said, limits)]))


def _parse(path: Path, name: str) -> Any:
    with path.open(encoding=encoding_of(path, name)) as text:
        try:
            return json.load(text, parse_float=_Number, parse_int=_Number, parse_constant=_NotFinite, object_pairs_hook=_object)
        except json.JSONDecodeError as wrong:
            raise refused("GRD-JSON", f"{name}:{wrong.lineno}:{wrong.colno}") from wrong
        except RecursionError as deep:
            raise refused("GRD-JSON-NESTED", name, "嵌套过深") from deep


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    seen: set[str] = set()
    marked = _Repeated(made)
    marked.repeated = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
    return marked


def _check_keys(value: dict[str, Any], where: str) -> None:
    if isinstance(value, _Repeated):
        raise refused("GRD-JSON-KEY", f"{where}/{pointer(value.repeated)}")


def _sheet(records: list[Any], source: str, head: Mapping[str, str], limits: Limits) -> Sheet:
    keys: dict[str, None] = {}
    for index, record in enumerate(records):
        where = f"{source}/{index}"
        if not isinstance(record, dict):
            raise refused("GRD-JSON-SHAPE", where, "每条记录应为对象")
        _check_keys(record, where)
        keys.update(dict.fromkeys(record))
    header = tuple(keys)
    for key in header:
        check_text(key, source)
    if len(records) * len(header) > limits.cells:
        raise refused("GRD-RANGE", source, f"{len(records)} 条记录，{len(header)} 个不同的键")
    if len(header) > limits.columns:
        raise refused("GRD-COLUMNS", source, f"{len(header)} 个不同的键，上限 {limits.columns}")
    return Sheet(source, "json", batches(_rows(records, source, header), len(header), limits.batch_rows), header, head)


def _rows(records: list[dict[str, Any]], source: str, header: tuple[str, ...]) -> Iterator[tuple[int, list[str | None]]]:
    for index, record in enumerate(records):
        yield index, [_text(record.get(key), f"{source}/{index}/{pointer(key)}") for key in header]


def _text(value: Any, where: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, _NotFinite):
        raise refused("GRD-JSON-NUMBER", where, str(value))
    if isinstance(value, _Number):
        return _plain(value, where)
    if isinstance(value, str):
        check_text(value, where)
        return value
    raise refused("GRD-JSON-NESTED", where)


def check_text(text: str, where: str) -> None:
    """Escapes can write what no text file may hold: control characters, and half of a character."""
    if found := SPOILED.search(text):
        raise refused("GRD-NUL" if found[0] == "\0" else "GRD-CONTROL", where, f"U+{ord(found[0]):04X}")


def _plain(number: _Number, where: str) -> str:
    """Source digits; an exponent is written out, refused when that takes more than 40 digits."""
    if "e" not in number.lower():
        return str(number)
    try:
        text = format(Decimal(number), "f") if abs(Decimal(number).adjusted()) < _LONGEST else ""
    except InvalidOperation:
        text = ""
    if not text or len(text) > _LONGEST + 2:
        raise refused("GRD-JSON-NUMBER", where, "指数过大")
    return text
