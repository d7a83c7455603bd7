"""What three layers of payments say, whoever wrote them: rows and content of the columns that all ways have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deltalake import DeltaTable

from catalog.content import of_rows

_SILVER = ("unit_id", "payment_no", "paid_at", "amount", "contract_amount", "paid_to_date", "in_budget", "returned")
_GOLD = ("unit_id", "payment_no", "month", "at_line", "month_count", "month_amount")
COLUMNS: Mapping[str, tuple[str, ...]] = {"bronze": ("payment_no", "amount"), "silver": _SILVER, "gold": _GOLD}


def outcome(places: Mapping[str, str]) -> dict[str, Any]:
    """Layer → rows and content hash of the Delta table there."""
    found = {}
    for layer, uri in places.items():
        of = of_rows(DeltaTable(uri).to_pyarrow_dataset(), COLUMNS[layer])
        found[layer] = {"rows": of.rows, "sha256": of.sha256}
    return found


def differing(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """One line for each layer on which two ways disagree."""
    return [
        f"{layer}：{_said(ours[layer])}，对手 {_said(theirs[layer])}"
        for layer in COLUMNS
        if ours[layer] != theirs[layer]
    ]


def _said(found: Mapping[str, Any]) -> str:
    return f"{found['rows']} 行（{found['sha256'][:8]}）"
