"""What a tuned script would do with the same files: DuckDB parses, casts, sorts out keys, delta-rs writes. It checks nothing."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb
from deltalake import write_deltalake

from bench.outcome import COLUMNS, outcome
from schemas.load import form

_ROWS = 200_000
_DATES, _AMOUNTS, _TRUTHS = ("paid_at",), ("amount", "contract_amount", "paid_to_date"), ("in_budget", "returned")
_GOLD = """
SELECT *, left(CAST(paid_at AS VARCHAR), 7) AS month, amount >= 5000000 AS at_line,
       sum(CASE WHEN NOT returned THEN 1 ELSE 0 END) OVER m AS month_count,
       sum(CASE WHEN NOT returned THEN amount ELSE 0 END) OVER m AS month_amount
FROM silver WINDOW m AS (PARTITION BY unit_id, date_trunc('month', paid_at))
"""


def main(incoming: Path, lake: Path) -> None:
    began = time.monotonic()
    labels = {c.label: c.name for c in form("large_payment").columns}
    with duckdb.connect(
        str(lake.parent / "duckdb.db"), config={"memory_limit": "2GB", "preserve_insertion_order": False}
    ) as duck:
        files = [str(path) for path in sorted(incoming.glob("payments-*.csv"))]
        read = duck.read_csv(files, all_varchar=True)  # type: ignore[arg-type]  # a list of paths is what it takes
        named = ", ".join(f'"{label}" AS {labels[label]}' for label in read.columns)
        read.create_view("texts")
        duck.execute(f"CREATE TABLE bronze AS SELECT {named} FROM texts")
        duck.execute(f"CREATE TABLE silver AS {silver(read.columns, labels)}")
        duck.execute(f"CREATE TABLE gold AS {_GOLD}")
        for name in COLUMNS:
            write_deltalake(
                str(lake / name), duck.execute(f"SELECT * FROM {name}").to_arrow_reader(_ROWS), mode="overwrite"
            )
    work = round(time.monotonic() - began, 2)
    print(json.dumps({"work": work, "result": outcome({name: str(lake / name) for name in COLUMNS})}))


def silver(headers: list[str], labels: dict[str, str]) -> str:
    """Records whose key stands once, typed."""
    columns = [_typed(labels[header]) for header in headers]
    return (
        f"SELECT {', '.join(columns)} FROM bronze QUALIFY count(*) OVER (PARTITION BY unit_id, paid_at, payment_no) = 1"
    )


def _typed(name: str) -> str:
    if name in _DATES:
        return f"CAST({name} AS DATE) AS {name}"
    if name in _AMOUNTS:
        return f"CAST({name} AS DECIMAL(18,4)) AS {name}"
    return f"{name} = '是' AS {name}" if name in _TRUTHS else name


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
