"""A seeded writer of large payments: as many as asked for, in files of a month each, as a bank-fed treasury would send them.

One payment in a thousand is questioned (paid beyond its contract), one in two thousand stands twice, so that checks and
the sorting out of keys have something to find. A row depends on the seed and its number alone.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv

from samples.ids import credit_code
from schemas.load import form

UNITS, PAYEES = 200, 5_000
PER_FILE = 500_000
FIRST_YEAR = 2024
_PURPOSES = ("工程款", "采购款", "税费", "薪酬", "偿还债务", "往来款")
_COLUMNS = (
    "unit_id", "payment_no", "paid_at", "paid_time", "declared_unit", "currency", "amount", "payment_purpose", "payee", "payee_id",
    "country", "contract_no", "contract_amount", "paid_to_date", "in_budget", "returned",
)  # fmt: skip
_ROWS = """
WITH numbered AS (
  SELECT i - CAST(i % 2000 = 1999 AS INT) AS n FROM range($first, $last) AS r(i)
), drawn AS (
  SELECT n, hash(n, $seed) AS h, hash(n, $seed + 1) AS g FROM numbered
), said AS (
  SELECT *, 3000000 + CAST(h % 4_700_000_000 AS BIGINT) / 100 AS amount, g % 3 = 0 AS contract, g % 1000 = 7 AS beyond FROM drawn
)
SELECT u.code, format('ZF{:010d}', said.n), CAST(make_date($year, $month, 1) + CAST(h % 28 AS INT) AS VARCHAR),
       format('{:02d}:{:02d}', 9 + CAST(g % 8 AS INT), CAST(h % 60 AS INT)), '元', 'CNY', format('{:.2f}', amount),
       $purposes[1 + CAST(g % 6 AS INT)], format('样例往来单位{:05d}', CAST(g % $payees AS INT)), p.code, 'CN',
       CASE WHEN contract OR beyond THEN format('HT{:07d}', CAST(g % 1_000_000 AS INT)) END,
       CASE WHEN contract OR beyond THEN format('{:.2f}', amount * 3) END,
       CASE WHEN beyond THEN format('{:.2f}', amount * 4) WHEN contract THEN format('{:.2f}', amount * 2) END,
       '是', CASE WHEN g % 500 = 3 THEN '是' ELSE '否' END
FROM said JOIN units u ON u.n = h % $units JOIN payees p ON p.n = g % $payees ORDER BY said.n
"""


@dataclass(frozen=True)
class Written:
    """The files of payments in order, and the registry of those who pay."""

    files: tuple[Path, ...]
    registry: Path
    bytes: int


def write(folder: Path, rows: int, seed: int = 1, per_file: int = PER_FILE) -> Written:
    """`folder` becomes what a sender leaves in incoming: files and a manifest. At most twenty years of files."""
    folder.mkdir(parents=True, exist_ok=True)
    files, entries = [], []
    with duckdb.connect() as duck:
        for name, count, start in (("units", UNITS, 1), ("payees", PAYEES, 100_000)):
            duck.register(name, pa.table({"n": range(count), "code": [credit_code(start + n) for n in range(count)]}))
        for number, first in enumerate(range(0, rows, per_file)):
            year, month = FIRST_YEAR + number // 12, 1 + number % 12
            path = folder / f"payments-{year}-{month:02d}.csv"
            _file(
                duck,
                path,
                {"first": first, "last": min(first + per_file, rows), "year": year, "month": month, "seed": seed},
            )
            files.append(path)
            entries.append((path.name, "large_payment", f"{year}-{month:02d}"))
    registry = _registry(folder / "registry.csv")
    said = [f"  - {{file: {name}, form: {of}, period: '{period}'}}" for name, of, period in entries]
    said.append(f"  - {{file: {registry.name}, form: enterprise_registry, period: '{FIRST_YEAR}-01-01'}}")
    (folder / "manifest.yaml").write_text("\n".join(["files:", *said, ""]), encoding="utf-8")
    return Written(tuple(files), registry, sum(path.stat().st_size for path in files))


def _file(duck: duckdb.DuckDBPyConnection, path: Path, given: dict[str, int]) -> None:
    labels = {c.name: c.label for c in form("large_payment").columns}
    reader = duck.execute(
        _ROWS, {**given, "purposes": list(_PURPOSES), "units": UNITS, "payees": PAYEES}
    ).to_arrow_reader(100_000)
    with path.open("wb") as out:
        out.write((",".join(labels[name] for name in _COLUMNS) + "\n").encode())
        for batch in reader:
            pyarrow.csv.write_csv(batch, out, pyarrow.csv.WriteOptions(include_header=False, quoting_style="none"))


def _registry(path: Path) -> Path:
    """Every unit as a head of a group, supervised by the city."""
    said = {
        "unit_name": "样例企业", "valid_from": f"{FIRST_YEAR}-01-01", "change_kind": "新增", "unit_change_reason": "新设",
        "ownership_level": "1", "management_level": "1", "direct_share": "100", "total_share": "100", "is_controlled": "是",
        "is_consolidated": "是", "supervisor": "市国资委", "supervision_mode": "直接监管", "function_class": "商业一类",
        "legal_form": "国有独资公司", "industry": "4813", "division": "370203", "size_class": "中型", "status": "正常",
    }  # fmt: skip
    columns = [c for c in form("enterprise_registry").columns if c.name in {"unit_id", *said} or c.required]
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow([c.label for c in columns])
        for number in range(UNITS):
            row = {**said, "unit_id": credit_code(1 + number), "unit_name": f"样例企业{number:03d}"}
            lines.writerow([row.get(c.name, "否") for c in columns])
    return path
