"""A night on an object store says what the same night says in a folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from catalog import buckets
from catalog.archive import archive, released
from catalog.content import Content, content
from catalog.ledger.ledger import Ledger
from catalog.objects import StoreFault
from catalog.progress import silent
from catalog.settings import Settings, load_settings
from catalog.sql import ask, connect
from catalog.tables import table
from catalog.trace import trace
from intake.store import existing, look
from jobs.build import Run
from jobs.keeper import Audited
from jobs.known import Known
from jobs.land import land
from jobs.lease import lease
from jobs.publish import Official, publish
from jobs.refine import refine
from jobs.session import session
from tests.jobs.incoming import capital, capital_with, put
from tests.minio import account, certified, server

FIGURE = {
    "form": "listed_share_capital", "unit_id": "sse:600229", "period": "2010", "scope": "consolidated",
    "item": "restricted_other_domestic", "measure": "closing",
}  # fmt: skip
MARTS = ("statement", "enterprise_tree")  # one written by part, one whole
SHOWN = "SELECT value FROM statement WHERE unit_id = 'sse:600229' AND item = 'restricted_other_domestic'"


@dataclass(frozen=True)
class Said:
    """What must not depend on where the lake is."""

    tables: dict[str, Content]
    figure: list[Decimal]
    agrees: bool
    archived: list[str]
    kept: list[str]


def _said(settings: Settings, role: Callable[[str], Settings]) -> Said:
    """The stages of a night over two files, each with the account of its role; `role` gives settings for it."""
    capital(settings, "1/2010.csv", capital_with('"61,131"', '"61,132"'))
    put(settings, "1/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012")
    assert land(role("lander")).judged == 2 and refine(role("refiner")).loads == 2
    ledger, builder = Ledger.open(settings), role("builder")
    with lease(builder, ledger) as fence:
        built = Run(builder, Known.read(ledger, settings.today), Audited(builder, ledger, fence), silent, MARTS).all()
    assert {made.mart: made.state for made in built} == dict.fromkeys(MARTS, "audited")
    origins = ledger.submissions().select(["id", "sha256", "name"])
    ledger.close()
    publish(builder, Official("王芳", "试"))
    auditor = role("auditor")
    tables = {f"gold/{name}": content(auditor, "gold", name) for name in MARTS}
    for form in ("listed_share_capital", "listed_balance_sheet"):
        for layer in ("bronze", "silver", "quarantine"):
            if existing(auditor, layer, form) is not None:
                tables[f"{layer}/{form}"] = content(auditor, layer, form, origins=origins)
    with connect(role("reader")) as connection:
        figure = [value for (value,) in ask(connection, SHOWN).rows]
    return Said(tables, figure, trace(auditor, "statement", FIGURE).agrees, list(archive(auditor).names()),
                list(released(auditor, 1).names()))  # fmt: skip


def test_the_same_night_in_a_folder_and_on_an_object_store_gives_the_same_content(
    settings: Settings, on_object_store: Settings, spark: SparkSession
) -> None:
    here = _said(settings, lambda _role: settings)
    assert _said(on_object_store, lambda role: account(on_object_store, role)) == here
    assert [int(v) for v in here.figure] == [61132] and here.agrees and len(here.archived) == 3 and "manifest.json" in here.kept
    assert here.tables["silver/listed_share_capital"].rows > 0
    assert not (on_object_store.home / "lake").exists()


def test_a_store_with_a_private_certificate_is_trusted_by_its_authority_alone(
    settings: Settings, tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")
    (certificates := tmp_path / "certificates").mkdir()
    authority = certified(certificates)
    with server(tmp_path / "minio", certificates, authority) as said:
        where = {"GUOZI_HOME": str(settings.home), "GUOZI_LAKE": "s3a://sealed/guozi", **said}
        stranger, known = load_settings(where), load_settings({**where, "GUOZI_S3_CA": str(authority)})
        assert stranger.store is not None and known.store is not None
        with pytest.raises(StoreFault, match="没有应答"):
            buckets.make(stranger, stranger.store)
        buckets.make(known, known.store)
        seen = look(known, "silver", "thing", pa.schema([("a", pa.int64())]))
        seen.append(pa.table({"a": [1]}), {"silver/thing": 1}, {})
        there = session(known).read.format("delta").load(table(known, "silver", "thing").spark_uri)
        assert [row.a for row in there.collect()] == [1]
