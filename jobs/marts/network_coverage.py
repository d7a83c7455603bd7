"""The one network: who is connected at which level, whose systems are assessed in time, which events were answered in time."""

from __future__ import annotations

from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.coverage import beside
from jobs.dated import PERIOD_END, TREE_PERIOD, parameter
from jobs.inputs import Parameters
from jobs.recorded import declared, newest, places, quotient

_FORMS = ("network_access", "network_system", "network_event")
_PLACE = ("unit_id", "period", "scope")
_SUMS = ("nodes", "connected", "terminals", "systems", "interfaces", "auto", "online", "domestic")
_GRADES = {"二级": "protection_months_2", "三级": "protection_months_3", "四级": "protection_months_4"}


def network_coverage(
    network_access: DataFrame, network_system: DataFrame, network_event: DataFrame, enterprise_tree: DataFrame,
    submission_coverage: DataFrame, parameters: Parameters, as_of: date,
) -> DataFrame:  # fmt: skip
    """`kind` access: one row a unit, group or supervisor, month and level of nodes ('*': all); system: a system and quarter;
    event: an event, counted to today while it is open.
    """
    named = places(enterprise_tree).select("period", "unit_id", "registered_name", "supervisor")
    frames = (_access(network_access, enterprise_tree), _systems(network_system, named, parameters), _events(network_event, named, as_of))
    every = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), frames)
    covered = beside(every, submission_coverage, enterprise_tree, [parameters.forms[name] for name in _FORMS])
    return declared(covered, "network_coverage")


def _access(network_access: DataFrame, tree: DataFrame) -> DataFrame:
    known = newest(network_access, "unit_id", "period", "node_id").withColumn("level", F.explode(F.expr("array(node_level, '*')")))
    on = "status = '已接入'"
    counted = known.groupBy("unit_id", "period", "level").agg(
        F.count("*").alias("nodes"), F.expr(f"count_if({on})").alias("connected"),
        *(F.expr(f"sum(CASE WHEN {on} THEN {c} END)").alias(c) for c in ("terminals", "systems", "interfaces")),
        *(F.expr(f"sum(CASE WHEN {on} THEN {c}_rate END)").alias(c) for c in ("auto", "online", "domestic")),
    )  # fmt: skip
    filed = tree.join(known.select("period").distinct(), "period", "left_semi")
    heads = filed.groupBy("period", "ancestor_id").agg(F.count("*").alias("units"), F.max("is_supervisor").alias("above"))
    inside = filed.join(heads.where("units > 1 OR above"), ["period", "ancestor_id"]).select("period", "ancestor_id", "unit_id", "units")
    summed = inside.join(counted, ["period", "unit_id"]).groupBy("period", "level", F.col("ancestor_id").alias("unit_id"), "units").agg(
        *(F.sum(c).alias(c) for c in _SUMS), F.expr("count_if(connected > 0)").alias("units_connected")
    )
    one = {"units": F.lit(1), "units_connected": F.expr("CAST(connected > 0 AS INT)"), "scope": F.lit("single")}
    every = counted.withColumns(one).unionByName(summed.withColumn("scope", F.lit("aggregate")))
    names = tree.select("period", F.col("ancestor_id").alias("unit_id"), F.col("ancestor_name").alias("unit_name")).distinct()
    rates = {f"{c}_rate": quotient(f"{c} / connected") for c in ("auto", "online", "domestic")}
    return every.join(F.broadcast(names), ["period", "unit_id"], "left").withColumns({
        "kind": F.lit("access"), "item": F.col("level"), "connect_rate": quotient("connected / nodes"),
        "unit_rate": quotient("units_connected / units"), **rates,
    })  # fmt: skip


def _systems(network_system: DataFrame, named: DataFrame, parameters: Parameters) -> DataFrame:
    known = newest(network_system, "unit_id", "period", "system_name").join(F.broadcast(named), ["period", "unit_id"], "left")
    months = " ".join(f"WHEN '{grade}' THEN {parameter(parameters, name, 'period_end', 'INT')}" for grade, name in _GRADES.items())
    steps = {
        "period_end": PERIOD_END, "kind": "'system'", "item": "system_name", "level": "grade", "unit_name": "registered_name",
        "expires_on": f"add_months(assessed_on, CASE grade {months} END)",
        "crypto_expires_on": f"add_months(crypto_assessed_on, {parameter(parameters, 'crypto_months', 'period_end', 'INT')})",
        "expired": "coalesce(expires_on < period_end, true)", "crypto_expired": "coalesce(crypto_expires_on < period_end, true)",
        "overdue_days": "CASE WHEN expires_on IS NOT NULL THEN greatest(datediff(period_end, expires_on), 0) END",
        "high_risks_open": "high_risks - coalesce(fixed, 0)",
    }  # fmt: skip
    return reduce(lambda frame, step: frame.withColumn(step[0], F.expr(step[1])), steps.items(), known).drop("systems")


def _events(network_event: DataFrame, named: DataFrame, as_of: date) -> DataFrame:
    known = newest(network_event, "unit_id", "period", "event_no").withColumn("month", F.expr(TREE_PERIOD))
    placed = known.join(F.broadcast(named.withColumnRenamed("period", "month")), ["month", "unit_id"], "left")
    steps = {
        "event_kind": "kind", "kind": "'event'", "item": "event_no", "level": "severity", "unit_name": "registered_name",
        "answered_on": "coalesce(closed, handled)", "due_on": "feedback_due", "drill": "is_drill",
        "in_time": f"CASE WHEN due_on IS NOT NULL THEN coalesce(answered_on, DATE'{as_of}') <= due_on END",
        "late_days": f"datediff(coalesce(answered_on, DATE'{as_of}'), due_on)",
        "overdue_days": "CASE WHEN drill THEN 0 WHEN late_days IS NOT NULL THEN greatest(late_days, 0) END",
        "open": "closed IS NULL",
    }  # fmt: skip
    return reduce(lambda frame, step: frame.withColumn(step[0], F.expr(step[1])), steps.items(), placed)
