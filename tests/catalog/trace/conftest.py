"""A sample night that may be tampered with: gold copied, the rest of the lake as it is."""

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.tables import table
from catalog.trace.source import Sources
from schemas.load import mart as load_mart


class Night(Protocol):
    settings: Settings


Change = Callable[[Any], Any]
Tamper = Callable[[str, Mapping[str, str], Mapping[str, Change]], Settings]


@pytest.fixture(scope="session")
def released(sample_night: Night) -> Settings:
    """A home with release 1. To be read only."""
    return sample_night.settings


@pytest.fixture
def copied(released: Settings, tmp_path: Path) -> Settings:
    """The same release with a ledger and gold of its own."""
    lake = Path(released.lake)
    (tmp_path / "lake").mkdir()
    for layer in (p for p in lake.iterdir() if p.name != "gold"):
        (tmp_path / "lake" / layer.name).symlink_to(layer)
    shutil.copytree(lake / "gold", tmp_path / "lake" / "gold")
    for part in released.home.glob("ledger.db*"):
        shutil.copy(part, tmp_path)
    return replace(released, home=tmp_path, lake=str(tmp_path / "lake"), ledger=f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def tamper(copied: Settings) -> Tamper:
    """Publishes release 2, in which some columns of one row of a mart are not what was computed."""

    def tampered(mart: str, key: Mapping[str, str], changes: Mapping[str, Change]) -> Settings:
        place = table(copied, "gold", mart)
        stored = DeltaTable(place.uri).to_pyarrow_table()
        hit = [all(str(v) == key[k] for k, v in row.items()) for row in stored.select(list(key)).to_pylist()]
        for column, make in changes.items():
            field = stored.schema.field(column)
            values = [make(v) if h else v for v, h in zip(stored[column].to_pylist(), hit, strict=True)]
            stored = stored.set_column(stored.schema.get_field_index(column), field, pa.array(values, field.type))
        write_deltalake(place.uri, stored, mode="overwrite")
        ledger = Ledger.open(copied)
        ledger.set_mart(replace(ledger.marts()[mart], version=DeltaTable(place.uri).version(), content_hash="tampered"))
        ledger.publish(copied.today.isoformat())
        ledger.close()
        return copied

    return tampered


def rows(settings: Settings, mart: str, **where: str) -> list[dict[str, Any]]:
    sources = Sources(settings)
    found = sources.gold(mart, where)
    sources.close()
    return sorted(found, key=lambda row: [str(row[k]) for k in load_mart(mart).key])


def key_of(mart: str, row: Mapping[str, Any]) -> dict[str, str]:
    return {k: str(row[k]) for k in load_mart(mart).key}


def some(settings: Settings, mart: str, count: int) -> list[dict[str, str]]:
    """Keys of random rows, the same every time."""
    return [key_of(mart, row) for row in random.Random(2026).sample(rows(settings, mart), count)]
