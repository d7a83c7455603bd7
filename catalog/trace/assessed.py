"""`office_assessment`: the usage score of an office worked out again from the month's raw scores and the declared sides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from catalog.trace.efficacy import rounded_to
from catalog.trace.node import Node, compared
from catalog.trace.source import Row, Sources
from schemas.codes import Code, code_list
from schemas.period import parse_period

MART = "office_assessment"
USAGE = "office_usage"
_PLACES = 6


def assessed(sources: Sources, row: Row) -> Node:
    """One side of an office's month, or the weighted mean of all as they are published."""
    usage = sources.gold(USAGE, {"period": row["period"]})
    own = next(one for one in usage if one["office"] == row["office"])
    end = parse_period(row["period"]).end
    sides = [code for code in code_list("usage_dimension") if code.valid_on(end)]
    made = {code.code: _score(code, own, usage) for code in sides}
    known = tuple(Node("mart", f"处室使用情况 {one['office']} {one['period']}", facts=_raw(one, sides)) for one in usage)
    if row["dimension"] == "total":
        return _total(row, own, sides, made, known)
    side = next(code for code in sides if code.code == row["dimension"])
    worst, best = _ends(side, usage)
    claims = {
        "raw": own[f"raw_{side.code}"], "worst": worst, "best": best, "weight": Decimal(side.extra["weight"]),
        "full": Decimal(side.extra["full"]), "full_by_rule": not _is_assessed(own, side),
    }  # fmt: skip
    told = tuple(compared("value", name, row[name], value) for name, value in claims.items())
    return compared("figure", _title(row), row["score"], rounded_to(made[side.code], _PLACES), children=(*told, *known))


def _total(row: Row, own: Row, sides: Sequence[Code], made: dict[str, Fraction], known: tuple[Node, ...]) -> Node:
    weights = {code.code: Fraction(code.extra["weight"]) for code in sides}
    whole = sum((Fraction(rounded_to(made[name], _PLACES)) * weight for name, weight in weights.items()), Fraction(0))
    mean = whole / sum(weights.values())
    told = compared("value", "full_by_rule", row["full_by_rule"], not any(_is_assessed(own, side) for side in sides))
    return compared("figure", _title(row), row["score"], rounded_to(mean, _PLACES), children=(told, *known))


def _score(side: Code, own: Row, usage: Sequence[Row]) -> Fraction:
    base, full = Fraction(side.extra["base"]), Fraction(side.extra["full"])
    if not _is_assessed(own, side):
        return full
    worst, best = _ends(side, usage)
    raw = Fraction(own[f"raw_{side.code}"])
    if worst is None or best is None or worst == best:
        way = Fraction(raw != 0)
    else:
        way = (raw - Fraction(worst)) / (Fraction(best) - Fraction(worst))
    return base + min(max(way, Fraction(0)), Fraction(1)) * (full - base)


def _ends(side: Code, usage: Sequence[Row]) -> tuple[Decimal | None, Decimal | None]:
    """The worst and the best: as declared, else of the offices assessed that month."""
    raw = [one[f"raw_{side.code}"] for one in usage if _is_assessed(one, side)]
    given = (side.extra["unacceptable"], side.extra["satisfactory"])
    found = (min(raw, default=None), max(raw, default=None))
    worst, best = (Decimal(text) if text else value for text, value in zip(given, found, strict=True))
    return worst, best


def _is_assessed(office: Row, side: Code) -> bool:
    return bool(office["has_module"]) and office[f"raw_{side.code}"] is not None


def _raw(office: Row, sides: Sequence[Code]) -> dict[str, Decimal | None]:
    return {side.name: office[f"raw_{side.code}"] for side in sides}


def _title(row: Row) -> str:
    return f"{row['title']} {row['office']} {row['period']}"
