"""What a build did to gold: the rows of every mart, those it wrote, and those of the parts it had to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.settings import Settings
from catalog.tables import table
from jobs.by_part import looked_at, reach
from jobs.known import Known
from jobs.parts import Part, read_back
from schemas.delivered import Mart
from schemas.load import mart


def marts(settings: Settings) -> dict[str, MartVersion]:
    ledger = Ledger.open(settings)
    try:
        return dict(ledger.marts())
    finally:
        ledger.close()


def changes(settings: Settings, before: Mapping[str, MartVersion]) -> dict[str, dict[str, Any]]:
    """Mart → `how` (untouched, rebuilt, by part), `rows`, `written` and `read` rows, `parts` written of how many.

    `read` of a mart by period: its own rows in all parts whose inputs were read; of any other: all, or none.
    """
    ledger = Ledger.open(settings)
    try:
        known, now = Known.read(ledger, settings.today), ledger.marts()
    finally:
        ledger.close()
    return {name: _change(settings, known, mart(name), before.get(name), version) for name, version in now.items()}


def _change(
    settings: Settings, known: Known, made: Mart, before: MartVersion | None, now: MartVersion
) -> dict[str, Any]:
    if before is not None and before.version == now.version:
        return {"how": "untouched", "rows": now.rows, "written": 0, "read": 0, "parts": ""}
    new = _files(settings, made, now.version)
    old = _files(settings, made, before.version) if before is not None else {}
    written = sum(rows for path, rows in new.items() if path not in old)
    parts = _parts(settings, made, now.version) if made.by_period else {}
    if before is None or not parts or not new.keys() & old.keys():
        return {"how": "rebuilt", "rows": now.rows, "written": written, "read": now.rows, "parts": ""}
    was = _parts(settings, made, before.version)
    changed = {name for name, part in parts.items() if part != was.get(name)}
    reached = reach(looked_at(made, known.parameters, parts, made.inputs))
    needed = set(parts) if made.by_period == "whole" else changed.union(*(reached[p] for p in changed & reached.keys()))
    read = sum(parts[name].sums.rows for name in needed if name in parts)
    return {
        "how": "by part",
        "rows": now.rows,
        "written": written,
        "read": read,
        "parts": f"{len(changed)}/{len(parts)}",
    }


def _files(settings: Settings, made: Mart, version: int) -> dict[str, int]:
    where = table(settings, "gold", made.name)
    added = pa.table(
        DeltaTable(where.uri, version=version, storage_options=where.options).get_add_actions(flatten=True)
    )
    return dict(zip(added["path"].to_pylist(), added["num_records"].to_pylist(), strict=True))


def _parts(settings: Settings, made: Mart, version: int) -> dict[str, Part]:
    where = table(settings, "gold", made.name)
    commits = DeltaTable(where.uri, storage_options=where.options).history()
    return next((read_back(c.get("parts", "{}")) for c in commits if c.get("version") == version), {})
