"""功效系数法: where a figure stands among five standards, as Spark SQL. Written once, for scores and for modifying coefficients.

Sources: 国务院国资委令第14号, 国资发评价〔2006〕157号. Bands and their coefficients: 优秀 1.0, 良好 0.8, 平均 0.6, 较低 0.4, 较差 0.2,
below 0. A figure in a band stands at the band's coefficient plus 0.2 × efficacy, efficacy being its share of the way from the
band's standard to the next better one. Times the weight that is `weight × coefficient + efficacy × (next base − base)`.
"""

from __future__ import annotations

STANDARDS = ("excellent", "good", "average", "low", "poor")
BANDS = ("优秀", "良好", "平均", "较低", "较差", "较差以下")
_STEP = "0.2"
_TIGHT = "DECIMAL(18,8)"
POSITION = "DECIMAL(18,14)"


def band(value: str, falling: str) -> str:
    """SQL of the number of the best band reached: 1 (优秀) … 5 (较差), 6 below; NULL without a figure or any of the standards.

    `falling`: SQL of whether smaller is better; the standards then rise from 优秀 to 较差. A band of zero width is never
    the one a figure lies inside, because the better of two equal standards is found first.
    """
    reached = " ".join(f"WHEN {_better(value, name, falling)} THEN {nth}" for nth, name in enumerate(STANDARDS, 1))
    known = " AND ".join(f"{name} IS NOT NULL" for name in (value, *STANDARDS))
    return f"CASE WHEN NOT ({known}) THEN NULL {reached} ELSE 6 END"


def standard_of(number: str) -> str:
    """SQL of the standard of a band by its number; NULL for a band without one: below 较差, better than 优秀."""
    return f"CASE {number} " + " ".join(f"WHEN {nth} THEN {name}" for nth, name in enumerate(STANDARDS, 1)) + " END"


def position(value: str, number: str, own: str, better: str) -> str:
    """SQL of where a figure stands, 0 to 1: `own` and `better` are the standards of its band and of the next better one."""
    share = f"(CAST({value} AS {_TIGHT}) - {own}) / nullif(CAST({better} - {own} AS {_TIGHT}), 0)"
    inside = f"CAST(1.2 - {_STEP} * {number} + {_STEP} * CAST({share} AS {POSITION}) AS {POSITION})"
    return f"CASE WHEN {number} = 1 THEN 1 WHEN {number} = 6 THEN 0 WHEN {number} IS NOT NULL THEN {inside} END"


def modifying(place: str, number: str, analysis: str) -> str:
    """SQL of a modifying indicator's coefficient, before its bounds: 1.0 + position − analysis coefficient; at 优秀 0.2 more."""
    return f"1.0 + {place} + CASE WHEN {number} = 1 THEN {_STEP} ELSE 0 END - {analysis}"


def _better(value: str, standard: str, falling: str) -> str:
    return f"CASE WHEN {falling} THEN {value} <= {standard} ELSE {value} >= {standard} END"
