"""Every large payment beside its line, its decision, its payee, the group it was cut from, and its month."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.dated import parameter
from jobs.inputs import Parameters
from jobs.recorded import deciding, declared, newest, with_maturity, workdays
from jobs.session import spread
from jobs.split import SPLIT, with_split

_RECORD = ("unit_id", "period", "payment_no", "_batch")
# What is told of a payment beside others needs no more of it: rows of a dozen columns are sorted, not of fifty.
_NARROW = (*_RECORD, "_row", "paid_at", "amount", "returned", "payee_id", "payee", "item_code", "topic_id")
_VALID = "i.valid_from <= paid_at AND (i.valid_to IS NULL OR paid_at < i.valid_to)"
_OWN = f"array_max(filter(items, i -> i.item_code = item_code AND {_VALID})).amount_line"
_CLASS = f"array_min(transform(filter(items, i -> i.decision_class = '大额度资金运作' AND {_VALID}), i -> i.amount_line))"
_BEST = """
    array_max(transform(filter(decisions, d -> d.by_unit = unit_id OR array_contains(above, d.by_unit)),
      d -> struct(d.passed AND d.decided_on <= paid_at AS holds, d.decided_on AS decided_on, d.passed AS passed,
                  d.by_unit AS by_unit, d.amount AS amount)))"""
_STATE = """
    CASE WHEN best.holds THEN '已决策' WHEN topic_id IS NULL THEN '无议题号' WHEN best IS NULL THEN '未见决策'
         WHEN NOT best.passed THEN '决策未通过' ELSE '决策晚于支付' END"""
_LISTED = "exists(listings, l -> l.published <= paid_at AND (l.ended IS NULL OR paid_at < l.ended))"
_INSURED = "array_max(filter(insured_by, i -> i.period <= month)).insured"


def fund_flow(
    large_payment: DataFrame, decision_item_list: DataFrame, decision: DataFrame, enterprise_tree: DataFrame,
    market_registry: DataFrame, court_credit: DataFrame, tax: DataFrame, entry: DataFrame, parameters: Parameters,
) -> DataFrame:  # fmt: skip
    """One row a payment in force. A payment that was returned has its row but counts in no sum and no group."""
    lined = _lined(spread(large_payment.select(*_NARROW), "unit_id"), decision_item_list, parameters)
    told = large_payment
    for beside, how in ((_of_month(lined, parameters), "inner"), (_split(lined, parameters), "left")):
        told = told.join(beside.hint("shuffle_hash"), list(_RECORD), how)
    paid = (
        with_maturity(told, entry, "large_payment")
        .withColumn("month", F.substring("period", 1, 7))
        .join(F.broadcast(deciding(enterprise_tree, decision).withColumnRenamed("period", "month")), ["month", "unit_id"], "left")
        .join(F.broadcast(_decisions(decision)), "topic_id", "left")
        .join(F.broadcast(_payees(market_registry, court_credit, tax)), "payee_id", "left")
        .join(F.broadcast(workdays(large_payment, parameters.periods.get("large_payment", ()))), "period", "left")
    )  # fmt: skip
    return declared(_columns(paid.withColumn("best", F.expr(_BEST))), "fund_flow")


def _lined(narrow: DataFrame, listed: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a payment, the last of its key, with its line. By unit and month: the month's windows find it sorted."""
    by_month = narrow.withColumn("month", F.substring("period", 1, 7))
    paid = newest(by_month, "unit_id", "month", "period", "payment_no").withColumns({
        "payee_key": F.coalesce("payee_id", "payee"), "counts": F.expr("NOT coalesce(returned, false)"),
        "days_to_month_end": F.expr("datediff(last_day(paid_at), paid_at)"),
    })  # fmt: skip
    default = parameter(parameters, "large_payment_line", "paid_at", "DECIMAL(18,4)")
    return (
        paid.join(F.broadcast(_items(listed)), "unit_id", "left")
        .withColumn("own_line", F.expr(f"coalesce({_OWN}, {_CLASS})"))
        .withColumn("line", F.expr(f"coalesce(own_line, {default})"))
        .drop("items")
    )


