"""A mart for tests in which nothing is computed: a table of one column up to the version the ledger is told of."""

from __future__ import annotations

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.settings import Settings
from catalog.tables import table
from jobs.lease import lease


def built(settings: Settings, mart: str, version: int, state: str = "audited") -> None:
    place = table(settings, "gold", mart)
    uri, there = place.uri, place.options
    while not DeltaTable.is_deltatable(uri, there) or DeltaTable(uri, storage_options=there).version() < version:
        write_deltalake(uri, pa.table({"a": [1]}), mode="append", storage_options=there)
    ledger = Ledger.open(settings)
    with lease(settings, ledger) as fence:
        ledger.set_mart(MartVersion(mart, "f", version, 1, f"{mart}{version}", state, ledger.seq(), "2025-05-20", fence=fence))
    ledger.close()
