"""The kinds of slip that need the lake: a factor of 10⁴, a sheet sent again, a column of zeros, a unit nobody registered."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from expectations.relations import Probe
from expectations.slips import NUMBERS, figure_columns
from schemas.contract import Form, Rule

PLACE = ("unit_id", "period", "scope", "_row", "_source", "_cells", "_batch", "_submission")
_NONE = "CAST(NULL AS STRING)"


def registered(records: DataFrame, registry: DataFrame, rule: Rule) -> DataFrame:
    """Records of units that the registry does not know at period end; a registry without any record then says nothing."""
    known = registry.select("unit_id", "period")
    missing = records.join(known, ["unit_id", "period"], "left_anti").join(known.select("period").distinct(), "period", "left_semi")
    return found(missing, rule, f"'{rule.parameters['column']}'", "unit_id")


def shown(probe: Probe) -> str:
    """SQL of what a finding shows, the figures as text: NULL unless the check is broken."""
    told = (("seen", probe.seen), ("expected", probe.expected), ("previous", probe.previous))
    texts = "".join(f", '{name}', CAST({value} AS STRING)" for name, value in told)
    made = f"named_struct('rule_id', '{probe.rule.id}', 'column', '{probe.column}'{texts}, '_other_batch', CAST({probe.batch} AS BIGINT))"
    return f"CASE WHEN {probe.broken} THEN {made} END"


def zero_column(form: Form, records: DataFrame, place: DataFrame, rule: Rule) -> DataFrame:
    """Every record of a period (and scope) in which a column is zero for all filers, while at that time of another year it is for none.

    The same month or quarter, since some figures move at set times of the year only.
    """
    names = figure_columns(form, rule, NUMBERS)
    cells = ", ".join(f"named_struct('column', '{name}', 'value', CAST(`{name}` AS DECIMAL(28,8)))" for name in names)
    counted = records.selectExpr("period", "scope", f"inline(array({cells}))").groupBy("period", "scope", "column")
    by_column = counted.agg(F.count("*").alias("filers"), F.expr("count_if(value = 0)").alias("zeros"), F.count("value").alias("filled"))
    elsewhere = Window.partitionBy("scope", "column", F.expr("substring(period, 5)"))
    suspect = (
        by_column.withColumn("lively", F.max(F.expr("zeros = 0 AND filled = filers")).over(elsewhere))
        .where(f"zeros = filers AND filers >= {int(rule.parameters['filers'])} AND lively")
        .select("period", "scope", "column")
    )
    return found(place.join(F.broadcast(suspect), ["period", "scope"]), rule, "column", "'0'")


def found(records: DataFrame, rule: Rule, column: str, seen: str) -> DataFrame:
    """A finding of each record that has no other record beside it."""
    return records.selectExpr(
        *PLACE, "declared_unit", "CAST(0 AS BIGINT) AS _other_batch", f"'{rule.id}' AS rule_id", f"{column} AS column",
        f"{seen} AS seen", f"{_NONE} AS expected", f"{_NONE} AS previous",
    )  # fmt: skip
