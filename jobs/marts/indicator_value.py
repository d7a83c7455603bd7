"""The monitored figures: formulas over statement items, for units as reported and for groups, supervisors and the city as summed."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.formula import parse
from jobs.inputs import Parameters, values
from schemas.contract import Indicator
from schemas.freeze import digest, plain
from schemas.period import parse_period

_NODE = ("unit_id", "period", "scope")
_COUNTS = ("expected", "received", "late", "excluded")
_ROLLED_MATURITY = """
    CASE WHEN max(maturity = '未到期') THEN '未到期' WHEN max(expected AND NOT received) THEN '迟报'
         WHEN max(maturity = '暂定') THEN '暂定' ELSE '确定' END"""


def indicator_value(
    statement: DataFrame, enterprise_tree: DataFrame, submission_coverage: DataFrame, parameters: Parameters
) -> DataFrame:
    """One row an indicator, unit (or `jg:` supervisor), period and scope; `aggregate` is Σ single + Σ difference of the closure."""
    forms = list(parameters.forms_by_month())
    inputs = sorted({name for indicator in parameters.indicators for name in parse(indicator.formula).inputs})
    filed = statement.where(F.col("form").isin(forms) & F.col("field").isin(inputs))
    wide = filed.groupBy(*_NODE).agg(*(F.expr(f"max(CASE WHEN field = '{n}' THEN value END)").alias(n) for n in inputs))
    tree = _groups(enterprise_tree)
    nodes = wide.where("scope IN ('single', 'consolidated')").unionByName(_summed(wide, tree, inputs))
    coverage = submission_coverage.where(F.col("form").isin(forms))
    covered = nodes.join(_own(coverage).unionByName(_rolled(coverage, tree)), list(_NODE), "left")
    computed = covered.selectExpr(*_NODE, "unit_name", *_COUNTS, "maturity", f"inline(array({_structs(parameters)}))")
    described = F.broadcast(_described(statement, parameters))
    return computed.join(described, ["indicator_id", "period"]).select(
        "indicator_id", *_NODE, "title", "unit_name", "value", "unit", *_COUNTS, "maturity", "formula", "formula_version",
        "vintage", "direction", "owner", "grade",
    )  # fmt: skip


def _groups(tree: DataFrame) -> DataFrame:
    """The tree of every ancestor that is more than one unit: groups and supervisors."""
    heads = tree.groupBy("period", "ancestor_id").agg(F.count("*").alias("units"), F.max("is_supervisor").alias("above"))
    return tree.select("period", "ancestor_id", "ancestor_name", "unit_id").join(
        heads.where("units > 1 OR above").select("period", "ancestor_id"), ["period", "ancestor_id"]
    )


def _summed(wide: DataFrame, tree: DataFrame, inputs: list[str]) -> DataFrame:
    parts = wide.where("scope IN ('single', 'difference')").drop("scope")
    sums = [F.expr(f"CAST(sum({n}) AS DECIMAL(28,8))").alias(n) for n in inputs]
    return (
        tree.join(parts, ["period", "unit_id"])
        .groupBy(F.col("ancestor_id").alias("unit_id"), "period")
        .agg(*sums)
        .select("unit_id", "period", F.lit("aggregate").alias("scope"), *inputs)
    )


def _own(coverage: DataFrame) -> DataFrame:
    return coverage.select(*_NODE, "unit_name", *(F.col(c).cast("int").cast("bigint").alias(c) for c in _COUNTS), "maturity")


def _rolled(coverage: DataFrame, tree: DataFrame) -> DataFrame:
    """Coverage of a group: the single statements of its closure."""
    single = coverage.where("scope = 'single'").drop("scope", "unit_name")
    return (
        tree.join(single, ["period", "unit_id"])
        .groupBy(F.col("ancestor_id").alias("unit_id"), "period")
        .agg(F.first("ancestor_name").alias("unit_name"), *(F.expr(f"count_if({c})").alias(c) for c in _COUNTS),
             F.expr(_ROLLED_MATURITY).alias("maturity"))
        .select("unit_id", "period", F.lit("aggregate").alias("scope"), "unit_name", *_COUNTS, "maturity")
    )  # fmt: skip


def _structs(parameters: Parameters) -> str:
    return ", ".join(
        f"named_struct('indicator_id', '{i.id}', 'value', {parse(i.formula).sql(lambda name: f'`{name}`')})"
        for i in parameters.indicators
    )


def _described(like: DataFrame, parameters: Parameters) -> DataFrame:
    """What is declared of each indicator, for the periods it is in force at the end of."""

    def holds(indicator: Indicator, period: str) -> bool:
        end = parse_period(period).end
        return indicator.valid_from <= end and (indicator.valid_to is None or end < indicator.valid_to)

    periods = sorted({p for form in parameters.forms_by_month() for p in parameters.periods.get(form, ())})
    columns = ("indicator_id", "period", "title", "unit", "formula", "formula_version", "vintage", "direction", "owner", "grade")
    rows = [
        (i.id, p, i.title, i.unit, i.formula, digest(plain(i))[:12], i.vintage, i.direction, i.owner, i.grade)
        for i in parameters.indicators for p in periods if holds(i, p)
    ]  # fmt: skip
    return values(like, dict.fromkeys(columns, "text"), rows)
