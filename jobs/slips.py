"""The kinds of slip that need the lake: a factor of 10⁴, a sheet sent again, a column of zeros, a unit nobody registered."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.contract import Form, Rule

SHOWN = ("rule_id", "column", "seen", "expected", "previous")
_NUMBERS = ("amount", "quantity", "ratio", "integer")


def registered(records: DataFrame, registry: DataFrame, rule: Rule) -> DataFrame:
    """Records of units that the registry does not know at period end; a registry without any record then says nothing."""
    known = registry.select("unit_id", "period")
    missing = records.join(known, ["unit_id", "period"], "left_anti").join(known.select("period").distinct(), "period", "left_semi")
    return missing.withColumn("_other_batch", F.lit(0).cast("bigint")).selectExpr(
        "*", f"'{rule.id}' AS rule_id", f"'{rule.parameters['column']}' AS column", "unit_id AS seen",
        "CAST(NULL AS STRING) AS expected", "CAST(NULL AS STRING) AS previous",
    )  # fmt: skip


def scale(form: Form, records: DataFrame, against: Mapping[str, DataFrame], rule: Rule) -> DataFrame:
    """An amount that is off by a factor from every comparator that is filed and not zero, of which there is at least one."""
    joined = records.alias("r")
    for name, frame in against.items():
        other = frame.alias(name)
        joined = joined.join(other, [F.col(f"r.{k}") == F.col(f"{name}.{k}") for k in ("unit_id", "period", "scope")], "left")
    names = [c.name for c in form.columns if c.measure in rule.parameters["measures"] and c.type == "amount"]
    structs = ", ".join(_off_by_factor(name, list(against), rule) for name in names)
    batches = ", ".join(f"{name}._batch" for name in against)
    return joined.selectExpr("r.*", f"coalesce({batches}, 0) AS _other_batch", f"inline(filter(array({structs}), x -> x IS NOT NULL))")


def _off_by_factor(name: str, against: list[str], rule: Rule) -> str:
    low, high = rule.parameters["band"]
    seen = f"abs(r.`{name}`)"

    def near(big: str, small: str) -> str:
        return " OR ".join(f"{big} BETWEEN {small} * ({f} * {low}BD) AND {small} * ({f} * {high}BD)" for f in rule.parameters["factors"])

    compared = [f"nullif(abs({other}.`{name}`), 0)" for other in against]
    off = " AND ".join(f"({c} IS NULL OR {near(seen, c)} OR {near(c, seen)})" for c in compared)
    shown = f"coalesce({', '.join(f'nullif({other}.`{name}`, 0)' for other in against)})"
    return (
        f"CASE WHEN r.`{name}` <> 0 AND {shown} IS NOT NULL AND {off} THEN named_struct('rule_id', '{rule.id}', "
        f"'column', '{name}', 'seen', CAST(r.`{name}` AS STRING), 'expected', CAST(NULL AS STRING), "
        f"'previous', CAST({shown} AS STRING)) END"
    )


def copied(form: Form, pairs: DataFrame, rule: Rule) -> DataFrame:
    """Records whose figures are all those of the period before, enough of them not zero. The finding is of the whole sheet."""
    names = [c.name for c in form.columns if c.measure in rule.parameters["measures"]]
    same = " AND ".join(f"r.`{n}` <=> p.`{n}`" for n in names)
    filled = " + ".join(f"CAST(coalesce(r.`{n}` <> 0, false) AS INT)" for n in names)
    found = pairs.where(f"{same} AND ({filled}) >= {int(rule.parameters['least'])}")
    return found.selectExpr(
        "r.*", "p._batch AS _other_batch", f"'{rule.id}' AS rule_id", "'' AS column", f"CAST({filled} AS STRING) AS seen",
        "CAST(NULL AS STRING) AS expected", "CAST(NULL AS STRING) AS previous",
    )  # fmt: skip


def zero_column(form: Form, records: DataFrame, rule: Rule) -> DataFrame:
    """Every record of a period (and scope) in which a column is zero for all filers, while in another period it is for none."""
    names = [c.name for c in form.columns if c.type in _NUMBERS and not c.key]
    counted = ", ".join(
        f"named_struct('column', '{n}', 'zeros', count_if(`{n}` = 0), 'filled', count(`{n}`))" for n in names
    )
    by_column = records.groupBy("period", "scope").agg(F.count("*").alias("filers"), F.expr(f"array({counted})").alias("each"))
    elsewhere = Window.partitionBy("scope", "column")
    enough = int(rule.parameters["filers"])
    suspect = (
        by_column.selectExpr("period", "scope", "filers", "inline(each)")
        .withColumn("lively", F.expr("zeros = 0 AND filled = filers").cast("int"))
        .withColumn("lively_periods", F.sum("lively").over(elsewhere))
        .where(f"zeros = filers AND filers >= {enough} AND lively_periods > 0")
        .select("period", "scope", "column")
    )
    return records.join(suspect, ["period", "scope"]).selectExpr(
        "*", "CAST(0 AS BIGINT) AS _other_batch", f"'{rule.id}' AS rule_id", "'0' AS seen",
        "CAST(NULL AS STRING) AS expected", "CAST(NULL AS STRING) AS previous",
    )  # fmt: skip


def valid_on(dated: DataFrame, days: DataFrame) -> DataFrame:
    """Dated records under each period (`days`: at, period_end): the last that began by then, unless it had ended."""
    known = dated.drop("period", "scope").join(F.broadcast(days), F.expr("valid_from <= period_end"))
    newest = Window.partitionBy("at", "unit_id").orderBy(F.desc("valid_from"), F.desc("_batch"), F.desc("_row"))
    kept = known.withColumn("nth", F.row_number().over(newest)).where("nth = 1 AND (valid_to IS NULL OR valid_to > period_end)")
    return kept.drop("nth").withColumnRenamed("at", "period")
