"""The ledger and silver beside the model: a line for each difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow.compute as pc

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from intake.store import existing
from schemas.load import form
from tests.year.model import Model
from tests.year.words import FIGURES, as_text

SHOWN = 6


def between(what: str, is_: Iterable[Any], should: Iterable[Any]) -> list[str]:
    """Lines for what is and should not be, and the other way round; the first few of each."""
    there, wanted = Counter(is_), Counter(should)
    surplus, missing = sorted((there - wanted).items(), key=str), sorted((wanted - there).items(), key=str)
    lines = [f"{what} 多出 {one}" for one, _ in surplus[:SHOWN]] + [f"{what} 缺少 {one}" for one, _ in missing[:SHOWN]]
    more = max(len(surplus) - SHOWN, 0) + max(len(missing) - SHOWN, 0)
    return lines + ([f"{what} 另有 {more} 处不同"] if more else [])


def ledger_differs(settings: Settings, model: Model) -> list[str]:
    """Every submission, rejected or judged on its day; the state of every word it says of a key."""
    ledger = Ledger.open(settings)
    try:
        sent, entries = ledger.submissions().to_pylist(), ledger.entries().to_pylist()
    finally:
        ledger.close()
    received = ((r["id"], r["name"], r["received_on"], r["state"]) for r in sent)
    should = ((n, r.post.name, r.day.isoformat(), "rejected" if r.rejected else "judged") for n, r in model.received.items())
    states = ((e["submission"], e["form"], e["unit_id"], e["period"], e["scope"], e["state"]) for e in entries)
    claims = ((c.number, *c.word.key, c.state) for own in model.claims.values() for c in own)
    return [*between("报送", received, should), *between("条目", states, claims)]


def silver_differs(settings: Settings, model: Model) -> list[str]:
    """Of every record in force: which submission's it is, and its figures."""
    ledger = Ledger.open(settings)
    try:
        standing = ledger.in_force()
    finally:
        ledger.close()
    found = []
    for name in sorted(FIGURES):
        entries = standing.filter(pc.equal(standing["form"], name))
        found += between(f"明细 {name}", _stored(settings, name, entries), _meant(model, name))
    return found


def _stored(settings: Settings, name: str, entries: Any) -> Iterator[tuple[str, ...]]:
    """Rows of the table itself whose batch stands for their key; only the columns that are compared."""
    handle, own, scope = existing(settings, "silver", name), form(name).own_key, form(name).scope
    if handle is None:
        return
    keys = {(e["batch"], e["unit_id"], e["period"], e["scope"]) for e in entries.to_pylist()}
    scoped = () if scope.startswith("=") or not scope else ("scope",)
    wanted = ["_batch", "_submission", "unit_id", "period", *scoped, *own, *FIGURES[name]]
    for row in handle.to_pyarrow_table(columns=list(dict.fromkeys(wanted))).to_pylist():
        place = (row["unit_id"], row["period"], row.get("scope", scope.removeprefix("=")))
        if (row["_batch"], *place) in keys:
            yield (str(row["_submission"]), *place, " ".join(as_text(row[c]) for c in own), *(as_text(row[c]) for c in FIGURES[name]))


def _meant(model: Model, name: str) -> Iterator[tuple[str, ...]]:
    for claim in model.standing(name):
        for own, figures in claim.word.figures.items():
            yield (str(claim.number), *claim.word.key[1:], own, *(figures[c] for c in FIGURES[name]))
