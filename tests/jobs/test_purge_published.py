"""Of what was published goes what a purged submission said: its rows, the cells of its units; sums over several units stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from typer.testing import CliRunner

from catalog.archive import hash_of
from catalog.content import content
from catalog.ledger.ledger import Ledger
from catalog.ledger.purges import Order
from catalog.ledger.values import MartVersion, ReleaseNote
from catalog.released import Cleared
from catalog.settings import Settings
from catalog.sql import ask, connect
from catalog.tables import table
from jobs.land import land
from jobs.lease import lease
from jobs.publish import Official, publish
from jobs.purge import purge
from jobs.refine import refine
from schemas.load import mart
from tests.jobs.incoming import capital, capital_with

FORM, UNIT, SCOPE = "listed_share_capital", "sse:600229", "consolidated"
CANARY = Decimal("76543210987.00000000")
ORDER = Order("R00000007", "国资〔2025〕9", "误报了涉密数据", ("王芳", "李强"))
FIGURE = pa.decimal128(28, 8)
STATEMENT = [{"item": "equity", "value": Decimal(1), "_batch": 1}, {"item": "assets", "value": CANARY, "_batch": 7}]
# (unit, period, scope, indicator, value, the year before's) → what is left of both figures
RATES = {
    (UNIT, "2010", SCOPE, "debt_ratio", CANARY, None): (None, None),
    (UNIT, "2011", SCOPE, "debt_ratio", Decimal(5), CANARY): (None, None),
    (UNIT, "2009", SCOPE, "debt_ratio", Decimal(2), None): (Decimal(2), None),
    (UNIT, "2010", SCOPE, "over_budget_rate", Decimal(3), None): (Decimal(3), None),
    (UNIT, "2010", "aggregate", "debt_ratio", Decimal(4), None): (Decimal(4), None),
    ("sse:600000", "2012", SCOPE, "debt_ratio", Decimal(6), None): (Decimal(6), None),
}
NAMED = ("unit_id", "period", "scope", "indicator_id", "value", "comparable_previous")


def _mart(settings: Settings, name: str, rows: list[Mapping[str, Any]]) -> None:
    """Rows in the declared order of columns; what they leave out the table does not have."""
    kinds, place = {"value": FIGURE, "comparable_previous": FIGURE, "_batch": pa.int64()}, table(settings, "gold", name)
    columns = [c.name for c in mart(name).columns if c.name in rows[0]]
    made = pa.table({c: pa.array([row[c] for row in rows], kinds.get(c, pa.string())) for c in columns})
    write_deltalake(place.uri, made, mode="overwrite")
    version = DeltaTable(place.uri).version()
    said = content(settings, "gold", name, [c for c in mart(name).content_columns if c in columns], version)
    ledger = Ledger.open(settings)
    with lease(settings, ledger) as fence:
        ledger.set_mart(MartVersion(name, "f", version, said.rows, said.sha256, "audited", ledger.seq(), "2025-05-20", fence=fence))
    ledger.close()


def _published(settings: Settings, statement: list[dict[str, Any]]) -> None:
    place = {"form": FORM, "unit_id": UNIT, "period": "2010", "scope": SCOPE, "measure": "closing"}
    _mart(settings, "statement", [place | row for row in statement])
    _mart(settings, "indicator_value", [dict(zip(NAMED, row, strict=True)) for row in RATES])


@pytest.fixture
def leaked(loaded: Settings) -> Settings:
    """An ordinary release, an official one, and another since; the seventh file is in all."""
    capital(loaded, "7/2010.csv", capital_with('"61,131"', '"61,137"'), revision="7")
    land(loaded)
    refine(loaded)
    for number, made in enumerate([STATEMENT, STATEMENT[::-1], [*STATEMENT, {"item": "cash", "value": CANARY, "_batch": 7}]], 1):
        _published(loaded, made if number != 2 else [*STATEMENT, {"item": "debt", "value": Decimal(7), "_batch": 2}])
        publish(loaded, Official("王芳", "正式上报") if number == 2 else None)
    return loaded


def _note(settings: Settings, number: int) -> ReleaseNote:
    ledger = Ledger.open(settings)
    found = ledger.release(number)
    ledger.close()
    assert found is not None
    return found


def _holding(settings: Settings) -> list[Path]:
    """Parquet files of gold and of official releases in which the figure stands."""
    found = [p for folder in ("gold", "released", "scratch") for p in (Path(settings.lake) / folder).rglob("*.parquet")]
    return [p for p in found if any(CANARY in column.to_pylist() for column in pq.read_table(p).itercolumns())]


def test_rows_and_cells_that_rest_on_it_go_from_every_release_and_the_rest_stays(leaked: Settings) -> None:
    assert len(_holding(leaked)) > 4
    done = purge(leaked, ORDER)
    assert (done.official, done.release) == ((2,), 4) and _holding(leaked) == []
    left = tuple((*row[:4], *figures) for row, figures in RATES.items())
    for number, items in ((2, ["debt", "equity"]), (4, ["equity"])):
        with connect(leaked, number) as connection:
            assert [item for (item,) in ask(connection, "SELECT item FROM statement ORDER BY item").rows] == items
            assert set(ask(connection, f"SELECT {', '.join(NAMED)} FROM indicator_value").rows) == set(left)
    for number in (1, 3):
        with pytest.raises(Cleared, match="已从 gold 清理"):
            connect(leaked, number)


def test_an_official_release_names_the_order_with_the_hashes_of_before_and_of_now(leaked: Settings) -> None:
    before = _note(leaked, 2).official
    purge(leaked, ORDER)
    kept, official = Path(leaked.lake) / "released" / "2", _note(leaked, 2).official
    assert before is not None and official is not None
    manifest = json.loads((kept / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["marts"] == official["marts"] and hash_of(kept / "manifest.json") == official["manifest"]
    (order,) = manifest["purged"]
    assert (order["order"], order["receipt"], order["by"]) == (ORDER.number, ORDER.receipt, "王芳、李强")
    assert set(order["marts"]) == {"statement", "indicator_value"}
    for name, told in order["marts"].items():
        assert told["before"]["sha256"] == before["marts"][name]["sha256"] != told["now"]["sha256"]
        assert hash_of(kept / official["marts"][name]["file"]) == told["now"]["sha256"]
    assert {p.name for p in kept.iterdir()} == {"manifest.json", *(told["file"] for told in official["marts"].values())}


def test_who_reads_the_release_is_told_by_which_order_it_is_less(leaked: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli import app

    purge(leaked, ORDER)
    monkeypatch.setenv("GUOZI_HOME", str(leaked.home))
    for number, told in ((2, True), (4, False)):
        said = CliRunner().invoke(app, ["sql", "SELECT count(*) FROM statement", "--release", str(number), "--format", "csv"])
        assert said.exit_code == 0 and ("第 国资〔2025〕9 号令清除了 R00000007" in said.stderr) is told


def test_an_order_killed_before_old_files_were_deleted_is_finished_by_giving_it_again(leaked: Settings, tmp_path: Path) -> None:
    kept = Path(leaked.lake) / "released" / "2"
    shutil.copytree(kept, tmp_path / "before")
    purge(leaked, ORDER)
    shutil.copy(tmp_path / "before" / "statement.parquet", kept)
    stray = Path(leaked.lake) / "gold" / "statement" / "stray.parquet"
    shutil.copy(tmp_path / "before" / "statement.parquet", stray)
    ledger = Ledger.open(leaked)
    seq = ledger.seq()
    assert len(_holding(leaked)) == 2
    again = purge(leaked, ORDER)
    assert (again.official, again.release, _holding(leaked), ledger.seq()) == ((), 0, [], seq)
    ledger.close()


def test_of_a_submission_that_never_counted_nothing_published_changes(leaked: Settings) -> None:
    """A second seventh revision waits for a person's decision."""
    capital(leaked, "8/2010.csv", capital_with('"61,131"', '"61,138"'), revision="7")
    land(leaked)
    refine(leaked)
    before = _holding(leaked)
    done = purge(leaked, Order("R00000008", "9", "误报", ORDER.by))
    assert (done.official, done.release) == ((), 0) and _holding(leaked) == before
