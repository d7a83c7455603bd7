"""What stood when a release was made, without a JVM: records in force of any form, for a few units."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import table
from intake.duck import run
from intake.shapes import Shape
from schemas.contract import Form
from schemas.implied import NIL

_ENTRY = ("unit_id", "period", "scope")


@dataclass(frozen=True)
class Released:
    """`number` of the release; `standing`: its entries in force; `filed`: forms of which anything was ever entered."""

    settings: Settings
    number: int
    standing: pa.Table
    filed: frozenset[str]

    def records(self, form: Form, units: Collection[str] | None = None, periods: Iterable[str] | None = None) -> pa.Table:
        """Silver in force with `scope`, records with nothing but their key left out; all units where none are named."""
        entries = self.standing.filter(pc.equal(self.standing.column("form"), form.name))
        return in_force(self.settings, form, entries, units, periods)


def in_force(
    settings: Settings, form: Form, entries: pa.Table, units: Collection[str] | None = None, periods: Iterable[str] | None = None
) -> pa.Table:  # fmt: skip
    """The records of these entries of a form (batch, unit_id, period, scope), as `Released.records` gives them."""
    place, schema = table(settings, "silver", form.name), with_scope(Shape(form).silver.empty_table(), form).schema
    if not DeltaTable.is_deltatable(place.uri, place.options):
        return schema.empty_table()
    wanted: Any = pc.field("_batch").isin(pc.unique(entries.column("batch")))
    if units is not None:
        wanted &= pc.field("unit_id").isin(pa.array(sorted(units), pa.string()))
    if periods is not None:
        wanted &= pc.field("period").isin(pa.array(sorted(periods), pa.string()))
    stored = DeltaTable(place.uri, storage_options=place.options).to_pyarrow_dataset()
    known = [name for name in Shape(form).silver.names if name in stored.schema.names]
    found = with_scope(_filled(stored.to_table(columns=known, filter=wanted), Shape(form).silver), form)
    return run(
        "SELECT f.* FROM found f SEMI JOIN entries e ON f._batch = e.batch AND f.unit_id = e.unit_id AND f.period = e.period "
        f"AND f.scope = e.scope WHERE NOT COALESCE(list_contains(f.broken_rules, '{NIL}'), FALSE)",
        found=found, entries=entries.select(["batch", *_ENTRY]),
    )  # fmt: skip


def _filled(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """With the columns that the contract got since anything was loaded."""
    for field in schema:
        if field.name not in rows.schema.names:
            rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    return rows


def newest(settings: Settings, ledger: Ledger) -> Released:
    """The last release. Raises LookupError where nothing was ever released."""
    release = ledger.release()
    if release is None:
        raise LookupError("还没有任何发布")
    seq = int(release.marts.get("relation_finding", {"seq": release.seq})["seq"])
    filed = pc.unique(ledger.entries().column("form")).to_pylist()
    return Released(settings, release.id, ledger.in_force(seq), frozenset(filed))


def with_scope(rows: pa.Table, form: Form) -> pa.Table:
    """Silver has the scope as a column only where files carry it."""
    if "scope" in rows.schema.names:
        return rows
    constant = pa.array([form.scope.removeprefix("=")] * rows.num_rows, pa.string())
    return rows.append_column("scope", constant)