def _split(lined: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a payment below its line: only those can be of a group."""
    return with_split(lined.where("counts AND amount < line"), parameters).select(*_RECORD, *SPLIT)


def _items(listed: DataFrame) -> DataFrame:
    """A unit's items with their lines; one without an end ends where the next of the same code begins."""
    following = F.lead("valid_from").over(Window.partitionBy("unit_id", "item_code").orderBy("valid_from"))
    ended = listed.withColumn("valid_to", F.least("valid_to", following)).where("amount_line IS NOT NULL")
    item = F.struct("valid_from", "amount_line", "valid_to", "item_code", "decision_class")
    return ended.groupBy("unit_id").agg(F.collect_list(item).alias("items"))


def _decisions(decision: DataFrame) -> DataFrame:
    passed = F.expr("result IN ('通过', '附条件通过')").alias("passed")
    one = F.struct(F.col("unit_id").alias("by_unit"), "decided_on", passed, "amount")
    return decision.groupBy("topic_id").agg(F.collect_list(one).alias("decisions"))


def _payees(market_registry: DataFrame, court_credit: DataFrame, tax: DataFrame) -> DataFrame:
    """What the outside sources say of a unit; NULL where a source was not asked or was out."""
    known = market_registry.where("fetch_status = 'ok'")
    market = known.groupBy("unit_id").agg(F.expr("max_by(founded, fetched_on)").alias("payee_founded"))
    listing = F.expr("CASE WHEN kind = '失信被执行' AND NOT coalesce(withdrawn, false) THEN struct(published, ended) END")
    asked = court_credit.where("fetch_status <> 'source_down'")
    court = asked.groupBy("unit_id").agg(F.collect_list(listing).alias("listings"))
    insured = tax.where("insured IS NOT NULL").groupBy("unit_id").agg(F.collect_list(F.struct("period", "insured")).alias("insured_by"))
    return market.join(court, "unit_id", "full").join(insured, "unit_id", "full").withColumnRenamed("unit_id", "payee_id")


def _of_month(paid: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a payment: its line, and what it is among the payments of its unit's month and topic."""
    month, topic = Window.partitionBy("unit_id", "month"), Window.partitionBy("unit_id", "topic_id").orderBy("paid_at", "payment_no")
    near_end = f"days_to_month_end < {parameter(parameters, 'month_end_days', 'paid_at', 'INT')}"
    one = F.struct("paid_at", "payment_no")
    told = paid.withColumn("counted", F.expr("CASE WHEN counts THEN amount ELSE 0 END")).withColumns({
        "month_count": F.sum(F.expr("CAST(counts AS INT)")).over(month), "month_amount": F.sum("counted").over(month),
        "month_end_amount": F.sum(F.expr(f"CASE WHEN {near_end} THEN counted ELSE 0 END")).over(month),
        "month_last": one == F.max(one).over(month),
        "topic_paid": F.when(F.col("topic_id").isNotNull(), F.sum("counted").over(topic)),
    })  # fmt: skip
    return told.drop("month", *(name for name in _NARROW if name not in _RECORD))


def _columns(paid: DataFrame) -> DataFrame:
    derived = {
        "unit_name": "coalesce(registered_name, unit_name)",
        "line_source": "CASE WHEN own_line IS NULL THEN '监管主体默认标准' ELSE '本单位事项清单' END",
        "at_line": "amount >= line", "decision_state": _STATE, "decided_on": "best.decided_on", "decided_by_unit": "best.by_unit",
        "decided_days_before": "datediff(paid_at, best.decided_on)", "decided_amount": "best.amount", "enough": "best.amount >= topic_paid",
        "decided": "CASE WHEN best.holds THEN true WHEN files_decisions THEN false END", "abroad": "country <> 'CN'",
        "related_party": "relation_kind IN ('参股', '关联自然人')", "non_working_day": "NOT works",
        "payee_age_months": "CAST(floor(months_between(paid_at, payee_founded)) AS INT)",
        "payee_court_listed": f"CASE WHEN listings IS NOT NULL THEN {_LISTED} END", "payee_insured": _INSURED,
        "over_budget": "NOT in_budget",
    }  # fmt: skip
    return paid.withColumns({name: F.expr(sql) for name, sql in derived.items()})
