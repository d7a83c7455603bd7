"""Texts → typed values, cast in one place only.

All cells of one type are cleaned and cast together as one long column, so the cost does not grow with the number of
columns. A text must match one grammar before it is cast: engines differ on `1e3`, `1_000` and full-width digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from intake.duck import run
from schemas.codes import code_list, spellings
from schemas.column import LONGEST_UNIT, SQL_TYPES, Column
from schemas.contract import Form
from schemas.period import parse_period

Bools = npt.NDArray[np.bool_]

# Power of ten of a declared unit: an amount of 1 in 万元 is 10^4 yuan.
UNIT_POWERS: Mapping[str, int] = {c.code: len(c.extra["factor"]) - 1 for c in code_list("declared_unit")}
_FULL = "０１２３４５６７８９．，－−＋（）％　\u00a0\u2009\u202f\t\r\n"
_HALF = "0123456789.,--+()%" + " " * 7
_NOTHING = "('', '-', '--', '—', '——', '–')"
# Half of the sizes a clerk can mean: a quarter of the figures carrying a decimal shows the precision reported.
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
_VALUES: Mapping[str, str] = {
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
_TRUTH = {"是": True, "否": False, "TRUE": True, "FALSE": False, "Y": True, "N": False, "1": True, "0": False}


@dataclass(frozen=True)
class Typed:
    """`values`: every column typed, plus `_step`. `blank[column]`: nothing was filed there; a value that is
    neither blank nor typed did not cast. `power` is NULL-safe per row: -1 where the declared unit is unknown.
    """

    values: pa.Table
    blank: Mapping[str, Bools]
    power: npt.NDArray[np.int8]

    def uncast(self, column: str) -> Bools:
        """Text that says something but is not of the column's type (amounts of an unknown declared unit excepted)."""
        empty = ~self.blank[column] & _nulls(self.values.column(column))
        is_amount = self.values.schema.field(column).type == _arrow("amount")
        return empty & (self.power >= 0) if is_amount and "declared_unit" in self.blank else empty


@cache
def _arrow(kind: str) -> pa.DataType:
    simple = {"VARCHAR": pa.string(), "DATE": pa.date32(), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_()}
    sql = SQL_TYPES[kind]
    if sql in simple:
        return simple[sql]
    precision, scale = sql.removeprefix("DECIMAL(").removesuffix(")").split(",")
    return pa.decimal128(int(precision), int(scale))


def cast(form: Form, texts: pa.Table, periods: Sequence[str], senders: Sequence[str]) -> Typed:
    """`periods` (of each record's submission) fill an empty period of a form whose files have one, `senders` an empty unit.

    Amounts become yuan, DECIMAL(18,4), rounded half away from zero.
    """
    rows = texts.num_rows
    arrays: dict[str, pa.Array] = {}
    blank: dict[str, Bools] = {}
    for kind, columns in _by_type(form):
        caster = _CASTERS.get(kind)
        if caster is not None:
            for column in columns:
                arrays[column.name], blank[column.name] = caster(column, _one(texts, column))
    _fill(form, arrays, blank, periods, senders)
    power = _power(form, arrays, rows)
    decimals: list[npt.NDArray[np.int64]] = []
    for kind, columns in _by_type(form):
        if kind in _VALUES:
            counted = _numbers(kind, columns, texts, power, arrays, blank)
            decimals += [counted] if kind == "amount" else []
        elif kind == "date":
            _dates(columns, texts, arrays, blank)
    arrays["_step"] = _steps(decimals, power, rows)
    names = [*(c.name for c in form.columns), "_step"]
    return Typed(pa.table([arrays[n] for n in names], names=names), blank, power)


def _by_type(form: Form) -> Iterable[tuple[str, list[Column]]]:
    grouped: dict[str, list[Column]] = {}
    for column in form.columns:
        grouped.setdefault(column.type, []).append(column)
    return grouped.items()


def _one(texts: pa.Table, column: Column) -> pa.Array:
    return texts.column(f"text__{column.name}").combine_chunks()


def _clean(values: pa.Array) -> pa.Array:
    """Blanks at both ends away, nothing left becomes NULL."""
    trimmed = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _nulls(values: pa.Array | pa.ChunkedArray) -> Bools:
    return np.asarray(values.is_null(), dtype=bool)


