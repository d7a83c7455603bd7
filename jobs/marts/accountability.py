"""Clues of unlawful operation and investment: where they stand, what is overdue, the loss and its class by the dated lines."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.dated import TREE_PERIOD, parameter
from jobs.inputs import Parameters
from jobs.recorded import declared, newest, places, with_maturity

_KEY = ("unit_id", "period", "clue_no")
_CLOSED = "closed_on IS NOT NULL OR stage IN ('办结', '移送', '不予追究')"


def accountability(
    accountability_case: DataFrame, accountability_case_line: DataFrame, enterprise_tree: DataFrame, entry: DataFrame,
    parameters: Parameters, as_of: date,
) -> DataFrame:  # fmt: skip
    """One row a clue. What is open is counted to today; what is closed, to the day it was closed.

    Overdue is the deadline of the stage the clue is in: 初核, then 立项核查, then 整改. Loss = direct + indirect.
    """
    cases = with_maturity(newest(accountability_case, *_KEY), entry, "accountability_case").withColumn("month", F.expr(TREE_PERIOD))
    placed = places(enterprise_tree).withColumnRenamed("period", "month")
    known = cases.join(F.broadcast(placed), ["month", "unit_id"], "left").join(_persons(accountability_case_line), list(_KEY), "left")
    larger, major = (parameter(parameters, name, "received_on") for name in ("loss_larger", "loss_major"))
    steps = {
        "unit_name": "registered_name", "today": f"DATE'{as_of}'", "closed": _CLOSED,
        "until": "CASE WHEN closed THEN closed_on ELSE today END",
        "days_open": "datediff(until, received_on)",
        "due_on": "CASE stage WHEN '初核' THEN first_due WHEN '立项核查' THEN inquiry_due WHEN '整改' THEN remedy_due END",
        "settled": "closed OR stage = '整改' AND remedied_on IS NOT NULL",
        "overdue_days": "CASE WHEN settled THEN 0 WHEN due_on IS NOT NULL THEN greatest(datediff(today, due_on), 0) END",
        "overdue_what": "CASE WHEN overdue_days > 0 THEN stage END",
        "loss": "CASE WHEN coalesce(loss_direct, loss_indirect) IS NOT NULL THEN coalesce(loss_direct, 0) + coalesce(loss_indirect, 0) END",
        "line_class": f"CASE WHEN loss >= {major} THEN '重大' WHEN loss >= {larger} THEN '较大' WHEN loss < {larger} THEN '一般' END",
        "class_differs": "coalesce(loss_class <> line_class, false)", "net_loss": "loss - coalesce(recovered, 0)",
        **{name: f"coalesce({name}, 0)" for name in ("persons", "treated", "banned", "pay_cut")},
    }  # fmt: skip
    made = known
    for name, sql in steps.items():
        made = made.withColumn(name, F.expr(sql))
    return declared(made, "accountability")


def _persons(lines: DataFrame) -> DataFrame:
    """Of a clue: persons held responsible, those treated, barred from office, and what was cut of their pay."""
    known = newest(lines, *_KEY, "line_no")
    return known.groupBy(*_KEY).agg(
        F.countDistinct("person_ref").alias("persons"),
        F.expr("count(DISTINCT CASE WHEN treatment IS NOT NULL THEN person_ref END)").alias("treated"),
        F.expr("count(DISTINCT CASE WHEN ban THEN person_ref END)").alias("banned"), F.sum("pay_cut").alias("pay_cut"),
    )  # fmt: skip
