"""The dated lists of the performance evaluation as a frame: one row an indicator, its standards and special cases beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.efficacy import STANDARDS
from jobs.inputs import Parameters, values
from schemas.codes import Code

_DATES = {"valid_from": "date", "valid_to": "date"}
_SHARE = {"%": Decimal("0.01")}
_WEIGHT = {**dict.fromkeys(("indicator", "title", "block", "block_title", "role", "top", "bottom"), "text"), "weight": "integer",
           "least": "ratio", "most": "ratio", **_DATES}  # fmt: skip
_STANDARD = {"indicator": "text", "low_industry": "text", "high_industry": "text", "size": "text", "loose": "integer",
             "standard": "text", "vintage": "text", **dict.fromkeys(STANDARDS, "ratio"), **_DATES}  # fmt: skip
_SPECIAL = {"indicator": "text", "nth": "integer", "case": "text", "top": "text", "bottom": "text", "at_least": "ratio",
            "coefficient": "ratio", **_DATES}  # fmt: skip


def signs(parameters: Parameters) -> list[str]:
    """Statement fields whose signs decide special cases."""
    weights = parameters.codes["performance_weight"]
    return sorted({field for code in weights for field in (code.extra["top"], code.extra["bottom"]) if field})


def weighed(like: DataFrame, parameters: Parameters) -> DataFrame:
    """One row an indicator and span of validity; `standards` (the closest first) and `specials` are arrays to choose from."""
    chosen = values(like, _WEIGHT, _weights(parameters))
    return chosen.join(_gathered(like, _STANDARD, _standards(parameters), "loose", "standards"), "indicator", "left").join(
        _gathered(like, _SPECIAL, _specials(parameters), "nth", "specials"), "indicator", "left"
    )


def _gathered(like: DataFrame, columns: dict[str, str], rows: Iterator[tuple[Any, ...]], order: str, name: str) -> DataFrame:
    struct = F.struct(order, *(c for c in columns if c not in ("indicator", order)))
    return values(like, columns, rows).groupBy("indicator").agg(F.sort_array(F.collect_list(struct)).alias(name))


def _weights(parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    blocks = {code.code: code for code in parameters.codes["performance_block"]}
    for code in parameters.codes["performance_weight"]:
        given, block = code.extra, blocks[code.extra["block"]]
        yield (
            code.code, code.name, block.code, block.name, given["role"], given["top"] or None, given["bottom"] or None,
            int(given["weight"]), Decimal(block.extra["least"]), Decimal(block.extra["most"]), *_span(code),
        )  # fmt: skip


def _standards(parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    """`loose`: 0 for a standard of both industry and size, 3 for one of neither. Figures in % become fractions."""
    for code in parameters.codes["performance_standard"]:
        given = code.extra
        low, _, high = given["industry"].partition("-")
        loose = 2 * (given["industry"] == "*") + (given["size"] == "*")
        figures = [Decimal(given[name]) * _SHARE.get(given["unit"], 1) for name in STANDARDS]
        yield given["indicator"], low, high or low, given["size"], loose, code.code, given["vintage"], *figures, *_span(code)


def _specials(parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    for nth, code in enumerate(parameters.codes["performance_special"]):
        given = code.extra
        least = Decimal(given["at_least"]) if given["at_least"] else None
        signs = (given["top"] or None, given["bottom"] or None)
        yield given["indicator"], nth, code.name, *signs, least, Decimal(given["coefficient"]), *_span(code)


def _span(code: Code) -> tuple[date, date | None]:
    return code.valid_from, code.valid_to
