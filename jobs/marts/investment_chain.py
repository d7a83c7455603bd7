"""An investment project from plan to review, each quarter: dates, amounts, the state of every link, the first that is broken."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.dated import parameter
from jobs.inputs import Parameters
from jobs.links import broken, states
from jobs.recorded import deciding, declared, newest, standing, with_maturity

_PLANNED = ("main_class", "kind", "total", "plan_year", "banned", "special", "topic_id")
_END = """CASE WHEN length(period) = 6 THEN last_day(make_date(CAST(year AS INT), 3 * CAST(substr(period, 6, 1) AS INT), 1))
               ELSE make_date(CAST(year AS INT), 12, 31) END"""
_MINE = """filter(concat(coalesce(by_project, array()), coalesce(by_topic, array())), d -> d.decided_on <= period_end
                  AND (d.by_unit = unit_id OR array_contains(above, d.by_unit)))"""
_SUM = "aggregate(paid_then, CAST(0 AS DECIMAL(28,4)), (total, p) -> CAST(total + p.amount AS DECIMAL(28,4)))"


def investment_chain(
    investment_project: DataFrame, investment_plan: DataFrame, decision: DataFrame, large_payment: DataFrame,
    debt_risk: DataFrame, enterprise_tree: DataFrame, entry: DataFrame, parameters: Parameters,
) -> DataFrame:  # fmt: skip
    """One row a unit, project and quarter as known at its end; of a planned project without any report in its year, the year."""
    plan = newest(investment_plan, "unit_id", "period", "project_id", before="version = '年中调整'")
    reported = with_maturity(investment_project, entry, "investment_project").withColumn("year", F.substring("period", 1, 4))
    silent = with_maturity(plan.withColumn("year", F.col("period")), entry, "investment_plan").join(
        reported.select("unit_id", "year", "project_id").distinct(), ["unit_id", "year", "project_id"], "left_anti"
    ).select("unit_id", "unit_name", "period", "year", "project_id", "project_name", "maturity", "_batch", "_submission")  # fmt: skip
    rows = reported.unionByName(silent, True).withColumn("period_end", F.expr(_END))
    known = deciding(enterprise_tree, decision)
    known_of = standing(debt_risk)
    last_year = known_of.where("period LIKE '%-12'").selectExpr(
        "unit_id AS head", "CAST(CAST(substr(period, 1, 4) AS INT) + 1 AS STRING) AS year", "net_assets AS net_assets_last_year"
    )
    now = known_of.selectExpr("unit_id", "period AS month", "debt_ratio")
    beside = (
        rows.join(F.broadcast(_by_unit(plan)), ["unit_id", "year"], "left")
        .withColumn("planned", F.expr("plans[project_id]"))
        .withColumns({"plan_topic": F.col("planned.topic_id"), "month": F.expr("date_format(period_end, 'yyyy-MM')")})
        .join(F.broadcast(known), ["period", "unit_id"], "left")
        .withColumn("head", F.coalesce("top_unit", "unit_id"))
        .join(F.broadcast(_decided(decision, "project_id", "by_project")), "project_id", "left")
        .join(F.broadcast(_decided(decision, "topic_id", "by_topic").withColumnRenamed("topic_id", "plan_topic")), "plan_topic", "left")
        .join(_paid(large_payment), ["unit_id", "project_id"], "left")
        .join(F.broadcast(last_year), ["head", "year"], "left")
        .join(F.broadcast(now), ["unit_id", "month"], "left")
    )
    measured = _measured(beside, parameters)
    return declared(broken(states(measured)), "investment_chain")


def _by_unit(plan: DataFrame) -> DataFrame:
    """What a unit planned for a year: its projects, and how much of the year's money goes outside the main business."""
    one = F.struct("project_id", F.struct(*_PLANNED))
    return plan.groupBy("unit_id", F.col("period").alias("year")).agg(
        F.map_from_entries(F.collect_list(one)).alias("plans"), F.sum("plan_year").alias("plan_total"),
        F.expr("sum(CASE WHEN main_class = '非主业' THEN plan_year ELSE 0 END)").alias("plan_non_main"),
    )  # fmt: skip


def _decided(decision: DataFrame, by: str, name: str) -> DataFrame:
    passed = F.expr("result IN ('通过', '附条件通过')").alias("passed")
    one = F.struct(passed, "decided_on", F.col("topic_id").alias("topic"), F.col("unit_id").alias("by_unit"), "amount")
    return decision.where(F.col(by).isNotNull()).groupBy(by).agg(F.collect_set(one).alias(name))


def _paid(large_payment: DataFrame) -> DataFrame:
    counts = newest(large_payment, "unit_id", "period", "payment_no").where("project_id IS NOT NULL AND NOT coalesce(returned, false)")
    return counts.groupBy("unit_id", "project_id").agg(F.collect_list(F.struct("paid_at", "amount")).alias("payments"))


def _measured(rows: DataFrame, parameters: Parameters) -> DataFrame:
    late = parameter(parameters, "review_months", "period_end", "INT")
    planned = {name: F.col(f"planned.{name}") for name in _PLANNED if name not in ("topic_id", "plan_year")}
    known = rows.withColumns(planned).withColumns({
        "mine": F.expr(_MINE), "paid_then": F.expr("filter(payments, p -> p.paid_at <= period_end)"),
        "plan_filed": F.col("plans").isNotNull(), "plan_year": F.expr("coalesce(plan_year, planned.plan_year)"),
        "investment": F.expr("coalesce(total, budget)"), "unit_name": F.expr("coalesce(registered_name, unit_name)"),
    }).withColumns({
        "latest": F.expr("array_max(mine)"),
        "first_decided_on": F.expr("array_min(transform(filter(mine, d -> d.passed), d -> d.decided_on))"),
    })  # fmt: skip
    derived = {
        "topic_id": "latest.topic", "decided_on": "latest.decided_on", "decided_amount": "latest.amount",
        "decided_by_unit": "latest.by_unit", "redecided": "latest.passed AND latest.decided_on > first_decided_on",
        "paid": f"CASE WHEN size(paid_then) > 0 THEN {_SUM} END",
        "first_paid_on": "array_min(transform(paid_then, p -> p.paid_at))", "stalled_days": "datediff(period_end, stalled_since)",
        "overdue_days": "CASE WHEN finished IS NULL AND due < period_end THEN datediff(period_end, due) END",
        "months_in_use": "CAST(floor(months_between(period_end, finished)) AS INT)", "review_due_on": f"add_months(finished, {late})",
    }  # fmt: skip
    return known.withColumns({name: F.expr(sql) for name, sql in derived.items()})
