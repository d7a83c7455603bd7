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
from catalog.ledger.machine import state
from catalog.settings import Settings
from catalog.sql import Answer
from catalog.tables import table
from schemas.identity import finding_number

COLUMNS = ("receipt", "severity", "rule_id", "form", "unit_id", "period", "scope", "address", "seen", "expected", "message",
           "number", "explanation")
FILTERS = {"form": "form", "unit": "unit_id", "period": "period", "rule": "rule_id", "receipt": "receipt"}
# What intake.staged calls its findings files; the catalogue may not import intake (a test holds the two together).
STAGED = ".findings.arrow"
_RELATIONS = "gold_relation_finding"
_SEVERITY = "CASE severity WHEN 'error' THEN 0 WHEN 'query' THEN 1 ELSE 2 END"
_OWN = 'rule_id, severity, form, unit_id, period, scope, _row, "column", address, seen, expected, message, record'


# A file refused whole, or purged by order: what its receipt says, as one finding.
_REJECTED = """
SELECT rejection->>'$.rule_id', 'error', form, sender, period, NULL, NULL, NULL, rejection->>'$.where', NULL, NULL,
  concat_ws('。', rejection->>'$.message', rejection->>'$.todo'), NULL, false, NULL, receipt
FROM submission WHERE state IN ('rejected', 'purged')"""


def find(settings: Settings, filters: Mapping[str, str], limit: int = 0) -> Answer:
    """Findings by severity, then place; of all batches, standing or not. `filters`: keys of FILTERS; `limit` 0: all.

    A query finding has its number, and what was said of it.
    """
    wanted = {FILTERS[key]: value for key, value in filters.items() if value}
    condition = " AND ".join(f"{column} = ?" for column in wanted) or "TRUE"
    query = f"""SELECT * FROM finding WHERE {condition}
        ORDER BY {_SEVERITY}, form, period, unit_id, scope, rule_id, _batch, _row, address"""
    with connect(settings) as connection:
        done = connection.execute(query + (f" LIMIT {int(limit)}" if limit else ""), list(wanted.values()))
        rows = done.to_arrow_table().to_pylist()
    known = explained(settings)
    return Answer(COLUMNS, tuple(tuple(_numbered(row, known).get(c) for c in COLUMNS) for row in rows))


def explained(settings: Settings) -> Mapping[str, Mapping[str, Any]]:
    """Finding's number → the last explanation of it, refused or not."""
    ledger = Ledger.open(settings)
    try:
        return {row["finding"]: row for row in ledger.explanations().to_pylist()}
    finally:
        ledger.close()


def _numbered(row: dict[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """An explanation is shown with its state: it may have been refused."""
    if row["severity"] != "query":
        return row
    number = finding_number(row)
    said = known.get(number)
    told = f"{state('explanation', said['state']).label}：{said['code']} {said['text']}" if said else None
    return {**row, "number": number, "explanation": told}


def by_rule(settings: Settings) -> Answer:
    """rule_id, severity, form, how many, in how many submissions; errors first, then the most frequent."""
    with connect(settings) as connection:
        done = connection.execute(f"""SELECT rule_id, severity, form, count(*), count(DISTINCT receipt) FROM judged
            GROUP BY rule_id, severity, form ORDER BY {_SEVERITY}, count(*) DESC, rule_id, form""")
        return Answer(("rule_id", "severity", "form", "findings", "submissions"), tuple(done.fetchall()))


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection with the views `judged` (findings of batches, with `_batch`, the receipt and whether they are of two records) and
    `finding` (also rejections)."""
    ledger = Ledger.open(settings)
    try:
        batches, release = ledger.batches("id", "submission", "state", "findings_sha256"), ledger.release()
        submissions = ledger.submissions("id", "receipt", "form", "sender", "period", "state", "rejection")
    finally:
        ledger.close()
    connection = duckdb.connect(config={"python_enable_replacements": False})
    connection.register("batch", batches)
    connection.register("submission", submissions)
    sources = [_empty(connection), *_loaded(connection, settings)]
    sources += _waiting(connection, settings, batches)
    if release is not None and "relation_finding" in release.marts:
        sources += _delta(connection, settings, "gold", "relation_finding", int(release.marts["relation_finding"]["version"]))
    parts = " UNION ALL BY NAME ".join(f"SELECT {_known(connection, name)} FROM {name}" for name in sources)
    connection.execute(
        f"CREATE VIEW judged AS SELECT f.*, s.receipt FROM ({parts}) f "
        "JOIN batch b ON b.id = f._batch JOIN submission s ON s.id = b.submission WHERE s.state <> 'purged'"
    )
    connection.execute(f"CREATE VIEW finding AS FROM judged UNION ALL {_REJECTED}")
    return connection


def _known(connection: duckdb.DuckDBPyConnection, source: str) -> str:
    """Columns of a source; one written before `record` was kept does not have it."""
    present = {name for (name, *_) in connection.execute(f"DESCRIBE {source}").fetchall()}
    own = ", ".join(c for c in _OWN.split(", ") if c.strip('"') in present)
    return f"{own}, {str(source == _RELATIONS).lower()} AS relation, _batch"


def _empty(connection: duckdb.DuckDBPyConnection) -> str:
    names = [c.strip().strip('"') for c in _OWN.split(",")]
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
    connection.register("staged", pa.concat_tables(made, promote_options="default"))
    return ["staged"]
