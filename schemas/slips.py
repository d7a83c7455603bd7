"""The slip rules every form with amounts has, from `slips.yaml`, as if its contract had authored them.

Events have no period before of the same key: of them only figures of one record are held against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.column import Column


def slip_entries(
    declared: Iterable[Mapping[str, Any]], chosen: Mapping[str, Any], authored: Iterable[Mapping[str, Any]], columns: Sequence[Column],
    calendar: str, *, lines: bool,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Rules as they would be authored. `chosen`: the contract's `guozi.slips`, rule → parameters it changes, or False.

    A rule that a contract names applies without amounts too; one for sums needs a sum among the authored rules.
    `calendar`: the kind of the form's periods; `lines`: several records a unit and period.
    """
    own = (entry.get("predicate", "") for entry in authored if not entry.get("compare"))
    sums = any("within_tolerance(" in text and "product_of(" not in text for text in own)
    amounts = any(c.type == "amount" for c in columns)
    fits = {
        "sums": sums, "periodic": calendar != "day", "monthly": calendar in ("month", "quarter"), "yearly": calendar == "year",
        "statement": calendar != "day" and not lines,
    }  # fmt: skip
    for entry in declared:
        changed = chosen.get(entry["id"], {})
        if fits[entry["for"]] and changed is not False and (amounts or entry["id"] in chosen):
            made = {name: value for name, value in entry.items() if name != "for"}
            yield {**made, "parameters": {**entry.get("parameters", {}), **changed}}
