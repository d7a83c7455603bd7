"""Backup, restore, drill, upkeep, purge and a lost ledger where the lake is on an object store: as in a folder."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from operator import methodcaller
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from catalog import buckets
from catalog.content import Content, content
from catalog.lakes import whole
from catalog.ledger.ledger import Ledger
from catalog.ledger.purges import Order
from catalog.ledger.values import Refused
from catalog.objects import asked
from catalog.settings import Settings, load_settings
from catalog.sql import ask, connect
from catalog.whole import Vault
from intake.store import existing
from jobs.backup import backup, restore
from jobs.build import build
from jobs.drill import drill
from jobs.land import land
from jobs.publish import Official, publish
from jobs.purge import purge
from jobs.rebuild import rebuild
from jobs.refine import refine
from jobs.upkeep import upkeep
from tests.jobs.homes import elsewhere, lose_ledger
from tests.jobs.incoming import capital, capital_with
from tests.minio import account

FORM = "listed_share_capital"
CANARY = "76543210987"
TABLES = [("bronze", FORM), ("silver", FORM), ("ops", "event"), ("ops", "finding"), ("gold", "statement")]
Place = Callable[[str], Settings]


@pytest.fixture(scope="module")
def place(object_store: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An empty home of a name, its lake on the object store in buckets of its own."""

    def made(name: str) -> Settings:
        told = {"GUOZI_HOME": str(tmp_path_factory.mktemp(name)), "GUOZI_LAKE": f"s3a://{name}-{secrets.token_hex(8)}/guozi"}
        settings = load_settings({
            **object_store, **told, "GUOZI_TODAY": "2025-05-20", "GUOZI_ARRIVALS": "manifest", "GUOZI_SPARK_MASTER": "local[2]",
        })  # fmt: skip
        assert settings.store is not None
        buckets.make(settings, settings.store)
        return settings

    return made


@pytest.fixture(scope="module")
def released(place: Place, spark: SparkSession) -> Settings:
    """Two loads of one form, the second with a figure that nobody may find later, one mart, an official release. To be read only."""
    settings = place("released")
    for revision, figure in (("1", "61,132"), ("2", CANARY)):
        capital(settings, f"{revision}/2010.csv", capital_with("61,131", figure), revision=revision)
        land(settings)
        refine(settings)
    build(settings, only=["statement"])
    publish(settings, Official("王芳", "正式上报"))
    return settings


@pytest.fixture(scope="module")
def safe(released: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup by an account that reads only, as the role of the auditor allows."""
    folder = tmp_path_factory.mktemp("safe")
    assert backup(account(released, "auditor"), folder).files == len(whole(released).names()) > 50
    return folder


@pytest.fixture
def again(place: Place, safe: Path) -> Settings:
    """The same lake restored to other buckets, to be written."""
    settings = place("again")
    restore(settings, safe)
    return settings


def _said(settings: Settings) -> dict[tuple[str, str], Content]:
    return {(layer, name): content(settings, layer, name) for layer, name in TABLES}


def _events(settings: Settings) -> list[Any]:
    ledger = Ledger.open(settings)
    try:
        return list(ledger.events_after(0).to_pylist())
    finally:
        ledger.close()


def test_what_was_backed_up_from_a_store_comes_back_to_a_store_and_to_a_folder_and_goes_on(
    released: Settings, safe: Path, again: Settings, tmp_path: Path
) -> None:
    folder = replace(elsewhere(released, tmp_path / "back"), store=None)
    restore(folder, safe)
    for here in (again, folder):
        assert whole(here).names() == whole(released).names() and _events(here) == _events(released)
        assert _said(here) == _said(released)
        capital(here, "4/2010.csv", capital_with('"61,131"', '"61,134"'), revision="4")
        land(here)
        done = refine(here)
        assert (done.batches, done.held) == (1, {})


def test_a_drill_of_a_store_confirms_what_was_published(again: Settings, safe: Path) -> None:
    told = drill(again, safe)
    assert told.wrong == () and (told.marts, told.traced) == (1, 3)
    noted = existing(again, "ops", "evidence")
    assert noted is not None
    drilled = [row["success"] for row in noted.to_pyarrow_table().to_pylist() if row["stage"] == "drill"]
    assert drilled == [True] * 3


def test_a_restore_that_was_killed_goes_on_and_nothing_is_restored_over_anything_else(
    place: Place, safe: Path, released: Settings
) -> None:
    half = place("half")
    whole(half).fill(_first(Vault(safe), 20), Vault(safe), lambda *_: None)
    assert len(whole(half).names()) == 20
    restore(half, safe)
    assert _said(half) == _said(released)
    with pytest.raises(Refused, match="台账里已有记录"):
        restore(half, safe)
    lose_ledger(half)
    capital(half, "5/2010.csv", capital_with('"61,131"', '"61,135"'), revision="5")
    land(half)
    lose_ledger(half)
    with pytest.raises(Refused, match="只能恢复到空的位置"):
        restore(half, safe)


def _first(vault: Vault, count: int) -> Any:
    manifest = vault.manifest()
    return replace(manifest, files=dict(list(manifest.files.items())[-count:]))


def test_upkeep_of_a_store_leaves_few_files_and_says_the_same(again: Settings, released: Settings) -> None:
    told = {t.table: t for t in upkeep(again).tables}
    assert (told[f"silver/{FORM}"].files_before, told[f"silver/{FORM}"].files) == (2, 1)
    assert _said(again) == _said(released)


def test_what_is_purged_from_a_store_is_in_no_version_of_any_object_and_the_ledger_can_be_made_again(again: Settings) -> None:
    assert len(_found(again)) > 4 and _shown(again, 1) > 0
    purge(again, Order("R00000002", "国资〔2025〕9", "误报了涉密数据", ("王芳", "李强")))
    assert _found(again) == [] and _shown(again, 1) == _shown(again, 2) == 0
    before = _events(again)
    lose_ledger(again)
    assert rebuild(again).missing == () and _events(again) == before


def _shown(settings: Settings, release: int) -> int:
    """How often readers of a release see the figure."""
    with connect(settings, release) as connection:
        (told,) = ask(connection, "SELECT count(*) FROM statement WHERE value = ?", [int(CANARY)]).rows
    return int(told[0])


def _found(settings: Settings) -> list[str]:
    """Versions of objects of both buckets in which the figure stands as text or, of gold and releases, as a number."""
    assert settings.store is not None
    store, found = settings.store, []
    for bucket in buckets.buckets(settings):
        for one in asked(store, "试", lambda s3, at=bucket: list(s3.list_objects(at, recursive=True, include_version=True))):
            if not one.is_delete_marker:
                held = asked(store, "试", methodcaller("get_object", bucket, one.object_name, version_id=one.version_id)).read()
                if CANARY.encode() in held or (one.object_name.endswith(".parquet") and _holds(held)):
                    found.append(f"{bucket}/{one.object_name}")
    return found


def _holds(parquet: bytes) -> bool:
    read = pq.read_table(pa.BufferReader(parquet))
    return "value" in read.column_names and Decimal(CANARY) in read["value"].to_pylist()
