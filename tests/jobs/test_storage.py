"""A night on an object store says what the same night says in a folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import SparkSession

from catalog.archive import archive, released
from catalog.content import Content, content
from catalog.ledger.ledger import Ledger
from catalog.progress import silent
from catalog.settings import Settings
from catalog.sql import ask, connect
from catalog.trace import trace
from intake.store import existing
from jobs.build import Run
from jobs.keeper import Audited
from jobs.known import Known
from jobs.land import land
from jobs.publish import Official, publish
from jobs.refine import refine
from tests.jobs.incoming import capital, capital_with, put
from tests.minio import account

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
    built = Run(builder, Known.read(ledger, settings.today), Audited(builder, ledger), silent, MARTS).all()
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
