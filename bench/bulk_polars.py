"""The same as `bench.bulk_duckdb` in Polars: parses, casts, sorts out keys, writes by delta-rs, checks nothing."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import polars as pl
from deltalake import write_deltalake

from bench.outcome import COLUMNS, outcome
from schemas.load import form

_AMOUNT = pl.Decimal(18, 4)


def main(incoming: Path, lake: Path) -> None:
    began = time.monotonic()
    labels = {c.label: c.name for c in form("large_payment").columns}
    files = sorted(incoming.glob("payments-*.csv"))
    bronze = pl.scan_csv(files, infer_schema=False).rename(labels, strict=False).collect()
    write_deltalake(str(lake / "bronze"), bronze.to_arrow(), mode="overwrite")
    silver = _silver(bronze.lazy()).collect()
    del bronze
    write_deltalake(str(lake / "silver"), silver.to_arrow(), mode="overwrite")
    write_deltalake(str(lake / "gold"), _gold(silver.lazy()).collect().to_arrow(), mode="overwrite")
    work = round(time.monotonic() - began, 2)
    print(json.dumps({"work": work, "result": outcome({name: str(lake / name) for name in COLUMNS})}))


def _silver(bronze: pl.LazyFrame) -> pl.LazyFrame:
    return bronze.filter(pl.struct("unit_id", "paid_at", "payment_no").is_unique()).with_columns(
        pl.col("paid_at").str.to_date("%Y-%m-%d"),
        pl.col("amount", "contract_amount", "paid_to_date").cast(_AMOUNT),
        *(pl.col(name) == "是" for name in ("in_budget", "returned")),
    )


def _gold(silver: pl.LazyFrame) -> pl.LazyFrame:
    counts = ~pl.col("returned")
    by_month = ["unit_id", "month"]
    return (
        silver.with_columns(month=pl.col("paid_at").dt.strftime("%Y-%m"), at_line=pl.col("amount") >= 5_000_000)
        .with_columns(
            month_count=counts.cast(pl.Int64).sum().over(by_month),
            month_amount=pl.when(counts).then("amount").otherwise(pl.lit(0).cast(_AMOUNT)).cast(pl.Decimal(28, 4)).sum().over(by_month),
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
