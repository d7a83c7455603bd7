"""The monitored figures: formulas over statement items and measures, for units as reported and for all above them as summed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.figures import NODE, column, comparable, groups, summed, terms
from jobs.formula import VALUE, Formula, parse
from jobs.inputs import Parameters, values
from jobs.spans import reached, spans
from schemas.delivered import Indicator
from schemas.freeze import digest, plain
from schemas.period import parse_period

_COUNTS = ("expected", "received", "late", "excluded")
_COMPARED = ("comparable_value", "comparable_previous", "comparable_growth")
_ROLLED_MATURITY = """
    CASE WHEN max(maturity = '未到期') THEN '未到期' WHEN max(expected AND NOT received) THEN '迟报'
         WHEN max(maturity = '暂定') THEN '暂定' ELSE '确定' END"""
_GROWTH = f"""
    CASE WHEN comparable_previous > 0 THEN CAST(round(CAST(comparable_value - comparable_previous AS DECIMAL(24,6))
         / CAST(comparable_previous AS DECIMAL(24,6)), 8) AS {VALUE}) END"""


def indicator_value(
    statement: DataFrame, measure: DataFrame, enterprise_tree: DataFrame, submission_coverage: DataFrame, parameters: Parameters
) -> DataFrame:  # fmt: skip
    """One row an indicator, unit (or `jg:` supervisor), period and scope of which an input is known (a measure, where it reads
    any); `aggregate` is the sum over the closure. Coverage is that of the statement, or of the first form, that the formula reads.
    """
    filed = terms(parameters, statement, measure)
    tree = groups(enterprise_tree, parameters)
    own = filed.where("scope IN ('single', 'consolidated')").select(*NODE, "name", "value")
    pairs = comparable(filed, tree, parameters).withColumnRenamed("value", "common")
    known = own.unionByName(summed(filed, tree)).join(pairs, [*NODE, "name"], "left")
    computed = _computed(known.join(F.broadcast(_taken(statement, parameters)), ["every", "name"]), _shapes(parameters))
    covered = computed.join(_covered(submission_coverage, tree, parameters), [*NODE, "form"], "left")
    described = F.broadcast(_described(statement, parameters))
    return covered.withColumn("comparable_growth", F.expr(_GROWTH)).join(described, ["indicator_id", "formula_version", "period"]).select(
        "indicator_id", *NODE[1:], "title", "unit_name", "value", "unit", *_COMPARED, *_COUNTS, "maturity", "formula",
        "formula_version", "vintage", "direction", "owner", "grade",
    )  # fmt: skip


def _taken(like: DataFrame, parameters: Parameters) -> DataFrame:
    """What each indicator takes: its inputs by name and by place in its formula. `telling`: one of them known makes it known."""
    measured = {m.id for m in parameters.measures}
    shapes = {shape: n for n, shape in enumerate(_shapes(parameters))}

    def inputs(one: Indicator) -> Iterator[tuple[Any, ...]]:
        formula = parse(one.formula)
        telling = [name for name in formula.inputs if name in measured] or formula.inputs
        told = (one.id, _version(one), _leading(one, parameters), shapes[formula.shape], one.growth)
        for place, name in enumerate(formula.inputs):
            yield one.every, column(one, name, measured), place, name in telling, *told

    kinds = {"every": "text", "name": "text", "place": "integer", "telling": "boolean", "indicator_id": "text",
             "formula_version": "text", "form": "text", "shape": "integer", "grows": "boolean"}  # fmt: skip
    return values(like, kinds, [row for one in parameters.indicators for row in inputs(one)])


def _shapes(parameters: Parameters) -> list[Formula]:
    """The different formulas there are when what they read is named by its place."""
    return list(dict.fromkeys(parse(one.formula).shape for one in parameters.indicators))


def _computed(taken: DataFrame, shapes: Sequence[Formula]) -> DataFrame:
    """One row a node and indicator: its inputs side by side, put into the formula of its shape."""
    beside = taken.groupBy(*NODE, "indicator_id", "formula_version", "form", "shape", "grows")
    known = beside.agg(F.bool_or("telling").alias("known"), *(
        F.expr(f"map_from_entries(collect_list(struct(concat('_', place), {of}))) AS {of}") for of in ("value", "common", "before")
    )).where("known")  # fmt: skip

    def over(of: str) -> str:
        cases = " ".join(f"WHEN {n} THEN {shape.sql(partial('{}[{!r}]'.format, of))}" for n, shape in enumerate(shapes))
        return f"CASE shape {cases} END"

    grown = {"comparable_value": "common", "comparable_previous": "before"}
    return known.selectExpr(
        *NODE, "indicator_id", "formula_version", "form", f"{over('value')} AS value",
        *(f"CASE WHEN grows THEN {over(of)} END AS {name}" for name, of in grown.items()),
    )  # fmt: skip


def _version(indicator: Indicator) -> str:
    return digest(plain(indicator))[:12]


def _leading(indicator: Indicator, parameters: Parameters) -> str:
    """The form whose coverage stands beside an indicator: the statement its items are of, else its first measure's form."""
    forms = {m.id: m.form for m in parameters.measures}
    items = [name for name in indicator.names if name not in forms]
    return next(iter(parameters.statements(indicator.statement)), "") if items else forms[indicator.names[0]]


def _covered(coverage: DataFrame, tree: DataFrame, parameters: Parameters) -> DataFrame:
    """Of each form, unit and scope, and of groups over the single reports below them."""
    scoped = coverage.withColumn("scope", F.expr("coalesce(nullif(scope, ''), 'single')")).withColumnRenamed("period", "own")
    whole = scoped.join(F.broadcast(spans(coverage, parameters)), "own").drop("own")
    own = whole.select(*NODE, "form", "unit_name", *(F.col(c).cast("int").cast("bigint").alias(c) for c in _COUNTS), "maturity")
    single = whole.where("scope = 'single'").drop("scope", "unit_name")
    rolled = (
        tree.join(single, ["every", "period", "unit_id"])
        .groupBy("every", F.col("ancestor_id").alias("unit_id"), "period", "form")
        .agg(F.first("ancestor_name").alias("unit_name"), *(F.expr(f"count_if({c})").alias(c) for c in _COUNTS),
             F.expr(_ROLLED_MATURITY).alias("maturity"))
        .withColumn("scope", F.lit("aggregate"))
    )  # fmt: skip
    return own.unionByName(rolled.select(own.columns))


def _described(like: DataFrame, parameters: Parameters) -> DataFrame:
    """What is declared of each indicator, for the periods it is in force at the end of."""

    def holds(indicator: Indicator, period: str) -> bool:
        end = parse_period(period).end
        return indicator.valid_from <= end and (indicator.valid_to is None or end < indicator.valid_to)

    found = sorted({(kind, str(whole)) for _, kind, whole in reached(parameters)})
    columns = ("indicator_id", "formula_version", "period", "title", "unit", "formula", "vintage", "direction", "owner", "grade")
    rows = [
        (i.id, _version(i), p, i.title, i.unit, i.formula, i.vintage, i.direction, i.owner, i.grade)
        for i in parameters.indicators for kind, p in found if i.every == kind and holds(i, p)
    ]  # fmt: skip
    return values(like, dict.fromkeys(columns, "text"), rows)
