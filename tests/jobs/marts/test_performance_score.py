"""功效系数法: the published examples, each band edge, both directions, the special cases, the blocks, the total and its grade."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from jobs.efficacy import STANDARDS, band, modifying, position, standard_of
from jobs.inputs import values
from jobs.marts.performance_score import performance_score
from schemas.codes import Code, code_list
from schemas.load import form
from tests.jobs.marts.small import gold, parameters, records, shown

ROE = ("14.6", "6.0", "-0.5", "-10.2", "-23.6")
RISING = ("10", "8", "6", "4", "2")
FALLING = ("2", "4", "6", "8", "10")
FLAT = ("10", "6", "6", "6", "2")


def _placed(spark: SparkSession, cases: Sequence[tuple[str, Sequence[str]]]) -> DataFrame:
    kinds = {"nth": "integer", "value": "figure", **dict.fromkeys(STANDARDS, "ratio")}
    rows = [(n, Decimal(v), *(Decimal(s) for s in five)) for n, (v, five) in enumerate(cases)]
    frame = values(spark.range(1), kinds, rows).selectExpr("*", f"{band('value', 'excellent < poor')} AS number")
    frame = frame.selectExpr("*", f"{standard_of('number')} AS own", f"{standard_of('number - 1')} AS next")
    return frame.selectExpr("*", f"{position('value', 'number', 'own', 'next')} AS place")


def _scores(spark: SparkSession, cases: Sequence[tuple[str, Sequence[str], int]]) -> list[Decimal]:
    made = _placed(spark, [(v, five) for v, five, _ in cases]).orderBy("nth").select("place").collect()
    return [(row.place * weight).quantize(Decimal("0.01")) for row, (_, _, weight) in zip(made, cases, strict=True)]


def test_the_published_examples_come_out_to_the_cent(spark: SparkSession) -> None:
    """Only the first is published with its standards; those of the others are chosen here so that the published score follows."""
    examples = [
        ("6.35", ROE, 30),  # 24 + 0.35/8.6 × 6
        ("6.66", ("12", "9", "6.7", "4.3", "0"), 12),  # 4.8 + 2.36/2.4 × 2.4
        ("0.48", ("1.2", "0.7", "0.4", "0.2", "0.1"), 9),  # 5.4 + 0.08/0.3 × 1.8
        ("2.21", ("2.7", "0.9", "0.6", "0.4", "0.2"), 9),  # 7.2 + 1.31/1.8 × 1.8
        ("3.17", ("3.59", "1.59", "1", "0.5", "0"), 10),  # 8 + 1.58/2 × 2
    ]
    assert _scores(spark, examples) == [Decimal(s) for s in ("24.24", "7.16", "5.88", "8.51", "9.58")]


@pytest.mark.parametrize("five", [RISING, FALLING], ids=["larger is better", "smaller is better"])
def test_a_figure_at_a_standard_has_the_coefficient_of_its_band(spark: SparkSession, five: tuple[str, ...]) -> None:
    beyond, below = ("11", "1") if five is RISING else ("1", "11")
    made = _scores(spark, [(v, five, 100) for v in (beyond, *five, below)])
    assert made == [100, 100, 80, 60, 40, 20, 0]


def test_between_two_standards_a_figure_has_its_share_of_the_step_in_both_directions(spark: SparkSession) -> None:
    assert _scores(spark, [("7", RISING, 100), ("4.5", RISING, 100), ("5", FALLING, 100), ("7.5", FALLING, 100)]) == [70, 45, 70, 45]


def test_a_band_of_zero_width_does_not_divide_and_counts_as_the_better(spark: SparkSession) -> None:
    assert _scores(spark, [(v, FLAT, 100) for v in ("6", "8", "5", "2")]) == [80, 90, 35, 20]
    assert _scores(spark, [(v, ("3",) * 5, 100) for v in ("3", "2.9")]) == [100, 0]


def test_without_figure_or_standard_there_is_no_place(spark: SparkSession) -> None:
    frame = values(spark.range(1), {"value": "figure", **dict.fromkeys(STANDARDS, "ratio")}, [
        (None, *map(Decimal, RISING)), (Decimal(9), None, *map(Decimal, RISING[1:])),
    ]).selectExpr("*", f"{band('value', 'excellent < poor')} AS number")  # fmt: skip
    assert shown(frame, "number", "average") == {(None, 6.0)}


def test_a_modifying_coefficient_adds_the_place_and_takes_off_the_blocks_own_share(spark: SparkSession) -> None:
    sql = modifying("CAST(p AS DECIMAL(18,14))", "n", "CAST(a AS DECIMAL(18,14))")
    made = spark.sql(f"SELECT {sql} AS c FROM VALUES (1, 1, 0.9), (0.75, 2, 0.9), (0, 6, 0.9) AS t(p, n, a)")
    assert sorted(float(r.c) for r in made.collect()) == [0.1, 0.85, 1.3]


_NUMBERS = st.decimals(-100, 100, places=4)
_FIVE = st.lists(_NUMBERS, min_size=5, max_size=5).map(sorted).filter(lambda five: five[0] != five[-1])


def _by_hand(value: Decimal, five: Sequence[Decimal]) -> Decimal:
    """The place among standards from 优秀 to 较差, from the published text: base of the band, plus efficacy × the step to the next base."""
    sign = 1 if five[0] > five[-1] else -1
    bases = [Decimal(n) / 5 for n in (5, 4, 3, 2, 1)]
    nth = next((n for n, standard in enumerate(five) if sign * value >= sign * standard), None)
    if nth is None or nth == 0:
        return Decimal(nth is not None)
    return bases[nth] + (value - five[nth]) / (five[nth - 1] - five[nth]) * (bases[nth - 1] - bases[nth])


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.lists(_NUMBERS, min_size=4, max_size=4), _FIVE, st.booleans()), min_size=60, max_size=60))
def test_places_are_bounded_monotone_and_as_calculated_by_hand(
    spark: SparkSession, drawn: list[tuple[list[Decimal], list[Decimal], bool]]
) -> None:
    """Figures on and between the standards, both directions; the standards of one case may coincide."""
    cases = [
        (value, five if falling else five[::-1])
        for figures, five, falling in drawn for value in sorted({*figures, *five}, reverse=falling)
    ]  # fmt: skip
    made = [row.place for row in _placed(spark, [(str(v), [str(s) for s in five]) for v, five in cases]).orderBy("nth").collect()]
    for (value, five), place in zip(cases, made, strict=True):
        assert 0 <= place <= 1 and abs(place - _by_hand(value, five)) < Decimal("1e-12")
    for one, two in itertools.pairwise(zip(cases, made, strict=True)):
        assert one[0][1] is not two[0][1] or one[1] <= two[1]


def _code(code: str, **extra: Any) -> Code:
    return Code(code, extra.pop("name", code), date(2006, 10, 12), None, {k: str(v) for k, v in extra.items()})


def _weight(code: str, block: str, role: str, weight: int, **signs: str) -> Code:
    return _code(code, block=block, role=role, weight=weight, **{"top": "", "bottom": "", **signs})


def _standard(indicator: str, *five: Any, industry: str = "*", size: str = "*", unit: str = "次") -> Code:
    named = dict(zip(STANDARDS, five, strict=True))
    return _code(f"{indicator}/{industry}/{size}", indicator=indicator, industry=industry, size=size, unit=unit, vintage="试", **named)


# Two blocks of 60 and 40: in the first 40 + 20 and one modifying indicator, in the second one each.
LISTS = {
    "performance_block": (_code("a", name="甲", least=0.7, most=1.3), _code("b", name="乙", least=0.7, most=1.3)),
    "performance_weight": (
        _weight("a1", "a", "basic", 40), _weight("a2", "a", "basic", 20),
        _weight("a3", "a", "modifying", 60, top="cfo_ytd", bottom="net_profit_ytd"),
        _weight("b1", "b", "basic", 40), _weight("b2", "b", "modifying", 40, bottom="assets_closing"),
    ),
    "performance_standard": (
        *(_standard(i, 10, 8, 6, 4, 2) for i in ("a1", "a2", "a3")), _standard("b1", 45, 55, 65, 80, 90, unit="%"),
        _standard("a1", 20, 16, 12, 8, 4, industry="06-46"), _standard("a1", 40, 32, 24, 16, 8, industry="06-46", size="大型"),
    ),
    "performance_special": (
        _code("x1", name="现金为正、净利润为负", indicator="a3", top="+", bottom="-", at_least="", coefficient=1.1),
        _code("x2", name="均为负", indicator="a3", top="-", bottom="-", at_least="", coefficient=0.8),
        _code("x3", name="达到100%", indicator="b1", top="", bottom="", at_least=1, coefficient=0),
    ),
    "performance_grade": tuple(_code(c, at_least=n) for c, n in {"A": 85, "B": 70, "C": 50, "D": 40, "E": 0}.items()),
}  # fmt: skip
GOOD = {"a1": 8, "a2": 8, "a3": 8, "b1": "0.55", "b2": 1}


def _scored(
    spark: SparkSession, figures: dict[str, dict[str, Any]], signs: dict[str, Any] | None = None, period: str = "2024", **unit: Any
) -> DataFrame:
    tree = [{"unit_id": u, "ancestor_id": u, "depth": 0, "industry": "5101", "valid_from": date(2020, 1, 1), **unit} for u in figures]
    above = [{"unit_id": u, "ancestor_id": "jg:sasac", "depth": 1, "is_supervisor": True, "valid_from": date(2020, 1, 1)} for u in figures]
    head = {"period": period, "unit_name": "名", "expected": 1, "received": 1, "late": 0, "excluded": 0, "maturity": "确定"}
    given = [{**head, "unit_id": u, "scope": "single", "indicator_id": i, "value": v} for u, of in figures.items() for i, v in of.items()]
    city = [{**head, "unit_id": "jg:sasac", "scope": "aggregate", "indicator_id": "a1", "value": 1}]
    filed = [
        {"form": "f", "unit_id": u, "period": period, "scope": "single", "field": f, "value": v}
        for u in figures for f, v in {"assets_closing": {"A": 3, "B": 1}.get(u, 1), **(signs or {})}.items()
    ]  # fmt: skip
    sized = [{"unit_id": u, "valid_from": date(2020, 1, 1), "size_class": "大型"} for u in figures]
    codes = {**parameters().codes, **LISTS}
    return performance_score(
        gold(spark, "indicator_value", given + city if figures else []), gold(spark, "statement", filed),
        gold(spark, "enterprise_tree", [{"period": period, **row} for row in tree + above]),
        records(spark, form("enterprise_registry"), sized), replace(parameters(), codes=codes),
    )  # fmt: skip


def test_blocks_and_total_follow_from_the_indicators(spark: SparkSession) -> None:
    """All good: 32 of 40, 16 of 20, analysis 0.8, coefficient 1 + 0.8 − 0.8 = 1; block b: 32 × 1 (no standard for b2). Together 80: B."""
    made = _scored(spark, {"A": GOOD}).where("unit_id = 'A'").cache()
    assert shown(made.where("kind = 'indicator'"), "item_id", "band", "score", "coefficient") == {
        ("a1", "良好", 32.0, None), ("a2", "良好", 16.0, None), ("a3", "良好", None, 1.0), ("b1", "良好", 32.0, None),
        ("b2", None, None, 1.0),
    }  # fmt: skip
    assert shown(made.where("kind = 'block'"), "item_id", "title", "weight", "position", "coefficient", "score") == {
        ("a", "甲", 60, 0.8, 1.0, 48.0), ("b", "乙", 40, 0.8, 1.0, 32.0),
    }  # fmt: skip
    assert shown(made.where("kind = 'total'"), "score", "grade", "received", "maturity") == {(80.0, "B", 1, "确定")}


def test_special_cases_take_the_place_of_the_bands(spark: SparkSession) -> None:
    """Liabilities of all assets: nothing; cash from a loss: 1.1; neither: 0.8. Block a: 48 × 1.1 and 48 × 0.8."""
    losing = _scored(spark, {"A": {**GOOD, "b1": 1}}, {"cfo_ytd": 5, "net_profit_ytd": -1}).where("unit_id = 'A'").cache()
    assert shown(losing.where("item_id IN ('a3', 'b1')"), "item_id", "special", "score", "coefficient") == {
        ("a3", "现金为正、净利润为负", None, 1.1), ("b1", "达到100%", 0.0, None),
    }  # fmt: skip
    above = shown(losing.where("kind <> 'indicator'"), "item_id", "score", "grade")
    assert above == {("a", 52.8, None), ("b", 0.0, None), ("total", 52.8, "C")}
    both = _scored(spark, {"A": GOOD}, {"cfo_ytd": -5, "net_profit_ytd": -1}).where("item_id = 'a'")
    assert shown(both, "coefficient", "score") == {(0.8, 38.4)}


def test_coefficients_stay_within_their_bounds(spark: SparkSession) -> None:
    best = _scored(spark, {"A": {**GOOD, "a1": 2, "a2": 2, "a3": 10}}).where("item_id IN ('a', 'a3')")
    assert shown(best, "item_id", "coefficient", "score") == {("a3", 1.3, None), ("a", 1.3, 15.6)}
    worst = _scored(spark, {"A": {**GOOD, "a1": 10, "a2": 10, "a3": 1}}).where("item_id = 'a'")
    assert shown(worst, "coefficient", "score") == {(0.7, 42.0)}


def test_what_is_not_known_leaves_its_weight_to_the_others_and_a_block_of_nothing_has_no_score(spark: SparkSession) -> None:
    partly = _scored(spark, {"A": {k: v for k, v in GOOD.items() if k != "a2"}}).where("item_id IN ('a', 'a2')")
    assert shown(partly, "item_id", "score") == {("a", 48.0), ("a2", None)}
    none = _scored(spark, {"A": {k: v for k, v in GOOD.items() if k != "b1"}}).where("unit_id = 'A' AND item_id IN ('b', 'total')")
    assert shown(none, "item_id", "score", "coefficient", "grade") == {("b", None, None, None), ("total", None, None, None)}


def test_the_closest_standard_of_industry_and_size_judges(spark: SparkSession) -> None:
    made = _scored(spark, {"A": {**GOOD, "a1": 32}}, industry="1310").where("item_id = 'a1'")
    assert shown(made, "standard", "band", "band_standard", "next_standard") == {("a1/06-46/大型", "良好", 32.0, 40.0)}


def test_groups_and_supervisors_have_the_mean_weighted_by_assets(spark: SparkSession) -> None:
    """A: 80 with assets of 3; B: block a 12 of 60 (the worst bands; 12 × 0.999…→ 1 + 0.2 − 0.2 = 1), b 32: 44 with 1. (240 + 44) / 4."""
    made = _scored(spark, {"A": GOOD, "B": {**GOOD, "a1": 2, "a2": 2, "a3": 2}}).where("kind = 'total'")
    assert shown(made, "unit_id", "scope", "score", "grade") == {
        ("A", "single", 80.0, "B"), ("B", "single", 44.0, "D"), ("jg:sasac", "aggregate", 71.0, "B"),
    }  # fmt: skip


def test_only_a_whole_year_is_scored_and_before_the_system_began_nothing(spark: SparkSession) -> None:
    assert _scored(spark, {"A": GOOD}, period="2024-12").where("kind = 'total' AND scope = 'single'").count() == 1
    assert _scored(spark, {"A": GOOD}, period="2024-11").count() == 0
    assert _scored(spark, {"A": GOOD}, period="2005").where("scope = 'single'").count() == 0
    assert _scored(spark, {}).count() == 0


def test_every_declared_standard_falls_or_rises_and_every_weight_is_of_its_block() -> None:
    for code in code_list("performance_standard"):
        five = [Decimal(code.extra[name]) for name in STANDARDS]
        assert five in (sorted(five), sorted(five, reverse=True)) and five[0] != five[-1], code.code
    weights = code_list("performance_weight")
    blocks = {b.code: [sum(int(w.extra["weight"]) for w in weights if w.extra["block"] == b.code and w.extra["role"] == role)
                       for role in ("basic", "modifying")] for b in code_list("performance_block")}  # fmt: skip
    assert blocks == {"profit": [34, 34], "quality": [22, 22], "risk": [22, 22], "growth": [22, 22]}
    named = {c.extra["indicator"] for name in ("performance_standard", "performance_special") for c in code_list(name)}
    assert named <= {w.code for w in weights}
