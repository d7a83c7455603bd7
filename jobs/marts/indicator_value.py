"""The monitored figures: formulas over statement items and measures, for units as reported and for all above them as summed."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.figures import NODE, column, comparable, groups, summed, terms
from jobs.formula import VALUE, parse
from jobs.inputs import Parameters, values
from jobs.spans import reached, spans
from schemas.contract import Indicator
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
    nodes = _maps(own.unionByName(summed(filed, tree)), inputs="value")
    pairs = _maps(comparable(filed, tree, parameters), common="value", before="before")
    computed = nodes.join(pairs, list(NODE), "left").selectExpr(*NODE, f"inline(array({_structs(parameters)}))").where("known")
    covered = computed.join(_covered(submission_coverage, tree, parameters), [*NODE, "form"], "left")
    described = F.broadcast(_described(statement, parameters))
    return covered.withColumn("comparable_growth", F.expr(_GROWTH)).join(described, ["indicator_id", "formula_version", "period"]).select(
        "indicator_id", *NODE[1:], "title", "unit_name", "value", "unit", *_COMPARED, *_COUNTS, "maturity", "formula",
        "formula_version", "vintage", "direction", "owner", "grade",
    )  # fmt: skip


def _maps(long: DataFrame, **named: str) -> DataFrame:
    """One row a node: maps of name → value."""
    entries = [F.expr(f"map_from_entries(collect_list(struct(name, {of}))) AS {name}") for name, of in named.items()]
    return long.groupBy(*NODE).agg(*entries)


def _structs(parameters: Parameters) -> str:
    measured = {m.id for m in parameters.measures}

    def over(indicator: Indicator, values: str) -> Callable[[str], str]:
        return lambda name: f"{values}['{column(indicator, name, measured)}']"

    def struct(indicator: Indicator) -> str:
        formula, kind = parse(indicator.formula), f"every = '{indicator.every}'"
        telling = [name for name in formula.inputs if name in measured] or formula.inputs
        names = ", ".join(f"'{column(indicator, name, measured)}'" for name in telling)
        grows = {c: formula.sql(over(indicator, m)) if indicator.growth else f"CAST(NULL AS {VALUE})"
                 for c, m in (("comparable_value", "common"), ("comparable_previous", "before"))}  # fmt: skip
        return (
            f"named_struct('indicator_id', '{indicator.id}', 'formula_version', '{_version(indicator)}', "
            f"'form', '{_leading(indicator, parameters)}', "
            f"'known', {kind} AND arrays_overlap(map_keys(inputs), array({names})), 'value', {formula.sql(over(indicator, 'inputs'))}, "
            + ", ".join(f"'{name}', {sql}" for name, sql in grows.items()) + ")"
        )  # fmt: skip

    return ", ".join(struct(i) for i in parameters.indicators)


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
