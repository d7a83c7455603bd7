"""A finding between two records in the reporter's words, with the address of the cell: the night's and `check`'s alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.address import of_column
from schemas.contract import Form
from schemas.words import as_filed, say


def worded(form: Form, row: Mapping[str, Any], header: Mapping[str, Any], factors: Mapping[str, Decimal]) -> dict[str, Any]:
    """`row`: place of the record, rule_id, column, and seen, expected, previous as texts in yuan. `factors`: yuan of a declared unit."""
    rule, column = form.rule[row["rule_id"]], row["column"]
    factor = factors.get(row["declared_unit"] or "", Decimal(1))
    said = {k: as_filed(form.by_name[column], row[k], factor) if column else row[k] for k in ("seen", "expected", "previous")}
    cells: Mapping[str, str] = json.loads(row["_cells"]) if row["_cells"] else {}
    label = form.by_name[column].label if column else form.title
    return {
        "rule_id": rule.id, "severity": rule.severity, "form": form.name, "unit_id": row["unit_id"], "period": row["period"],
        "scope": row["scope"], "_row": row["_row"], "column": column,
        "address": of_column(row["_source"], row["_row"], column, cells, header), "seen": said["seen"], "expected": said["expected"],
        "message": say(rule.message, label=label, **said), "_batch": row["_batch"], "_submission": row["_submission"],
        "_other_batch": row["_other_batch"] or 0,
    }  # fmt: skip
