"""What holds on a day: dated records (the registry, lists) at a period's end, and declared parameters."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.inputs import Parameters
from schemas.codes import Code

# SQL over a column `period`: its last day; and the period whose tree places it (an event's month).
PERIOD_END = """CASE length(period) WHEN 4 THEN make_date(CAST(period AS INT), 12, 31) WHEN 10 THEN CAST(period AS DATE)
    WHEN 6 THEN last_day(make_date(CAST(left(period, 4) AS INT), 3 * CAST(right(period, 1) AS INT), 1))
    ELSE last_day(CAST(concat(period, '-01') AS DATE)) END"""
TREE_PERIOD = "CASE length(period) WHEN 10 THEN left(period, 7) ELSE period END"


def valid_on(dated: DataFrame, days: DataFrame, own_key: Sequence[str] = ()) -> DataFrame:
    """Dated records under each period (`days`: at, period_end): the last that began by then, unless it had ended.

    One a unit, or one for each value of the form's own key.
    """
    known = dated.drop("period", "scope").join(F.broadcast(days), F.expr("valid_from <= period_end"))
    newest = Window.partitionBy("at", "unit_id", *own_key).orderBy(F.desc("valid_from"), F.desc("_batch"), F.desc("_row"))
    kept = known.withColumn("nth", F.row_number().over(newest)).where("nth = 1 AND (valid_to IS NULL OR valid_to > period_end)")
    return kept.drop("nth").withColumnRenamed("at", "period")


def parameter(parameters: Parameters, name: str, day: str, kind: str = "DECIMAL(28,8)") -> str:
    """SQL of a parameter of `mart_parameter` in force on a day; a supervisor's own (`<name>@<supervisor>`) precedes the common one.

    Rows need a column `supervisor`. Raises KeyError where nobody declared the parameter.
    """
    rows = _declared(parameters, name)
    cases = []
    for row in sorted(rows, key=lambda r: r.code == name):
        tests = [f"{day} >= DATE'{row.valid_from}'"]
        tests += [f"{day} < DATE'{row.valid_to}'"] if row.valid_to else []
        tests += [f"supervisor = '{row.code.partition('@')[2]}'"] if row.code != name else []
        cases.append(f"WHEN {' AND '.join(tests)} THEN CAST({row.extra['value']} AS {kind})")
    return f"CASE {' '.join(cases)} END"


def largest(parameters: Parameters, name: str) -> int:
    """The largest value a parameter ever had: a bound for windows, whose frames must be constant."""
    return max(int(code.extra["value"]) for code in _declared(parameters, name))


def _declared(parameters: Parameters, name: str) -> list[Code]:
    found = [code for code in parameters.codes["mart_parameter"] if code.code.partition("@")[0] == name]
    if not found:
        raise KeyError(f"代码表 mart_parameter 里没有参数“{name}”")
    return found
