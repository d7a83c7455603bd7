"""The panorama: totals of every domain for groups, supervisors and the city."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.marts.panorama import panorama
from jobs.panorama_figures import FIGURES
from schemas.load import mart
from tests.jobs.marts.small import gold, parameters, shown

Rows = list[dict[str, Any]]


def _made(spark: SparkSession, **given: Rows) -> DataFrame:
    """G heads A below the city; B stands alone below the city."""
    ways = {"G": ["G", "jg:sasac"], "A": ["A", "G", "jg:sasac"], "B": ["B", "jg:sasac"]}
    tree = [
        {"period": p, "unit_id": u, "ancestor_id": a, "ancestor_name": f"{a}名", "depth": d, "is_supervisor": a.startswith("jg"),
         "function_class": "公益类" if u == "B" else "商业一类", "status": "正常"}
        for p in ("2024-03", "2024Q1") for u, way in ways.items() for d, a in enumerate(way)
    ]  # fmt: skip
    names = mart("panorama").inputs
    marts = {n: gold(spark, n, given.get(n, [])) for n in names if n not in ("enterprise_tree", "parameters")}
    known = parameters(listed={"party_organisation": [], "accountability_case": []})
    return panorama(enterprise_tree=gold(spark, "enterprise_tree", tree), parameters=known, **marts)


def test_units_are_counted_by_class_at_every_level(spark: SparkSession) -> None:
    made = _made(spark).where("period = '2024-03' AND domain = '组织' AND figure IN ('units', 'units_class_1', 'units_public')")
    assert shown(made, "unit_id", "unit_name", "figure", "title", "value", "unit") == {
        ("G", "G名", "units", "户数", 2.0, "户"), ("G", "G名", "units_class_1", "商业一类户数", 2.0, "户"),
        ("G", "G名", "units_public", "公益类户数", 0.0, "户"),
        ("jg:sasac", "jg:sasac名", "units", "户数", 3.0, "户"), ("jg:sasac", "jg:sasac名", "units_class_1", "商业一类户数", 2.0, "户"),
        ("jg:sasac", "jg:sasac名", "units_public", "公益类户数", 1.0, "户"),
    }  # fmt: skip


def test_records_are_added_in_their_period_events_in_their_month(spark: SparkSession) -> None:
    sizes = (("A", 10, True), ("A", 5, False), ("B", 7, None))
    organisations = [{"unit_id": u, "period": "2024Q1", "members": m, "term_over": t} for u, m, t in sizes]
    clues = [{"unit_id": "A", "period": f"2024-03-0{d}", "closed": d == 1, "loss": d} for d in (1, 2)]
    came = [{"form": "party_organisation", "unit_id": u, "period": "2024Q1", "scope": "", "expected": False, "received": True,
             "late": u == "B", "excluded": False, "maturity": "暂定"} for u in "AB"]  # fmt: skip
    made = _made(spark, party_building=organisations, accountability=clues, submission_coverage=came).cache()
    party = made.where("figure IN ('party_organisations', 'party_members', 'party_terms_over')")
    assert shown(party, "unit_id", "period", "figure", "value", "expected", "late", "maturity") == {
        ("G", "2024Q1", "party_organisations", 2.0, 1, 0, "暂定"), ("G", "2024Q1", "party_members", 15.0, 1, 0, "暂定"),
        ("G", "2024Q1", "party_terms_over", 1.0, 1, 0, "暂定"), ("jg:sasac", "2024Q1", "party_organisations", 3.0, 2, 1, "暂定"),
        ("jg:sasac", "2024Q1", "party_members", 22.0, 2, 1, "暂定"), ("jg:sasac", "2024Q1", "party_terms_over", 1.0, 2, 1, "暂定"),
    }  # fmt: skip
    pursued = made.where("unit_id = 'G' AND figure IN ('clues', 'clues_open', 'clue_loss')")
    assert shown(pursued, "period", "figure", "value") == {
        ("2024-03", "clues", 2.0), ("2024-03", "clues_open", 1.0), ("2024-03", "clue_loss", 3.0),
    }  # fmt: skip


def test_indicators_and_scores_are_those_of_the_roll_up(spark: SparkSession) -> None:
    counts = {"expected": 2, "received": 2, "late": 0, "excluded": 0, "maturity": "确定"}
    head = {"unit_id": "G", "period": "2024-03", "unit_name": "G名", **counts}
    figures = [{**head, "indicator_id": "debt_ratio", "title": "资产负债率", "unit": "%", "scope": s, "value": v}
               for s, v in (("aggregate", "0.5"), ("single", "0.9"))]  # fmt: skip
    scores = [{**head, "period": "2023", "scope": "aggregate", "kind": "total", "title": "得分", "score": 71}]
    made = _made(spark, indicator_value=figures, performance_score=scores).where("domain IN ('监测指标', '综合绩效')")
    assert shown(made, "unit_id", "period", "figure", "value", "unit", "received") == {
        ("G", "2024-03", "debt_ratio", 0.5, "%", 2), ("G", "2023", "performance_score", 71.0, "分", 2),
    }  # fmt: skip


def test_every_mart_that_is_added_up_is_an_input_and_no_figure_is_named_twice() -> None:
    assert {figures.mart for figures in FIGURES} <= set(mart("panorama").inputs)
    named = [one.id for figures in FIGURES for one in figures.each]
    assert len(named) == len(set(named))
