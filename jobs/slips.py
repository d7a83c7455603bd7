"""The kinds of slip that need the lake: a factor of 10⁴, a sheet sent again, a column of zeros, a unit nobody registered."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.contract import Form, Rule

SHOWN = ("rule_id", "column", "seen", "expected", "previous")


def registered(records: DataFrame, registry: DataFrame, rule: Rule) -> DataFrame:
    """Records of units that the registry does not know at period end; a registry without any record then says nothing."""
    known = registry.select("unit_id", "period")
    missing = records.join(known, ["unit_id", "period"], "left_anti").join(known.select("period").distinct(), "period", "left_semi")
    return missing.withColumn("_other_batch", F.lit(0).cast("bigint")).selectExpr(
        "*", f"'{rule.id}' AS rule_id", f"'{rule.parameters['column']}' AS column", "unit_id AS seen",
        "CAST(NULL AS STRING) AS expected", "CAST(NULL AS STRING) AS previous",
    )  # fmt: skip


def off_by_factor(name: str, against: Sequence[str], rule: Rule) -> str:
    """SQL: NULL unless an amount is off by a factor from every comparator that is filed and not zero, of which there is one."""
    low, high = rule.parameters["band"]
    seen = f"abs(r.`{name}`)"

    def near(big: str, small: str) -> str:
        return " OR ".join(f"{big} BETWEEN {small} * ({f} * {low}BD) AND {small} * ({f} * {high}BD)" for f in rule.parameters["factors"])

    compared = [f"nullif(abs({other}.`{name}`), 0)" for other in against]
    off = " AND ".join(f"({c} IS NULL OR {near(seen, c)} OR {near(c, seen)})" for c in compared)
    shown = f"coalesce({', '.join(f'nullif({other}.`{name}`, 0)' for other in against)})"
    return f"CASE WHEN r.`{name}` <> 0 AND {shown} IS NOT NULL AND {off} THEN {shows(rule, name, 'NULL', shown)} END"


def shows(rule: Rule, column: str, expected: str, previous: str) -> str:
    """SQL of what a finding shows; the figures as text."""
    return (
        f"named_struct('rule_id', '{rule.id}', 'column', '{column}', 'seen', CAST(r.`{column}` AS STRING), "
        f"'expected', CAST({expected} AS STRING), 'previous', CAST({previous} AS STRING))"
    )


def copied(form: Form, pairs: DataFrame, rule: Rule) -> DataFrame:
    """Records whose figures are all those of the period before, enough of them not zero. The finding is of the whole sheet."""
    names = [c.name for c in form.columns if c.measure in rule.parameters["measures"]]
    mine, its = (f"array({', '.join(f'CAST({alias}.`{n}` AS DECIMAL(28,8))' for n in names)})" for alias in ("r", "p"))
    filled = f"size(filter({mine}, v -> v <> 0))"
    found = pairs.selectExpr("r.*", "p._batch AS _other_batch", f"{mine} <=> {its} AS same", f"{filled} AS filled")
    return found.where(f"same AND filled >= {int(rule.parameters['least'])}").selectExpr(
        "*", f"'{rule.id}' AS rule_id", "'' AS column", "CAST(filled AS STRING) AS seen", "CAST(NULL AS STRING) AS expected",
        "CAST(NULL AS STRING) AS previous",
    )  # fmt: skip


def zero_column(form: Form, records: DataFrame, statement: DataFrame, rule: Rule) -> DataFrame:
    """Every record of a period (and scope) in which a column is zero for all filers, while in another period it is for none."""
    filers = records.groupBy("period", "scope").agg(F.count("*").alias("filers"))
    counted = statement.where(F.col("form") == form.name).groupBy("period", "scope", F.col("field").alias("column"))
    by_column = counted.agg(F.expr("count_if(value = 0)").alias("zeros"), F.count("*").alias("filled"))
    elsewhere = Window.partitionBy("scope", "column")
    suspect = (
        by_column.join(F.broadcast(filers), ["period", "scope"])
        .withColumn("lively", F.max(F.expr("zeros = 0 AND filled = filers")).over(elsewhere))
        .where(f"zeros = filers AND filers >= {int(rule.parameters['filers'])} AND lively")
        .select("period", "scope", "column")
    )
    return records.join(F.broadcast(suspect), ["period", "scope"]).selectExpr(
        "*", "CAST(0 AS BIGINT) AS _other_batch", f"'{rule.id}' AS rule_id", "'0' AS seen",
        "CAST(NULL AS STRING) AS expected", "CAST(NULL AS STRING) AS previous",
    )  # fmt: skip


def valid_on(dated: DataFrame, days: DataFrame) -> DataFrame:
    """Dated records under each period (`days`: at, period_end): the last that began by then, unless it had ended."""
    known = dated.drop("period", "scope").join(F.broadcast(days), F.expr("valid_from <= period_end"))
    newest = Window.partitionBy("at", "unit_id").orderBy(F.desc("valid_from"), F.desc("_batch"), F.desc("_row"))
    kept = known.withColumn("nth", F.row_number().over(newest)).where("nth = 1 AND (valid_to IS NULL OR valid_to > period_end)")
    return kept.drop("nth").withColumnRenamed("at", "period")
