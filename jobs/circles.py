"""Units that hold each other, of forms of many records: found as each registered line closes a circle of holdings."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.circles import closing
from jobs.inputs import values
from jobs.slips import found
from schemas.contract import Rule


def circles(records: DataFrame, rule: Rule) -> DataFrame:
    """Lines whose owner is, by the lines in force on their day, itself held by the unit: directly (`two`) or through others (`more`).

    Who holds whom, a line an owner, passes through the driver: a circle has no bound on its length.
    """
    owner, share = rule.parameters["owner"], rule.parameters["share"]
    lines = records.where(F.col(share) > 0).select("unit_id", "period", owner).where(F.col(owner).isNotNull())
    closed = closing((tuple(row) for row in lines.distinct().collect()), direct=rule.parameters["members"] == "two")
    place = ["unit_id", "period", owner]
    told = values(records, dict.fromkeys(place, "text"), closed)
    return found(records.join(F.broadcast(told), place, "left_semi"), rule, f"'{owner}'", owner)
