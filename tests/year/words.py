"""What a file says, key by key, as the model remembers it and as silver and gold must show it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from samples.filing import FORM, Filed
from samples.line import Line
from samples.sending import Sent
from tests.year.model import Word

FIGURES: Mapping[str, tuple[str, ...]] = {
    FORM: ("revenue_total_month", "headcount_closing", "assets_closing"), "large_payment": ("amount",), "decision": ("progress",),
    "enterprise_registry": ("management_parent", "valid_to"), "enterprise_registry_line": ("share",),
}  # fmt: skip
_PERCENT = ("progress", "share")


def words_of(sent: Sent, faulty: Collection[str], asked: Collection[str]) -> Iterator[Word]:
    """A word a key. `faulty`, `asked`: own keys of records (scopes of a monthly report) that an error or a query rule breaks."""
    if sent.records:
        yield from (_of_record(record, record.scope in faulty) for record in sent.records)
        return
    by_key: dict[tuple[str, str, str, str], list[Line]] = {}
    for line in sent.lines:
        by_key.setdefault((line.form, line.unit_id, line.period, line.scope), []).append(line)
    for key, lines in by_key.items():
        fine = [line for line in lines if line.own not in faulty]
        figures = {line.own: {c: as_text(_figure(c, line.cells[c])) for c in FIGURES[sent.form]} for line in fine}
        said = repr([sorted(line.cells.items()) for line in lines])
        yield Word(key, figures, said, fault=not fine, question=any(line.own in asked for line in fine))


def _of_record(record: Filed, faulty: bool) -> Word:
    key = (FORM, record.unit_id, record.period, record.scope)
    figures = {} if faulty else {c: as_text(record.amount(c)) for c in FIGURES[FORM]}
    return Word(key, {"": figures}, repr(sorted(record.cells.items())), fault=faulty)


def _figure(column: str, text: str) -> Any:
    try:
        return Decimal(text) / (100 if column in _PERCENT else 1)
    except ArithmeticError:
        return text


def as_text(value: Any) -> str:
    """One text for a figure however it is kept: no zeros at its end, empty for nothing."""
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    return "" if value is None else str(value)
