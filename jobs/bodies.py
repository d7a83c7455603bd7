"""Decisions whose bodies met out of the order their unit's list asks, of forms of many records."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.bodies import KEY, out_of_order
from jobs.slips import found
from schemas.contract import Rule


def disordered(records: DataFrame, listed: DataFrame, meetings: DataFrame, lines: DataFrame, rule: Rule) -> DataFrame:
    """`listed`: items in use on the day of each period of the records."""
    asked = out_of_order("{own}", "{listed}", "{meetings}", "{lines}")
    told = records.sparkSession.sql(asked, own=records, listed=listed, meetings=meetings, lines=lines)
    return found(records.join(F.broadcast(told.distinct()), list(KEY), "left_semi"), rule, "'decided_on'", "CAST(decided_on AS STRING)")
