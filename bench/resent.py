"""One per cent of a city's files sent again as a revision: the newest monthly reports, in each one record with all amounts doubled.

Doubled, since every equation within a report still holds: a revision that were returned would change nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from samples.compose import make_plan
from samples.filing import FORM, Filed
from samples.plan import Plan
from samples.sending import Sent
from samples.write import as_manifest
from schemas.load import form

SHARE = 0.01
FOLDER = "更正"
_FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def resend(incoming: Path, seed: int, size: str, domains: Sequence[str] = ()) -> int:
    """Writes the revisions into `incoming`; how many."""
    plan = make_plan(seed, size, domains)
    made = _revised(plan, max(1, round(SHARE * len(plan.sent))))
    place = incoming / FOLDER
    place.mkdir(parents=True)
    for sent in made:
        (place / sent.name).write_bytes(sent.content())
    (place / "manifest.yaml").write_bytes(as_manifest([s.manifest() for s in made]))
    return len(made)


def _revised(plan: Plan, count: int) -> list[Sent]:
    faulty = {(f.unit_id, f.period) for f in plan.faults}
    made: list[Sent] = []
    last: dict[tuple[str, ...], Sent] = {}
    for sent in plan.in_order():
        if sent.form == FORM and not sent.bytes_of:
            last[sent.period, *sorted(r.key for r in sent.records)] = sent
    for sent in sorted(last.values(), key=lambda s: (s.period, s.path), reverse=True):
        number = next(
            (n for n, r in enumerate(sent.records) if r.scope == "single" and (r.unit_id, r.period) not in faulty), None
        )
        if number is None or len(made) == count:
            continue
        records = deepcopy(sent.records)
        records[number].cells = doubled(records[number])
        name = f"{len(made)}-{sent.name}"
        made.append(
            replace(
                sent,
                folder=FOLDER,
                name=name,
                records=records,
                revision=max(sent.revision, 1) + 1,
                arrived=plan.city.today,
            )
        )
    return made


def doubled(record: Filed) -> dict[str, str]:
    amounts = {c.name for c in form(FORM).columns if c.type == "amount"}
    return {name: _twice(text) if name in amounts else text for name, text in record.cells.items()}


def _twice(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    figure = f"-{plain[1:-1]}" if plain.startswith("(") else plain
    return str(Decimal(figure) * 2) if _FIGURE.fullmatch(figure) else text
