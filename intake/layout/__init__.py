"""Sheets → one table of texts, a row a record, headers and printed lines matched to the contract's columns.

Both layouts, `table` and `card`, end in the same table, so the same figures as a card and as a table give the same record.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from intake.layout.card import blocks_of, card
from intake.layout.laid import Laid, first_rows
from intake.layout.table import table
from intake.readers import Opened, Sheet
from schemas.contract import Form

_CARD_ROWS = 2_000


def lay_out(form: Form, opened: Opened) -> Laid:
    """Raises Rejected HDR-NONE when a sheet has no header this form knows, HDR-DUPLICATE when a header stands twice."""
    laid = Laid(form)
    for sheet in opened.sheets:
        batches = iter(sheet.batches)
        first = next(batches, None)
        if first is None or first.num_rows == 0:
            continue
        rows = first_rows(first, _CARD_ROWS) if form.items and sheet.header is None else []
        if blocks := blocks_of(rows):
            card(laid, sheet, rows, blocks)
        else:
            laid.parts += table(laid, sheet, first, batches)
    return laid


def lay_out_one(form: Form, sheet: Sheet) -> tuple[Laid, Iterator[pa.Table]]:
    """One sheet of a record a row, piece by piece as it is read; what `lay_out` raises. Parts are not kept."""
    laid, batches = Laid(form), iter(sheet.batches)
    first = next(batches, None)
    return laid, iter(()) if first is None else table(laid, sheet, first, batches)
