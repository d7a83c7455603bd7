"""What the ledger knows, now or just after an event: what a recomputation of an earlier day starts from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from catalog.ledger.explanations import COUNTING
from catalog.ledger.ledger import Ledger
from catalog.ledger.machine import SUBJECTS
from catalog.ledger.rulings import IN_EFFECT
from jobs.inputs import Ruling

# What a build needs to know of a batch: not what its rules counted nor its sums, which are most of it.
BATCH = ("id", "submission", "form", "rows", "silver_rows", "quarantine_rows", "header", "state", "load")
EXPLAINED = pa.schema([(name, pa.string()) for name in ("finding", "period", "text")])
_UNTOLD = {"form": "", "period": "", "revision": 0, "supersedes": "", "sender": "", "verdict": "", "rejection": None}


def tables(ledger: Ledger, seq: int) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Entries, submissions and batches at event `seq`."""
    entries, batches = ledger.entries(seq), _at(ledger.batches(*BATCH), ledger.states("batch", seq))
    return entries, _submissions(entries, batches, ledger.states("submission", seq), ledger.submissions()), batches


def _submissions(entries: pa.Table, batches: pa.Table, states: Mapping[int, str], now: pa.Table) -> pa.Table:
    """What its judging says of a submission is not known before it is judged."""
    judged: dict[int, dict[str, Any]] = {}
    for batch in batches.select(["submission", "rows", "quarantine_rows"]).to_pylist():
        judged.setdefault(batch["submission"], batch)
    returned = _returned(entries)
    rows = _at(now, states).to_pylist()
    for row in rows:
        if row["state"] == "received":
            row |= _UNTOLD
        elif row["id"] in judged:
            row["verdict"] = _verdict(judged[row["id"]], returned.get(row["id"], Counter()))
    return pa.Table.from_pylist(rows, schema=now.schema)


def _returned(entries: pa.Table) -> dict[int, Counter[str]]:
    """Submission → how many filed entries it has, and how many in each state."""
    found: dict[int, Counter[str]] = {}
    for row in entries.select(["submission", "filed", "state"]).to_pylist():
        if row["filed"]:
            found.setdefault(row["submission"], Counter()).update(["filed", row["state"]])
    return found


def _verdict(batch: Mapping[str, Any], entries: Counter[str]) -> str:
    """Of the first judging; it falls when entries are returned."""
    if batch["quarantine_rows"] == batch["rows"] or (entries["filed"] and entries["returned"] == entries["filed"]):
        return "returned"
    return "partial" if batch["quarantine_rows"] or entries["returned"] else "accepted"


def _at(now: pa.Table, states: Mapping[int, str]) -> pa.Table:
    rows = [{**row, "state": states[row["id"]]} for row in now.to_pylist() if row["id"] in states]
    return pa.Table.from_pylist(rows, schema=now.schema)


def rulings(ledger: Ledger, seq: int | None) -> tuple[Ruling, ...]:
    """In effect now or at event `seq`; closings change no mart."""
    rows = [r for r in ledger.rulings(seq).to_pylist() if r["state"] == IN_EFFECT and r["kind"] != "closing"]
    return tuple(
        Ruling(r["form"], r["unit_id"], r["period"], date.fromisoformat(r["until"]) if r["until"] else None,
               f"{SUBJECTS[r['kind']]}：{r['reason']}（{r['by']} {r['day']}）") for r in rows
    )  # fmt: skip


def explained(ledger: Ledger, seq: int | None) -> pa.Table:
    """Rows of EXPLAINED: number of a finding, its period, what was said of it and not refused."""
    rows = [r for r in ledger.explanations(seq).to_pylist() if r["state"] in COUNTING]
    told = [{"finding": r["finding"], "period": r["period"], "text": f"{r['code']} {r['text']}"} for r in rows]
    return pa.Table.from_pylist(told, schema=EXPLAINED)