def _text(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    cleaned = _clean(values)
    return cleaned, _nulls(cleaned)


def _mapped(values: pa.Array, known: Mapping[str, object], kind: pa.DataType) -> tuple[pa.Array, Bools]:
    cleaned = _clean(values)
    found = pc.index_in(cleaned, value_set=pa.array(list(known), pa.string()))
    return pa.array(list(known.values()), kind).take(found), _nulls(cleaned)


def _code(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    """A text no list knows stays as it was: `COD-<column>` tells of it with the value seen."""
    known, blank = _mapped(values, spellings(column.codes), pa.string())
    return pc.coalesce(known, _clean(values)), blank


def _boolean(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    return _mapped(pc.utf8_upper(values), _TRUTH, pa.bool_())


def _unit(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    cleaned = _clean(_narrow(values))
    blank = _nulls(cleaned)
    cleaned = pc.if_else(pc.less_equal(pc.utf8_length(cleaned), LONGEST_UNIT), cleaned, pa.scalar(None, pa.string()))
    if column.prefix:
        return pc.binary_join_element_wise(column.prefix, cleaned, ""), blank
    coded = pc.match_substring(cleaned, ":")
    return pc.if_else(coded, cleaned, pc.utf8_upper(cleaned)), blank


def _narrow(values: pa.Array) -> pa.Array:
    """Full-width letters and digits as half-width ones."""
    return pc.utf8_normalize(values, form="NFKC")


def _period(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    cleaned = _clean(_narrow(values))
    known = {text: canonical for text in cleaned.unique().to_pylist() if text and (canonical := period_of(text))}
    return _mapped(cleaned, known, pa.string())


def period_of(text: str) -> str:
    """`2026年3月`, `202603`, `2026/3`, `2026年一季度` as people write them → `2026-03`, …; empty when it is no period."""
    plain = text.strip().replace("年度", "").replace("年", "-").replace("/", "-").replace(".", "-")
    for word, number in zip("一二三四", "1234", strict=True):
        plain = plain.replace(f"-{word}季度", f"Q{number}").replace(f"-第{word}季度", f"Q{number}").replace(f"-{number}季度", f"Q{number}")
    plain = plain.replace("月", "-").replace("日", "").strip("-").upper()
    if plain.isdigit() and len(plain) in (6, 8):
        plain = "-".join(filter(None, (plain[:4], plain[4:6], plain[6:])))
    parts = [p.zfill(2) if p.isdigit() else p for p in plain.split("-")]
    try:
        return str(parse_period("-".join(parts)))
    except ValueError:
        return ""


_CASTERS: Mapping[str, Callable[[Column, pa.Array], tuple[pa.Array, Bools]]] = {
    "text": _text, "unit": _unit, "code": _code, "boolean": _boolean, "period": _period,
}  # fmt: skip


def _fill(
    form: Form, arrays: dict[str, pa.Array], blank: dict[str, Bools], periods: Sequence[str], senders: Sequence[str]
) -> None:
    """What a file need not repeat: its period, the unit that sent it, a form's constant scope."""
    given = {"unit_id": senders, **({"period": periods} if form.period_from == "submission" else {})}
    if form.scope.startswith("="):
        given["scope"] = [form.scope[1:]] * len(senders)
    for name in given.keys() & arrays.keys():
        arrays[name] = pc.coalesce(arrays[name], pa.array([text or None for text in given[name]], pa.string()))
        blank[name] = _nulls(arrays[name])


def _power(form: Form, arrays: Mapping[str, pa.Array], rows: int) -> npt.NDArray[np.int8]:
    if "declared_unit" not in form.by_name:
        return np.zeros(rows, np.int8)
    return np.array([UNIT_POWERS.get(v, -1) for v in arrays["declared_unit"].to_pylist()], np.int8)


def _long(columns: list[Column], texts: pa.Table) -> pa.Array:
    return pa.concat_arrays([_one(texts, c) for c in columns])


def _numbers(
    kind: str, columns: list[Column], texts: pa.Table, power: npt.NDArray[np.int8],
    arrays: dict[str, pa.Array], blank: dict[str, Bools],
) -> npt.NDArray[np.int64]:  # fmt: skip
    """Casts and cuts; returns the decimals each figure was filed with, −1 for nothing and zero, by column and row."""
    rows, long = texts.num_rows, _long(columns, texts)
    percent = np.repeat(np.array([c.percent for c in columns]), rows)
    cells = pa.table({"ordinal": np.arange(len(long)), "v": long, "power": np.tile(power, len(columns)), "percent": percent})
    made = run(_NUMBER_SQL.replace("@VALUE", _VALUES[kind]), cells=cells)
    _cut(columns, made, rows, _arrow(kind), arrays, blank)
    decimals: npt.NDArray[np.int64] = np.asarray(pc.fill_null(made.column("decimals"), -1), np.int64)
    return decimals.reshape(len(columns), rows)


def _dates(columns: list[Column], texts: pa.Table, arrays: dict[str, pa.Array], blank: dict[str, Bools]) -> None:
    long = _long(columns, texts)
    made = run(_DATE_SQL, cells=pa.table({"ordinal": np.arange(len(long)), "v": long}))
    _cut(columns, made, texts.num_rows, pa.date32(), arrays, blank)


def _cut(
    columns: list[Column], made: pa.Table, rows: int, kind: pa.DataType, arrays: dict[str, pa.Array], blank: dict[str, Bools]
) -> None:
    values = made.column("value").combine_chunks().cast(kind)
    empty = np.asarray(made.column("blank"), dtype=bool)
    for index, column in enumerate(columns):
        arrays[column.name] = values.slice(index * rows, rows)
        blank[column.name] = empty[index * rows : (index + 1) * rows]


def _steps(decimals: list[npt.NDArray[np.int64]], power: npt.NDArray[np.int8], rows: int) -> pa.Array:
    """Yuan per last digit reported: declared unit × 10^−d, d the most decimals that a quarter of the non-zero amounts carry.

    Printed figures drop trailing zeros, and one figure typed more finely than the rest must not narrow the
    tolerance of all; hence a share, neither the most nor the fewest.
    """
    digits = np.zeros(rows, np.int64)
    for matrix in decimals:
        needed = np.maximum((matrix >= 0).sum(axis=0) * _PRECISION_SHARE, 1)
        for d in range(1, 9):
            digits[(matrix >= d).sum(axis=0) >= needed] = d
    exponents = np.maximum(np.maximum(power, 0) - digits, -4)
    return pa.array([Decimal(1).scaleb(e) for e in exponents.tolist()], _arrow("amount"))


def period_ends(values: pa.Table, form: Form) -> pa.Array:
    """The day at which codes and rules of each record are read: its period's last day, or the event's own day."""
    if form.period_from != "submission":
        return values.column(form.period_from).combine_chunks()
    ends: dict[str | None, date | None] = {None: None}
    texts = values.column("period").to_pylist()
    for text in set(texts) - {None}:
        ends[text] = parse_period(text).end
    return pa.array([ends[t] for t in texts], pa.date32())
