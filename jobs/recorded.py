"""What marts of records share: one record a key, the maturity of its entry, who stands above its unit, workdays, quotients."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import accumulate

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.formula import parse
from jobs.inputs import spark_type, values
from schemas.calendar import is_workday
from schemas.load import mart as load_mart
from schemas.period import parse_period

# The published holidays (chinesecalendar) begin here.
_FIRST = date(2004, 1, 1)


def newest(records: DataFrame, *key: str, before: str = "false") -> DataFrame:
    """Of records that share a key (a form that adds up may be sent twice), the one that came last; those that are `before` go first."""
    order = Window.partitionBy(*key).orderBy(F.expr(before).desc(), F.desc("_batch"), F.desc("_row"))
    return records.withColumn("_nth", F.row_number().over(order)).where("_nth = 1").drop("_nth")


def with_maturity(records: DataFrame, entry: DataFrame, form: str) -> DataFrame:
    """Adds `maturity` of the record's entry: 暂定 while questions about it are open, then 确定."""
    states = entry.where(F.col("form") == form).select(F.col("batch").alias("_batch"), "unit_id", "period", "scope", "state")
    standing = states.where("state IN ('in force', 'to explain')").distinct()
    joined = records.join(F.broadcast(standing), ["_batch", "unit_id", "period", "scope"], "left")
    return joined.withColumn("maturity", F.expr("CASE state WHEN 'to explain' THEN '暂定' ELSE '确定' END")).drop("state")


def places(tree: DataFrame) -> DataFrame:
    """One row a period and unit: its registered name, supervisor, head of its group, and `above`: itself and all it is managed by."""
    own = tree.where("NOT is_supervisor")
    return own.groupBy("period", "unit_id").agg(
        F.collect_set("ancestor_id").alias("above"), F.expr("max_by(ancestor_id, depth)").alias("top_unit"),
        F.first("unit_name").alias("registered_name"), F.first("supervisor").alias("supervisor"),
    )  # fmt: skip


def deciding(tree: DataFrame, decision: DataFrame) -> DataFrame:
    """`places` with `files_decisions`: whether the unit or any above it ever filed one; else a missing one says nothing."""
    filers = decision.select(F.col("unit_id").alias("filer")).distinct()
    known = places(tree)
    filed = known.select("period", "unit_id", F.explode("above").alias("filer")).join(F.broadcast(filers), "filer", "left_semi")
    return known.join(filed.groupBy("period", "unit_id").agg(F.lit(True).alias("files_decisions")), ["period", "unit_id"], "left")


def standing(debt_risk: DataFrame) -> DataFrame:
    """Net assets and debt ratio of a unit and month: of a group those of its consolidated statement, else its own."""
    own = debt_risk.where("scope IN ('single', 'consolidated')").groupBy("unit_id", "period")
    return own.agg(*(F.expr(f"max_by({c}, scope = 'consolidated')").alias(c) for c in ("net_assets", "debt_ratio")))


def workdays(like: DataFrame, periods: Iterable[str]) -> DataFrame:
    """One row a day that has entries: `period` as text and whether people work then, by the published holidays."""
    days: list[tuple[str, date]] = [(text, parse_period(text).end) for text in periods]
    return values(like, {"period": "text", "works": "boolean"}, [(text, is_workday(day)) for text, day in days])


def with_workdays(frame: DataFrame, as_of: date) -> DataFrame:
    """Adds `workday_no`, what `workdays_between` counts by: how many workdays there were up to each day from 2004 to a year ahead."""
    days = range((as_of - _FIRST).days + 366)
    numbers = list(accumulate(int(is_workday(_FIRST + timedelta(days=day))) for day in days))
    return frame.crossJoin(F.broadcast(values(frame, {"workday_no": "list"}, [(numbers,)])))


def workdays_between(start: str, end: str) -> str:
    """SQL of the workdays after `start` up to and with `end`; NULL where a day is missing or out of the calendar."""
    first, last = (f"get(workday_no, datediff({day}, DATE'{_FIRST}'))" for day in (start, end))
    return f"({last} - {first})"


def beyond(sql: str) -> str:
    """How far above zero, else 0; NULL stays NULL, which `greatest` would pass over."""
    return f"CASE WHEN {sql} > 0 THEN {sql} WHEN {sql} <= 0 THEN 0 END"


def quotient(formula: str, kind: str = "ratio") -> Column:
    """A formula over columns, divided once and rounded once; NULL where one is empty, the divisor zero or the answer absurd."""
    return F.expr(f"try_cast({parse(formula).sql(lambda name: f'`{name}`')} AS {spark_type(kind)})")


def declared(frame: DataFrame, mart: str) -> DataFrame:
    """The columns that the mart's declaration names, and no others, those with a formula computed by it, in the declared order."""
    columns = load_mart(mart).columns
    for column in columns:
        if column.formula:
            frame = frame.withColumn(column.name, quotient(column.formula, column.type))
    return frame.select(*(column.name for column in columns))
