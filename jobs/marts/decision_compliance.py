"""Every decided topic against what the unit's own list asks: bodies in order, quorum, review, report, and what came of it."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.dated import parameter
from jobs.inputs import Parameters
from jobs.recorded import beyond, declared, newest, places, with_maturity

# How a list writes a body, and the kind of meeting it is.
_BODIES = {
    "党委前置": "党委（党组）会", "总办会": "总经理（院长）办公会", "专委会": "董事会专门委员会",
    "董事会": "董事会", "股东会": "股东（大）会", "职代会": "职工代表大会",
}  # fmt: skip
_ITEM = """array_max(filter(items, i -> i.item_code = item_code AND i.valid_from <= decided_on
                            AND (i.valid_to IS NULL OR decided_on < i.valid_to)))"""
_PASSED = "result IN ('通过', '附条件通过')"


def decision_compliance(
    decision: DataFrame, decision_item_list: DataFrame, decision_meeting: DataFrame, decision_meeting_line: DataFrame,
    large_payment: DataFrame, enterprise_tree: DataFrame, entry: DataFrame, parameters: Parameters, as_of: date,
) -> DataFrame:  # fmt: skip
    """One row a topic and day it was decided on. A body of which its unit never filed a meeting is not called missing."""
    beside = (
        with_maturity(decision.drop("item_name"), entry, "decision")
        .withColumns({"month": F.substring("period", 1, 7), "today": F.lit(as_of)})
        .join(F.broadcast(places(enterprise_tree).withColumnRenamed("period", "month")), ["month", "unit_id"], "left")
        .join(F.broadcast(_items(decision_item_list)), "unit_id", "left")
        .join(F.broadcast(_meetings(decision_meeting, decision_meeting_line)), ["unit_id", "topic_id"], "left")
        .join(F.broadcast(decision_meeting.groupBy("unit_id").agg(F.collect_set("meeting_kind").alias("filed"))), "unit_id", "left")
        .join(F.broadcast(_payments(large_payment)), ["unit_id", "topic_id"], "left")
        .withColumn("item", F.expr(_ITEM))
        .withColumns({c: F.col(f"item.{c}") for c in ("item_name", "final_body", "legal", "report", "bodies", "amount_line")})
    )
    return declared(_judged(_in_order(beside), parameters), "decision_compliance")


def _items(listed: DataFrame) -> DataFrame:
    """A unit's items; one without an end ends where the next of the same code begins."""
    following = F.lead("valid_from").over(Window.partitionBy("unit_id", "item_code").orderBy("valid_from"))
    ended = listed.withColumn("valid_to", F.least("valid_to", following))
    columns = ("valid_from", "valid_to", "item_code", "item_name", "bodies", "party_first", "final_body", "legal", "report", "amount_line")
    return ended.groupBy("unit_id").agg(F.collect_list(F.struct(*columns)).alias("items"))


def _meetings(meeting: DataFrame, line: DataFrame) -> DataFrame:
    """Of each topic: kind of meeting → the day it was first on the table there."""
    held = line.select("unit_id", "held_on", "meeting_id", "topic_id").join(meeting, ["unit_id", "held_on", "meeting_id"])
    first = held.groupBy("unit_id", "topic_id", "meeting_kind").agg(F.min("held_on").alias("day"))
    met = F.map_from_entries(F.collect_list(F.struct("meeting_kind", "day"))).alias("met")
    return first.groupBy("unit_id", "topic_id").agg(met)


def _payments(large_payment: DataFrame) -> DataFrame:
    counts = newest(large_payment, "unit_id", "period", "payment_no").where("NOT coalesce(returned, false)")
    return counts.groupBy("unit_id", "topic_id").agg(
        F.count("*").alias("payments"), F.sum("amount").alias("paid"), F.min("paid_at").alias("first_paid_on")
    )  # fmt: skip


def _in_order(topics: DataFrame) -> DataFrame:
    """Adds the day of every body the list asks, in the list's order: the party's and the deciding one's from the decision itself."""
    kinds = ", ".join(f"'{word}', '{kind}'" for word, kind in _BODIES.items())
    own = "WHEN b = '党委前置' AND party_on IS NOT NULL THEN party_on WHEN kinds[b] = decided_by THEN decided_on"
    day = f"CASE {own} ELSE met[kinds[b]] END"
    asked = topics.withColumns({"kinds": F.expr(f"map({kinds})"), "asked": F.expr("split(bodies, '→')")})
    steps = asked.withColumn("steps", F.expr(f"transform(asked, b -> named_struct('body', b, 'day', {day}))"))
    known = "s.body = '党委前置' OR kinds[s.body] = final_body OR array_contains(filed, kinds[s.body])"
    return steps.withColumns({
        "missing_bodies": F.expr(f"array_join(transform(filter(steps, s -> s.day IS NULL AND ({known})), s -> s.body), '、')"),
        "held": F.expr("filter(steps, s -> s.day IS NOT NULL)"),
    }).withColumn("order_ok", F.expr("size(filter(held, (s, i) -> s.day < get(held, i - 1).day)) = 0"))


def _judged(topics: DataFrame, parameters: Parameters) -> DataFrame:
    party, board = (parameter(parameters, f"quorum_{kind}", "decided_on", "DECIMAL(18,8)") for kind in ("party", "board"))
    open_ = f"{_PASSED} AND coalesce(status, '未实施') NOT IN ('已完成', '中止')"
    derived = {
        "unit_name": "registered_name", "listed": "item IS NOT NULL", "passed": _PASSED,
        "party_asked": "coalesce(party_first, false) OR coalesce(item.party_first, false)",
        "quorum_ok": f"""CASE decided_by WHEN '党委（党组）会' THEN members_present >= members_due * {party}
                              WHEN '总经理（院长）办公会' THEN NULL ELSE members_present > members_due * {board} END""",
        "majority_ok": f"CASE WHEN {_PASSED} THEN 2 * votes_for > members_due END", "body_ok": "decided_by = final_body",
        "legal_ok": f"CASE WHEN {_PASSED} AND (legal OR decision_class = '重大项目安排') THEN coalesce(legal_review, false) END",
        "reported_ok": f"CASE WHEN {_PASSED} AND (report OR needs_report) THEN report_no IS NOT NULL END",
        "overdue_days": f"CASE WHEN {open_} AND due_on < today THEN datediff(today, due_on) END",
        "idle_days": f"CASE WHEN {open_} AND coalesce(progress, 0) = 0 THEN datediff(today, decided_on) END",
        "paid_before": "first_paid_on < decided_on", "overpaid": beyond("paid - amount"),
    }  # fmt: skip
    made = topics.withColumns({name: F.expr(sql) for name, sql in derived.items()})
    return made.withColumn("party_state", F.expr(f"""
        CASE WHEN NOT party_asked THEN '不须前置' WHEN party_on IS NULL THEN '未前置' WHEN party_on > decided_on THEN '前置晚于决策'
             WHEN {_PASSED} AND party_result IN ('不同意', '缓议') THEN '前置未同意而通过' ELSE '已前置' END"""))  # fmt: skip
