"""The burden of collection on a unit in a year: reports, items and figures asked, and how many of them twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.duplicates import asked
from jobs.inputs import Parameters, values

_ITEM = {"form": "text", "item": "text", "unowned": "boolean"}
_TWIN = dict.fromkeys(("form", "item", "other_form", "other_item"), "text")
_SURE = ("重复", "同名异数")


def collection_burden(
    submission_coverage: DataFrame, collection_duplicate: DataFrame, entry: DataFrame, parameters: Parameters
) -> DataFrame:  # fmt: skip
    """One row a unit and year. Asked is a form that was expected of the unit or that it filed, in a period of that year; an item
    is asked twice where another form that it was asked carries the same.
    """
    expected = submission_coverage.where("expected OR received").select("unit_id", "form", "period", "scope")
    filed = entry.where("state IN ('in force', 'to explain')").select("unit_id", "form", "period", "scope")
    reported = [form.name for form in parameters.forms.values() if form.source == "reporter"]
    reports = expected.unionByName(filed).where(F.col("form").isin(reported)).distinct().withColumn("year", F.expr("left(period, 4)"))
    asks = reports.groupBy("unit_id", "year", "form").agg(F.count("*").alias("reports"))
    items = F.broadcast(values(entry, _ITEM, _items(parameters)))
    each = asks.join(items, "form")
    twins = _twins(collection_duplicate).join(asks.selectExpr("unit_id", "year", "form AS other_form"), "other_form")
    again = twins.select("unit_id", "year", "form", "item").distinct().withColumn("again", F.lit(True))
    counted = each.join(again, ["unit_id", "year", "form", "item"], "left")
    names = submission_coverage.groupBy("unit_id").agg(F.max("unit_name").alias("unit_name"))
    burden = counted.groupBy("unit_id", F.col("year").alias("period")).agg(
        F.countDistinct("form").alias("forms"), F.count("*").alias("items"), F.sum("reports").alias("figures"),
        F.expr("count_if(again)").alias("items_twice"), F.expr("coalesce(sum(CASE WHEN again THEN reports END), 0)").alias("figures_twice"),
        F.expr("count_if(unowned)").alias("items_unowned"),
    )  # fmt: skip
    whole = asks.groupBy("unit_id", F.col("year").alias("period")).agg(F.sum("reports").alias("reports"))
    share = "CAST(round(CAST(items_twice AS DECIMAL(18,4)) / CAST(items AS DECIMAL(18,4)), 8) AS DECIMAL(18,8))"
    return burden.join(whole, ["unit_id", "period"]).join(names, "unit_id", "left").withColumn("twice_share", F.expr(share))


def _items(parameters: Parameters) -> Iterator[tuple[Any, ...]]:
    for one in asked(parameters.forms.values()):
        yield one.source, one.item, not one.owner


def _twins(duplicate: DataFrame) -> DataFrame:
    """Each item beside the one it repeats, both ways round."""
    sure = duplicate.where(F.col("verdict").isin(*_SURE) & (F.col("left_source") != "indicator") & (F.col("right_source") != "indicator"))
    sides = ("left_source", "left_item", "right_source", "right_item")
    ways = [sure.select(*(F.col(c).alias(n) for c, n in zip(way, _TWIN, strict=True))) for way in (sides, (*sides[2:], *sides[:2]))]
    return ways[0].unionByName(ways[1])
