"""Findings from wherever they stand: `ops/finding` (loaded), `staged/` (judged, not yet loaded), `relation_finding` (released)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.ipc as ipc
from deltalake import DeltaTable

from catalog.archive import staged
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.sql import Answer
from catalog.tables import table

COLUMNS = ("receipt", "severity", "rule_id", "form", "unit_id", "period", "scope", "address", "seen", "expected", "message")
FILTERS = {"form": "form", "unit": "unit_id", "period": "period", "rule": "rule_id", "receipt": "receipt"}
# What intake.staged calls its findings files; the catalogue may not import intake (a test holds the two together).
STAGED = ".findings.arrow"
_SEVERITY = "CASE severity WHEN 'error' THEN 0 WHEN 'query' THEN 1 ELSE 2 END"
_OWN = "rule_id, severity, form, unit_id, period, scope, _row, address, seen, expected, message"


# A file refused whole: what its receipt says, as one finding.
_REJECTED = """
SELECT rejection->>'$.rule_id', 'error', form, sender, period, NULL, NULL, rejection->>'$.where', NULL, NULL,
  concat_ws('。', rejection->>'$.message', rejection->>'$.todo'), NULL, receipt
FROM submission WHERE state = 'rejected'"""


def find(settings: Settings, filters: Mapping[str, str], limit: int = 0) -> Answer:
    """Findings by severity, then place; of all batches, standing or not. `filters`: keys of FILTERS; `limit` 0: all."""
    wanted = {FILTERS[key]: value for key, value in filters.items() if value}
    condition = " AND ".join(f"{column} = ?" for column in wanted) or "TRUE"
    query = f"""SELECT {", ".join(COLUMNS)} FROM finding WHERE {condition}
        ORDER BY {_SEVERITY}, form, period, unit_id, scope, rule_id, _batch, _row, address"""
    with connect(settings) as connection:
        done = connection.execute(query + (f" LIMIT {int(limit)}" if limit else ""), list(wanted.values()))
        return Answer(COLUMNS, tuple(done.fetchall()))


def by_rule(settings: Settings) -> Answer:
    """rule_id, severity, form, how many, in how many submissions; errors first, then the most frequent."""
    with connect(settings) as connection:
        done = connection.execute(f"""SELECT rule_id, severity, form, count(*), count(DISTINCT receipt) FROM judged
            GROUP BY rule_id, severity, form ORDER BY {_SEVERITY}, count(*) DESC, rule_id, form""")
        return Answer(("rule_id", "severity", "form", "findings", "submissions"), tuple(done.fetchall()))


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection with the views `judged` (findings of batches, with `_batch` and the receipt) and `finding` (also rejections)."""
    ledger = Ledger.open(settings)
    try:
        batches, submissions, release = ledger.batches(), ledger.submissions(), ledger.release()
    finally:
        ledger.close()
    connection = duckdb.connect(config={"python_enable_replacements": False})
    connection.register("batch", batches)
    connection.register("submission", submissions)
    sources = [_empty(connection), *_loaded(connection, settings)]
    sources += _waiting(connection, settings, batches)
    if release is not None and "relation_finding" in release.marts:
        sources += _delta(connection, settings, "gold", "relation_finding", int(release.marts["relation_finding"]["version"]))
    parts = " UNION ALL ".join(f"SELECT {_OWN}, _batch FROM {name}" for name in sources)
    connection.execute(
        f"CREATE VIEW judged AS SELECT f.*, s.receipt FROM ({parts}) f "
        "JOIN batch b ON b.id = f._batch JOIN submission s ON s.id = b.submission"
    )
    connection.execute(f"CREATE VIEW finding AS FROM judged UNION ALL {_REJECTED}")
    return connection


def _empty(connection: duckdb.DuckDBPyConnection) -> str:
    names = [c.strip() for c in _OWN.split(",")]
    fields: list[tuple[str, Any]] = [(n, pa.int32() if n == "_row" else pa.string()) for n in names]
    connection.register("none", pa.schema([*fields, ("_batch", pa.int64())]).empty_table())
    return "none"


def _loaded(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    return _delta(connection, settings, "ops", "finding", None)


def _delta(
    connection: duckdb.DuckDBPyConnection, settings: Settings, layer: str, name: str, version: int | None
) -> list[str]:
    place = table(settings, layer, name)
    if not DeltaTable.is_deltatable(place.uri, place.options):
        return []
    handle = DeltaTable(place.uri, version=version, storage_options=place.options)
    connection.register(f"{layer}_{name}", handle.to_pyarrow_dataset())
    return [f"{layer}_{name}"]


def _waiting(connection: duckdb.DuckDBPyConnection, settings: Settings, batches: pa.Table) -> list[str]:
    """Staged findings of batches that no load has brought to the lake."""
    files, made = staged(settings), []
    for batch in batches.select(["id", "state", "findings_sha256"]).to_pylist():
        if batch["state"] == "staged":
            path = files.local(f"{batch['id']}{STAGED}", batch["findings_sha256"])
            with ipc.open_file(path) as file:
                read = file.read_all()
            made.append(read.append_column("_batch", pa.array([batch["id"]] * read.num_rows, pa.int64())))
    if not made:
        return []
    connection.register("staged", pa.concat_tables(made))
    return ["staged"]
