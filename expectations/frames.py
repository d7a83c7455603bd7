"""Frames to audit, made from committed Arrow tables by DuckDB: few columns, no decimals, counts instead of cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from expectations.suites import CONTROL_COLUMNS
from schemas.column import SQL_TYPES
from schemas.contract import Form
from schemas.implied import NIL

if TYPE_CHECKING:
    import pandas as pd
    from pyarrow.dataset import Dataset

_PROVENANCE = ("_batch", "_submission", "_row", "unit_id", "period")


def silver_frame(form: Form, silver: pa.Table | Dataset, error_rules: Iterable[str], slices: int = 1, nth: int = 0) -> pd.DataFrame:
    """A record a row: provenance, key and code columns, `missing_required`, `broken_errors`, `columns_off_type`.

    `silver` as committed; `error_rules` the ids, implied ones included, whose breach keeps a record out of silver. With `slices`
    the nth of so many, equal keys in one of them, so that all slices together find what the whole would.
    """
    names = silver.schema.names
    wanted = dict.fromkeys([*_PROVENANCE, *form.key, *(c.name for c in form.columns if c.codes)])
    kept = [_quoted(name) for name in wanted if name in names]
    required = [c.name for c in form.columns if c.required]
    missing = " + ".join(f"({_quoted(n)} IS NULL)::INTEGER" for n in required if n in names) or "0"
    absent = sum(name not in names for name in required)
    key = ", ".join(_quoted(name) for name in form.key if name in names)
    chosen = f"WHERE hash({key}) % {slices} = {nth}" if slices > 1 else ""
    with duckdb.connect() as connection:
        connection.register("silver", silver)
        off_type = len(columns_off_type(form, connection))
        made = connection.execute(
            f"SELECT {', '.join(kept)}, "
            f"(CASE WHEN list_contains(broken_rules, ?) THEN 0 ELSE {missing} END + ?)::INTEGER AS missing_required, "
            "?::INTEGER AS columns_off_type, "
            f"COALESCE(len(list_intersect(broken_rules, ?::VARCHAR[])), 0) AS broken_errors FROM silver {chosen}",
            [NIL, absent, off_type, list(error_rules)],
        ).to_arrow_table()
    # Each text once: as objects of their own a million records take a gigabyte.
    frame: pd.DataFrame = made.to_pandas(strings_to_categorical=True)
    return frame


def columns_off_type(form: Form, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Columns of the relation `silver` that are missing or stored under another type than declared."""
    stored = {name: kind for name, kind, *_ in connection.execute("DESCRIBE silver").fetchall()}
    return [c.name for c in form.columns if stored.get(c.name) != SQL_TYPES[c.type]]


def broken_in_silver(silver: pa.Table | Dataset) -> dict[str, int]:
    """Rule id → records of silver that name it in `broken_rules`."""
    with duckdb.connect() as connection:
        connection.register("silver", silver)
        found = connection.execute("SELECT r, count(*) FROM (SELECT unnest(broken_rules) AS r FROM silver) GROUP BY r")
        return {str(rule_id): int(count) for rule_id, count in found.fetchall()}


def control_frame(rows: pa.Table) -> pd.DataFrame:
    """A batch a row. Raises ValueError when a control column is missing."""
    absent = [name for name in CONTROL_COLUMNS if name not in rows.column_names]
    if absent:
        raise ValueError(f"控制表缺少列：{'、'.join(absent)}")
    frame: pd.DataFrame = rows.select(list(CONTROL_COLUMNS)).to_pandas()
    return frame


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
