"""What indicators are computed from, as long rows: items of statements and measures, as filed, as summed over the tree, and
as comparable with a year ago. A row: every, unit_id, period, scope, name, value; `every` is the kind of the period.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters, values
from jobs.spans import reached, spans
from schemas.delivered import Indicator

NODE = ("every", "unit_id", "period", "scope")
_TERM = (*NODE, "name", "added", "value")
_SUM = "CAST(sum({0}) AS DECIMAL(28,8)) AS {0}"


def column(indicator: Indicator, name: str, measured: set[str]) -> str:
    """The name under which an input of an indicator stands in the rows: the same item may be in two statements."""
    return name if name in measured or indicator.statement == "month" else f"annual.{name}"


def terms(parameters: Parameters, statement: DataFrame, measure: DataFrame) -> DataFrame:
    """As filed. `added`: it counts in a sum over units (single statements and differences, and forms without scopes)."""
    measured = {m.id for m in parameters.measures}
    wanted = {column(i, name, measured) for i in parameters.indicators for name in i.names}
    prefixed = "CASE WHEN form IN ({annual}) THEN concat('annual.', field) ELSE field END"
    annual = ", ".join(map(repr, parameters.statements("year"))) or "''"
    kept = [*parameters.statements("month"), *parameters.statements("year")]
    filed = statement.where(F.col("form").isin(kept)).select(
        "unit_id", F.col("period").alias("own"), "scope", F.expr(prefixed.format(annual=annual)).alias("name"), "value",
        F.expr("scope IN ('single', 'difference')").alias("added"),
    )  # fmt: skip
    scoped = [m.id for m in parameters.measures if "scope" in parameters.source(m.form).by_name]
    told = measure.select(
        "unit_id", F.col("period").alias("own"), "scope", F.col("measure_id").alias("name"), "value",
        (~F.col("measure_id").isin(scoped) | F.col("scope").isin("single", "difference")).alias("added"),
    )  # fmt: skip
    named = filed.unionByName(told).where(F.col("name").isin(sorted(wanted)))
    return named.join(F.broadcast(spans(statement, parameters)), "own").select(*_TERM)


def groups(tree: DataFrame, parameters: Parameters) -> DataFrame:
    """The tree of every ancestor that is more than one unit, groups and supervisors, under each period that ends with its own."""
    heads = tree.groupBy("period", "ancestor_id").agg(F.count("*").alias("units"), F.max("is_supervisor").alias("above"))
    below = tree.select("period", "ancestor_id", "ancestor_name", "unit_id").join(
        heads.where("units > 1 OR above").select("period", "ancestor_id"), ["period", "ancestor_id"]
    )
    placed = below.withColumnRenamed("period", "own").join(F.broadcast(spans(tree, parameters)), "own").drop("own")
    return placed.dropDuplicates(["every", "period", "ancestor_id", "unit_id"])


def summed(filed: DataFrame, tree: DataFrame) -> DataFrame:
    """Of groups, supervisors and the city: Σ over the units below at period end."""
    parts = filed.where("added").drop("scope")
    rolled = tree.join(parts, ["every", "period", "unit_id"]).groupBy("every", F.col("ancestor_id").alias("unit_id"), "period", "name")
    return rolled.agg(F.expr(_SUM.format("value"))).withColumn("scope", F.lit("aggregate")).select(*NODE, "name", "value")


def comparable(filed: DataFrame, tree: DataFrame, parameters: Parameters) -> DataFrame:
    """`value` now and `before` a year ago of the figures that grow, of units (and groups of units) that have both.

    A group is compared over the units below it at both periods' ends.
    """
    measured = {m.id for m in parameters.measures}
    growing = sorted({column(i, name, measured) for i in parameters.indicators if i.growth for name in i.names})
    wanted = filed.where(F.col("name").isin(growing))
    back = F.broadcast(_years(filed, parameters))
    own = _paired(wanted.where("scope IN ('single', 'consolidated')").select(*NODE, "name", "value"), [*NODE, "name"], back)
    units = wanted.where("added").groupBy("every", "unit_id", "period", "name").agg(F.expr(_SUM.format("value")))
    both = _paired(units, ["every", "unit_id", "period", "name"], back)
    place = ["every", "ancestor_id", "unit_id"]
    then = tree.select(*place, F.col("period").alias("year_ago")).join(back, "year_ago")
    stayed = tree.select(*place, "period").join(then.drop("year_ago"), [*place, "period"])
    rolled = stayed.join(both, ["every", "unit_id", "period"]).groupBy("every", F.col("ancestor_id").alias("unit_id"), "period", "name")
    sums = rolled.agg(F.expr(_SUM.format("value")), F.expr(_SUM.format("before"))).withColumn("scope", F.lit("aggregate"))
    return own.unionByName(sums.select(own.columns))


def _paired(frame: DataFrame, key: list[str], back: DataFrame) -> DataFrame:
    earlier = frame.withColumnsRenamed({"period": "year_ago", "value": "before"}).join(back, "year_ago").drop("year_ago")
    return frame.join(earlier, key)


def _years(like: DataFrame, parameters: Parameters) -> DataFrame:
    """Period → the same a year ago."""
    ends = sorted({whole for _, _, whole in reached(parameters)})
    return values(like, {"period": "text", "year_ago": "text"}, [(str(p), str(p.year_ago())) for p in ends])
