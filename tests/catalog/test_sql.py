"""Queries over a release: described in Chinese, pinned to its versions, and nothing else in reach."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from catalog.content import content
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.settings import Settings
from catalog.sql import TABLES, NothingReleased, QueryError, ask, connect
from catalog.tables import table
from commands.reading import sql
from schemas.load import mart


def release(settings: Settings, value: str) -> None:
    """One version of `warning` with one row, audited and published."""
    row = {"warning_id": ["W02"], "level": ["红"], "value": pa.array([Decimal(value)], pa.decimal128(28, 8))}
    audited(settings, "warning", row, value)
    ledger = Ledger.open(settings)
    assert ledger.publish("2025-05-20") is not None
    ledger.close()


def audited(settings: Settings, name: str, row: dict[str, Any], content_hash: str = "") -> None:
    """One version of a mart, audited; its content hash as the build gives it, if none is given."""
    place = table(settings, "gold", name)
    write_deltalake(place.uri, pa.table(row), mode="overwrite")
    version = DeltaTable(place.uri).version()
    hashed = content_hash or content(settings, "gold", name, list(row), version).sha256
    ledger = Ledger.open(settings)
    for state in ("built", "audited"):
        ledger.set_mart(MartVersion(name, hashed, version, 1, hashed, state, ledger.seq(), "2025-05-20"))
    ledger.close()


@pytest.fixture
def released(settings: Settings) -> Settings:
    release(settings, "1.30")
    release(settings, "1.40")
    return settings


def test_the_last_release_is_read_and_an_earlier_one_by_its_number(released: Settings) -> None:
    with connect(released) as connection:
        assert ask(connection, "SELECT value FROM warning").rows == ((Decimal("1.40000000"),),)
    with connect(released, 1) as connection:
        assert ask(connection, "SELECT value FROM warning").rows == ((Decimal("1.30000000"),),)


def test_a_release_that_never_was_is_told(released: Settings) -> None:
    with pytest.raises(NothingReleased, match="没有第 9 次发布"):
        connect(released, 9)


def test_tables_and_columns_are_described_in_chinese(released: Settings) -> None:
    declared = mart("warning")
    with connect(released) as connection:
        ((name, described, columns),) = ask(connection, TABLES).rows
        comments = dict(ask(connection, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'warning'").rows)
    assert (name, columns) == ("warning", 3) and declared.title in described
    assert comments == {c.name: c.label for c in declared.columns if c.name in comments and not c.unit}


@pytest.mark.parametrize("query", [
    "SELECT * FROM read_csv('/etc/hostname')", "SELECT * FROM '/etc/hostname'", "COPY warning TO '/tmp/out.csv'", "ATTACH '/tmp/other.db'",
    "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access=true", "SET threads=1", "SET lock_configuration=false",
    "RESET memory_limit", "SELECT * FROM settings", "IMPORT DATABASE '/tmp'", "SELECT * FROM glob('/etc/*')",
])  # fmt: skip
def test_nothing_outside_the_release_can_be_reached_and_nothing_configured(released: Settings, query: str) -> None:
    with connect(released) as connection, pytest.raises(QueryError):
        ask(connection, query)
    assert not Path("/tmp/out.csv").exists()


def test_rows_come_as_a_table_csv_or_json(
    released: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUOZI_HOME", str(released.home))
    query = "SELECT warning_id, level, value FROM warning"
    assert sql(query, None, "csv") == 0
    assert capsys.readouterr().out == "warning_id,level,value\nW02,红,1.40000000\n"
    sql(query, None, "json")
    assert json.loads(capsys.readouterr().out) == [{"warning_id": "W02", "level": "红", "value": "1.40000000"}]
    sql(query, None, "table")
    assert "1.40000000" in capsys.readouterr().out


def test_the_name_of_staged_findings_is_the_one_intake_gives_them() -> None:
    from catalog.findings import STAGED
    from intake.staged import FINDINGS

    assert STAGED == FINDINGS
