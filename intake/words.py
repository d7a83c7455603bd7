"""Texts that stand for words → what they mean: ids, codes, periods, yes and no. One column at a time, nothing filed is NULL."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.codes import spellings
from schemas.column import LONGEST_UNIT, Column
from schemas.period import parse_period

Bools = npt.NDArray[np.bool_]

_TRUTH = {"是": True, "否": False, "TRUE": True, "FALSE": False, "Y": True, "N": False, "1": True, "0": False}


def _clean(values: pa.Array) -> pa.Array:
    """Blanks at both ends away, nothing left becomes NULL."""
    trimmed = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def nulls(values: pa.Array | pa.ChunkedArray) -> Bools:
    return np.asarray(values.is_null(), dtype=bool)


def _text(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    cleaned = _clean(values)
    return cleaned, nulls(cleaned)


def _mapped(values: pa.Array, known: Mapping[str, object], kind: pa.DataType) -> tuple[pa.Array, Bools]:
    cleaned = _clean(values)
    found = pc.index_in(cleaned, value_set=pa.array(list(known), pa.string()))
    return pa.array(list(known.values()), kind).take(found), nulls(cleaned)


def _code(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    """A text no list knows stays as it was: `COD-<column>` tells of it with the value seen."""
    known, blank = _mapped(values, spellings(column.codes), pa.string())
    return pc.coalesce(known, _clean(values)), blank


def _boolean(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    return _mapped(pc.utf8_upper(values), _TRUTH, pa.bool_())


def _unit(column: Column, values: pa.Array) -> tuple[pa.Array, Bools]:
    cleaned = _clean(_narrow(values))
    blank = nulls(cleaned)
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


CASTERS: Mapping[str, Callable[[Column, pa.Array], tuple[pa.Array, Bools]]] = {
    "text": _text, "unit": _unit, "code": _code, "boolean": _boolean, "period": _period,
}  # fmt: skip
