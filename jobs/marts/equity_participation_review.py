"""Minority holdings of every half-year: long without dividend, long at a loss, not operating, and what is done about it."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.dated import PERIOD_END, parameter
from jobs.inputs import Parameters
from jobs.recorded import declared, newest, places, quotient, with_maturity

_KEY = ("unit_id", "period", "target")
_REASONS = """array_join(array_compact(array(
    CASE WHEN long_without_dividend THEN '长期未分红' END, CASE WHEN long_at_loss THEN '长期亏损' END,
    CASE WHEN not_operating THEN '非持续经营' END)), '；')"""


def equity_participation_review(
    equity_participation: DataFrame, enterprise_tree: DataFrame, entry: DataFrame, parameters: Parameters
) -> DataFrame:
    """One row a holding and half-year; years as reported, held against the dated lines of 国资发改革规〔2023〕41号."""
    known = with_maturity(newest(equity_participation, *_KEY), entry, "equity_participation")
    named = known.join(F.broadcast(places(enterprise_tree)), ["period", "unit_id"], "left").withColumn("period_end", F.expr(PERIOD_END))
    steps = {
        "unit_name": "coalesce(registered_name, unit_name)",
        "long_without_dividend": f"no_dividend_years >= {parameter(parameters, 'dividend_years', 'period_end', 'INT')}",
        "long_at_loss": f"loss_years >= {parameter(parameters, 'loss_years', 'period_end', 'INT')}",
        "not_operating": "status NOT IN ('正常', '筹建')",
        "exit_reasons": _REASONS, "should_exit": "exit_reasons <> ''", "unhandled": "should_exit AND exit_plan = '保留'",
        "gain": "book - cost",
    }  # fmt: skip
    made = named
    for name, sql in steps.items():
        made = made.withColumn(name, F.expr(sql))
    return declared(made.withColumn("dividend_yield", quotient("dividend / cost")), "equity_participation_review")
