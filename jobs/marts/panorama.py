"""全景: every domain's totals for the city, each supervisor and each group, with how complete the reports behind them are."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.coverage import COUNTS, MATURITY, WITHIN
from jobs.dated import TREE_PERIOD
from jobs.inputs import Parameters, united, values
from jobs.panorama_figures import FIGURES, Figures
from jobs.recorded import declared

_FIGURE = "DECIMAL(28,8)"
_NODE = ("unit_id", "period")


def panorama(
    enterprise_tree: DataFrame, submission_coverage: DataFrame, indicator_value: DataFrame, performance_score: DataFrame,
    parameters: Parameters, **marts: DataFrame,
) -> DataFrame:  # fmt: skip
    """One row a group or supervisor, period and figure. Figures of records are sums over the units managed at the period's
    end (an event counts in its month); indicators and the performance score are those of scope `aggregate`.
    """
    nodes = _nodes(enterprise_tree)
    own = enterprise_tree.where("depth = 0")
    parts = [_long(figures, own if figures.mart == "enterprise_tree" else marts[figures.mart]) for figures in FIGURES]
    filed = united(parts)
    summed = nodes.join(filed, ["period", "member"]).groupBy(*_NODE, "unit_name", "figure").agg(F.sum("value").alias("value"))
    titled = summed.join(F.broadcast(_titles(summed)), "figure")
    covered = titled.join(_covered(submission_coverage, nodes, parameters), ["domain", *_NODE], "left").withColumns(
        {**{c: F.expr(f"coalesce({c}, 0L)") for c in COUNTS}, "maturity": F.expr("coalesce(maturity, '确定')")}
    )
    indicators = indicator_value.where("scope = 'aggregate' AND value IS NOT NULL").withColumns(
        {"domain": F.lit("监测指标"), "figure": F.col("indicator_id")}
    )
    scores = performance_score.where("scope = 'aggregate' AND kind = 'total' AND score IS NOT NULL").withColumns(
        {"domain": F.lit("综合绩效"), "figure": F.lit("performance_score"), "value": F.col("score").cast(_FIGURE), "unit": F.lit("分")}
    )
    columns = ("domain", "figure", *_NODE, "unit_name", "title", "value", "unit", *COUNTS, "maturity")
    every = (frame.select(*columns) for frame in (covered, indicators, scores))
    return declared(united(every), "panorama")


def _nodes(tree: DataFrame) -> DataFrame:
    """Groups and supervisors with every unit they manage."""
    heads = tree.groupBy("period", "ancestor_id").agg(F.count("*").alias("units"), F.max("is_supervisor").alias("above"))
    inside = tree.join(heads.where("units > 1 OR above").select("period", "ancestor_id"), ["period", "ancestor_id"])
    return inside.selectExpr("period", "ancestor_id AS unit_id", "ancestor_name AS unit_name", "unit_id AS member")


def _long(figures: Figures, frame: DataFrame) -> DataFrame:
    kept = frame.where(figures.where) if figures.where else frame
    counted = kept.withColumn("period", F.expr(TREE_PERIOD)).groupBy("period", F.col("unit_id").alias("member")).agg(
        *(F.expr(f"CAST({one.total} AS {_FIGURE})").alias(one.id) for one in figures.each)
    )
    structs = ", ".join(f"named_struct('figure', '{one.id}', 'value', {one.id})" for one in figures.each)
    return counted.selectExpr("period", "member", f"inline(array({structs}))")


def _titles(like: DataFrame) -> DataFrame:
    rows = [(one.id, figures.domain, one.title, one.unit) for figures in FIGURES for one in figures.each]
    return values(like, dict.fromkeys(("figure", "domain", "title", "unit"), "text"), rows)


def _covered(coverage: DataFrame, nodes: DataFrame, parameters: Parameters) -> DataFrame:
    """Counts of the reports of all forms of a domain, by node and period."""
    rows = [(form.name, form.domain, form.calendar.reporters == "none") for form in parameters.forms.values()]
    forms = values(coverage, {"form": "text", "domain": "text", "unasked": "boolean"}, rows)
    known = coverage.where("scope NOT IN ('consolidated', 'difference')").join(F.broadcast(forms), "form")
    reports = known.withColumn("expected", F.expr("expected OR (unasked AND received)"))
    within = reports.selectExpr("unit_id AS member", "domain", *COUNTS, "maturity", WITHIN)
    return nodes.join(within, ["period", "member"]).groupBy("domain", *_NODE).agg(
        *(F.expr(f"count_if({c})").alias(c) for c in COUNTS), F.expr(MATURITY).alias("maturity")
    )
