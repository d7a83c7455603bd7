"""The files both designs read, and what each found in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalog.ledger.ledger import Ledger
from catalog.settings import load_settings

# A column of each form that a rival can add up to show that it read the same figures, in yuan.
CONTROL: Mapping[str, str] = {
    "monthly_finance": "assets_closing", "listed_balance_sheet": "assets", "listed_income_statement": "revenue_total",
    "listed_cash_flow": "cfo", "listed_profile": "assets",
}  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """A file of the share with what the night found: records, and the sum of the form's control column in yuan."""

    path: str
    form: str
    period: str
    records: int
    total: str


def readable(home: Path, incoming: Path) -> list[Chosen]:
    """The accepted csv and xlsx files of forms with a control column, in order of name."""
    ledger = Ledger.open(load_settings({"GUOZI_HOME": str(home)}))
    try:
        submissions = {s["id"]: s for s in ledger.submissions().to_pylist()}
        batches = ledger.batches().to_pylist()
    finally:
        ledger.close()
    found = [
        Chosen(str(incoming / said["name"]), b["form"], said["period"], b["rows"], json.loads(b["controls"])[CONTROL[b["form"]]])
        for b in batches
        if (said := submissions[b["submission"]])["verdict"] == "accepted" and b["form"] in CONTROL
        and said["name"].endswith((".csv", ".xlsx"))
    ]  # fmt: skip
    return sorted(found, key=lambda c: c.path)


def spread(found: Sequence[Chosen], count: int) -> list[Chosen]:
    """So many of them, spread evenly."""
    return list(found[:: max(len(found) // count, 1)][:count])


def compare(chosen: Sequence[Chosen], rival: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for each file on which the two designs disagree."""
    return [
        f"{ours.path}：我们 {ours.records} 条 {ours.total}，对手 {theirs['records']} 条 {theirs['total']}"
        for ours, theirs in zip(chosen, rival, strict=True)
        if ours.records != theirs["records"] or Decimal(ours.total) != Decimal(theirs["total"])
    ]
