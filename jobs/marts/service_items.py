"""Service items of every quarter: done online, done on a phone, what “one thing” saved, items without system or owner."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.coverage import beside
from jobs.inputs import Parameters
from jobs.recorded import declared, newest, quotient

_PLACE = ("unit_id", "period", "scope", "office")
_KEY = ("unit_id", "period", "item_id")
_SAVED = ("items", "steps", "documents", "days")
_COUNTED = {
    "items": "true", "smallest_items": "smallest", "online_items": "online", "mobile_items": "mobile", "launched": "status = '已上线'",
    "without_system": "system IS NULL", "without_owner": "owner IS NULL", "without_guide": "guide_version IS NULL",
    "over_legal": "promised_days > legal_days", "things": "first_of_thing",
}  # fmt: skip


def service_items(
    service_item: DataFrame, submission_coverage: DataFrame, enterprise_tree: DataFrame, parameters: Parameters
) -> DataFrame:
    """One row an agency, quarter and office ('*': all); cancelled items are left out. A “one thing” counts once, at the
    office of its first item; what it saved is 1 − after / before. `without_owner`: the office is not one in use.
    """
    offices = [code.code for code in parameters.codes["office"] if code.valid_to is None]
    thing = Window.partitionBy("unit_id", "period", "one_thing_id").orderBy("item_id")
    items = newest(service_item, *_KEY).where("status <> '已取消'").withColumns({
        "owner": F.when(F.col("office").isin(offices), F.col("office")),
        "first_of_thing": F.col("one_thing_id").isNotNull() & (F.row_number().over(thing) == 1),
    })  # fmt: skip
    each = items.withColumn("office", F.explode(F.expr("array(coalesce(office, '未明确'), '*')")))
    counted = each.groupBy(*_PLACE).agg(
        *(F.expr(f"count_if({sql})").alias(name) for name, sql in _COUNTED.items()), F.sum("volume").alias("volume"),
        *(F.expr(f"sum(CASE WHEN first_of_thing THEN {when}_{what} END)").alias(f"{when}_{what}")
          for what in _SAVED for when in ("before", "after")),
    )  # fmt: skip
    rated = counted.withColumns({
        "online_rate": quotient("online_items / items"), "mobile_rate": quotient("mobile_items / items"),
        **{f"saved_{what}": quotient(f"(before_{what} - after_{what}) / before_{what}") for what in _SAVED},
    })  # fmt: skip
    return declared(beside(rated, submission_coverage, enterprise_tree, [parameters.forms["service_item"]]), "service_items")
