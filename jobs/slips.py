"""The kinds of slip that need the lake: a factor of 10⁴, a sheet sent again, a column of zeros, a unit nobody registered."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.contract import Form, Rule

PLACE = ("unit_id", "period", "scope", "_row", "_source", "_cells", "_batch", "_submission")
_NONE = "CAST(NULL AS STRING)"


def registered(records: DataFrame, registry: DataFrame, rule: Rule) -> DataFrame:
    """Records of units that the registry does not know at period end; a registry without any record then says nothing."""
    known = registry.select("unit_id", "period")
    missing = records.join(known, ["unit_id", "period"], "left_anti").join(known.select("period").distinct(), "period", "left_semi")
    return found(missing, rule, f"'{rule.parameters['column']}'", "unit_id")


def off_by_factor(name: str, rule: Rule) -> str:
    """SQL: NULL unless an amount is off by a factor from every comparator that is filed and not zero, of which there is one."""
    against: list[str] = rule.parameters["against"]
    low, high = rule.parameters["band"]
    seen = f"abs(r.`{name}`)"

    def near(big: str, small: str) -> str:
        return " OR ".join(f"{big} BETWEEN {small} * ({f} * {low}BD) AND {small} * ({f} * {high}BD)" for f in rule.parameters["factors"])

    compared = [f"nullif(abs({other}.`{name}`), 0)" for other in against]
    off = " AND ".join(f"({c} IS NULL OR {near(seen, c)} OR {near(c, seen)})" for c in compared)
    previous = f"coalesce({', '.join(f'nullif({other}.`{name}`, 0)' for other in against)})"
    batch = f"coalesce({', '.join(f'{other}.`_batch`' for other in against)})"
    shown = shows(rule, name, "NULL", previous, batch)
    return f"CASE WHEN r.`{name}` <> 0 AND {previous} IS NOT NULL AND {off} THEN {shown} END"


def whole_sheet(form: Form, rule: Rule) -> str:
    """SQL: NULL unless all figures are those of the period before, enough of them not zero. The finding is of the whole sheet."""
    names = [c.name for c in form.columns if c.measure in rule.parameters["measures"]]
    mine, its = (f"array({', '.join(f'CAST({alias}.`{n}` AS DECIMAL(28,8))' for n in names)})" for alias in ("r", "previous"))
    filled = f"size(filter({mine}, v -> v <> 0))"
    shown = _shown(rule, "", filled, "NULL", "NULL", "previous.`_batch`")
    return f"CASE WHEN {mine} <=> {its} AND {filled} >= {int(rule.parameters['least'])} THEN {shown} END"


def shows(rule: Rule, column: str, expected: str, previous: str, batch: str) -> str:
    """SQL of what a finding of one cell shows; the figures as text."""
    return _shown(rule, column, f"r.`{column}`", expected, previous, batch)


def _shown(rule: Rule, column: str, seen: str, expected: str, previous: str, batch: str) -> str:
    texts = "".join(f", '{k}', CAST({v} AS STRING)" for k, v in (("seen", seen), ("expected", expected), ("previous", previous)))
    return f"named_struct('rule_id', '{rule.id}', 'column', '{column}'{texts}, '_other_batch', CAST({batch} AS BIGINT))"


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
    return found(records.join(F.broadcast(suspect), ["period", "scope"]), rule, "column", "'0'")


def found(records: DataFrame, rule: Rule, column: str, seen: str) -> DataFrame:
    """A finding of each record that has no other record beside it."""
    return records.selectExpr(
        *PLACE, "declared_unit", "CAST(0 AS BIGINT) AS _other_batch", f"'{rule.id}' AS rule_id", f"{column} AS column",
        f"{seen} AS seen", f"{_NONE} AS expected", f"{_NONE} AS previous",
    )  # fmt: skip
