"""What stands beside our way in the bench does the same work: its tables are compared, and a difference is seen."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from bench import bulk_duckdb, bulk_polars
from bench.bulk_ours import FORM
from bench.options import Differs, Options, agree
from bench.outcome import differing, outcome
from bench.payments import write
from bench.sections import bulk, growth
from catalog.settings import Settings
from catalog.tables import table
from jobs.land import land
from jobs.refine import refine

ROWS = 4_000


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("payments") / "given"
    write(folder, ROWS, per_file=ROWS // 2)
    return folder


def ran(script: Any, sent: Path, lake: Path) -> dict[str, Any]:
    lake.parent.mkdir(parents=True, exist_ok=True)
    with redirect_stdout(io.StringIO()) as said:
        script.main(sent, lake)
    found: dict[str, Any] = json.loads(said.getvalue().splitlines()[-1])["result"]
    return found


def test_payments_depend_on_the_seed_alone_and_have_what_there_is_to_find(sent: Path, tmp_path: Path) -> None:
    again = write(tmp_path, ROWS, per_file=ROWS // 2)
    assert [p.read_bytes() for p in again.files] == [(sent / p.name).read_bytes() for p in again.files]
    assert write(tmp_path / "other", ROWS, seed=2).files[0].read_bytes() != again.files[0].read_bytes()
    rows = [row for path in again.files for row in csv.DictReader(path.open(encoding="utf-8"))]
    assert len(rows) == ROWS and sum(n > 1 for n in Counter(r["支付流水号"] for r in rows).values()) == 2
    assert any(float(r["合同累计已付"]) > float(r["合同金额"]) for r in rows if r["合同编号"])


def test_the_whole_way_and_the_scripts_write_the_same_layers(settings: Settings, sent: Path, tmp_path: Path) -> None:
    duckdb, polars = (ran(script, sent, tmp_path / script.__name__ / "lake") for script in (bulk_duckdb, bulk_polars))
    assert duckdb == polars and duckdb["gold"]["rows"] == ROWS - 4
    write(settings.incoming, ROWS, per_file=ROWS // 2)
    assert land(settings).rejected == 0 and not refine(settings).held
    ours = outcome({layer: table(settings, layer, FORM).uri for layer in ("bronze", "silver")})
    assert ours == {layer: duckdb[layer] for layer in ("bronze", "silver")}


def test_a_rival_that_lost_a_fen_has_no_time(sent: Path, tmp_path: Path) -> None:
    whole = ran(bulk_duckdb, sent, tmp_path / "lake")
    silver = DeltaTable(str(tmp_path / "lake" / "silver")).to_pyarrow_table()
    amounts = silver["amount"].to_pylist()
    amounts[7] -= type(amounts[7])("0.01")
    at = silver.schema.get_field_index("amount")
    changed = silver.set_column(at, "amount", pa.array(amounts, silver.schema.field("amount").type))
    write_deltalake(str(tmp_path / "lake" / "silver"), changed, mode="overwrite")
    other = outcome({layer: str(tmp_path / "lake" / layer) for layer in whole})
    assert [line.partition("：")[0] for line in differing(whole, other)] == ["silver"]
    with pytest.raises(Differs, match="silver"):
        agree(differing(whole, other), "DuckDB")


def test_the_exponent_is_the_slope_of_the_logarithms() -> None:
    assert growth.exponent([10, 100, 1000], [3.0, 30.0, 300.0]) == 1.0
    assert growth.exponent([10, 100, 1000], [1.0, 100.0, 10_000.0]) == 2.0


@pytest.mark.proof
def test_bulk_and_growth_at_tiny_size(tmp_path: Path) -> None:
    options = Options(rows=ROWS, growth=(ROWS, 2 * ROWS))
    said = bulk.measure(options, tmp_path, per_file=ROWS // 2)
    assert (
        set(said["rivals"]) == {"duckdb", "polars", "spark"} and said["ours"]["marts"]["fund_flow"]["rows"] == ROWS - 4
    )
    assert said["ours"]["cpu"] > 0 and bulk.tables(said)[0].row_count == 7
    grown = growth.measure(options, tmp_path)
    assert [s["rows"] for s in grown["steps"]] == [ROWS, 2 * ROWS] and growth.tables(grown)
