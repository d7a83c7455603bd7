"""Texts that stand for figures and days → typed values.

All cells of one type are cleaned and cast together as one long column, so the cost does not grow with the number of
columns. A text must match one grammar before it is cast: engines differ on `1e3`, `1_000` and full-width digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from intake.duck import run
from schemas.codes import code_list
from schemas.column import SQL_TYPES, Column

# Power of ten of a declared unit: an amount of 1 in 万元 is 10^4 yuan.
UNIT_POWERS: Mapping[str, int] = {c.code: len(c.extra["factor"]) - 1 for c in code_list("declared_unit")}
_FULL = "０１２３４５６７８９．，－−＋（）％　\u00a0\u2009\u202f\t\r\n"
_HALF = "0123456789.,--+()%" + " " * 7
_NOTHING = "('', '-', '--', '—', '——', '–')"
# Share of a report's figures that must carry a decimal for it to be the precision reported.
_PRECISION_SHARE = 0.25

_NUMBER_SQL = f"""
WITH plain AS MATERIALIZED (
  SELECT ordinal, power, percent, trim(translate(v, '{_FULL}', '{_HALF}')) AS t FROM cells
), signed AS MATERIALIZED (
  SELECT ordinal, power, t, percent OR t LIKE '%\\%' ESCAPE '\\' AS percent,
         CASE WHEN t LIKE '(%)' THEN '-' || trim(t[2:-2]) ELSE t END AS s
  FROM plain
), number AS MATERIALIZED (
  SELECT ordinal, power, percent, t IS NULL OR t IN {_NOTHING} AS blank,
         CASE WHEN regexp_full_match(s, '[-+]?([0-9]{{1,3}}(,[0-9]{{3}})+|[0-9]+)(\\.[0-9]+)? ?%?')
              THEN trim(replace(replace(s, ',', ''), '%', '')) END AS n
  FROM signed
)
SELECT blank, @VALUE AS value,
       CASE WHEN regexp_matches(n, '[1-9]') THEN CASE WHEN strpos(n, '.') > 0 THEN length(n) - strpos(n, '.') ELSE 0 END END AS decimals
FROM number ORDER BY ordinal
"""
# DECIMAL(18, 4 + p) of a figure in 10^p yuan times 10^p is exact in DECIMAL(18,4); the first cast rounds half away from zero.
_AMOUNT = "CASE power " + " ".join(
    f"WHEN {p} THEN CAST(CAST(TRY_CAST(n AS DECIMAL(18,{4 + p})) AS DECIMAL(28,{4 + p})) * {10**p} AS DECIMAL(18,4))"
    for p in UNIT_POWERS.values()
) + " END"  # fmt: skip
VALUES: Mapping[str, str] = {
    "amount": _AMOUNT,
    "ratio": "CASE WHEN percent THEN CAST(CAST(TRY_CAST(n AS DECIMAL(18,6)) AS DECIMAL(28,6)) * 0.01 AS DECIMAL(18,8))"
    " ELSE TRY_CAST(n AS DECIMAL(18,8)) END",
    "quantity": "TRY_CAST(n AS DECIMAL(18,6))",
    "integer": "CASE WHEN regexp_full_match(n, '[-+]?[0-9]+(\\.0+)?') THEN TRY_CAST(split_part(n, '.', 1) AS BIGINT) END",
}
_DATE_SQL = f"""
WITH plain AS MATERIALIZED (SELECT ordinal, trim(translate(v, '{_FULL}', '{_HALF}')) AS t FROM cells),
iso AS MATERIALIZED (
  SELECT ordinal, t IS NULL OR t IN {_NOTHING} AS blank,
         regexp_extract(t, '^([0-9]{{4}})(?:[-/.年]([0-9]{{1,2}})[-/.月]([0-9]{{1,2}})日?|([0-9]{{2}})([0-9]{{2}}))(?:[ T]00:00(?::00)?)?$',
                        ['y', 'm', 'd', 'mm', 'dd']) AS p
  FROM plain)
SELECT blank, CASE WHEN p.y <> '' THEN
         TRY_CAST(p.y || '-' || lpad(p.m || p.mm, 2, '0') || '-' || lpad(p.d || p.dd, 2, '0') AS DATE) END AS value
FROM iso ORDER BY ordinal
"""


@cache
def arrow(kind: str) -> pa.DataType:
    """The type in which values of a contract's type are held."""
    simple = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_()}
    sql = SQL_TYPES[kind]
    if sql in simple:
        return simple[sql]
    precision, scale = sql.removeprefix("DECIMAL(").removesuffix(")").split(",")
    return pa.decimal128(int(precision), int(scale))


def figures(kind: str, columns: Sequence[Column], long: pa.Array, power: npt.NDArray[np.int8]) -> pa.Table:
    """`long`: the texts of `columns`, one after the other, `power` that of each row. Gives `blank`, `value` and `decimals`, those a
    figure was filed with, NULL for nothing and zero.
    """
    percent = np.repeat(np.array([c.percent for c in columns]), len(power))
    cells = pa.table({"ordinal": np.arange(len(long)), "v": long, "power": np.tile(power, len(columns)), "percent": percent})
    return run(_NUMBER_SQL.replace("@VALUE", VALUES[kind]), cells=cells)


def days(long: pa.Array) -> pa.Table:
    """`blank` and `value`, a row a text."""
    return run(_DATE_SQL, cells=pa.table({"ordinal": np.arange(len(long)), "v": long}))


def steps(decimals: list[npt.NDArray[np.int64]], power: npt.NDArray[np.int8], rows: int) -> pa.Array:
    """Yuan per last digit reported: declared unit × 10^−d, d the most decimals that `_PRECISION_SHARE` of the non-zero amounts carry.

    Printed figures drop trailing zeros, and one figure typed more finely than the rest must not narrow the
    tolerance of all; hence a share, neither the most nor the fewest.
    """
    digits = np.zeros(rows, np.int64)
    for matrix in decimals:
        needed = np.maximum((matrix >= 0).sum(axis=0) * _PRECISION_SHARE, 1)
        for d in range(1, 9):
            digits[(matrix >= d).sum(axis=0) >= needed] = d
    exponents = np.maximum(np.maximum(power, 0) - digits, -4)
    return pa.array([Decimal(1).scaleb(e) for e in exponents.tolist()], arrow("amount"))
