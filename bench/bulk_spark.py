"""Plain Spark with Great Expectations: one read of all files, one cast, one GX run, three Delta writes; a session as it comes."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_match_regex import ExpectColumnValuesToMatchRegex
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from bench.outcome import outcome
from catalog.settings import load_settings
from schemas.codes import code_list
from schemas.load import form

_KEY = ("unit_id", "paid_at", "payment_no")


def main(incoming: Path, lake: Path) -> None:
    began = time.monotonic()
    spark = _session(str(load_settings().jars / "*"))
    bronze, silver, gold = (str(lake / name) for name in ("bronze", "silver", "gold"))
    _write(_read(spark, incoming), bronze)
    _write(_silver(spark.read.format("delta").load(bronze)), silver)
    stored = spark.read.format("delta").load(silver)
    if not _valid(stored):
        raise RuntimeError("样例付款没有通过 GX")
    _write(_gold(stored), gold)
    work = round(time.monotonic() - began, 2)
    print(json.dumps({"work": work, "result": outcome({"bronze": bronze, "silver": silver, "gold": gold})}))


def _session(jars: str) -> SparkSession:
    given: dict[str, bool | float | int | str | None] = {
        "spark.driver.extraClassPath": jars, "spark.driver.memory": "3g", "spark.driver.host": "127.0.0.1",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # Else the result could not be compared by delta-rs.
        "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    }  # fmt: skip
    return SparkSession.builder.master("local[*]").config(map=given).getOrCreate()


def _read(spark: SparkSession, incoming: Path) -> DataFrame:
    labels = {c.label: c.name for c in form("large_payment").columns}
    read = spark.read.option("header", True).csv([str(path) for path in sorted(incoming.glob("payments-*.csv"))])
    return read.toDF(*(labels[label] for label in read.columns))


def _silver(bronze: DataFrame) -> DataFrame:
    alone = bronze.withColumn("n", F.count("*").over(Window.partitionBy(*_KEY))).where("n = 1").drop("n")
    amounts = {name: F.col(name).cast("decimal(18,4)") for name in ("amount", "contract_amount", "paid_to_date")}
    truths = {name: F.col(name) == "是" for name in ("in_budget", "returned")}
    return alone.withColumns({"paid_at": F.col("paid_at").cast("date"), **amounts, **truths})


def _valid(silver: DataFrame) -> bool:
    """Eight of the form's thirty rules, as one suite."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # a mapping is what it takes
    suite = context.suites.add(gx.ExpectationSuite(name="payments"))
    for column in ("unit_id", "payment_no", "paid_at", "amount", "payee"):
        suite.add_expectation(ExpectColumnValuesToNotBeNull(column=column))
    suite.add_expectation(ExpectColumnValuesToBeBetween(column="amount", min_value=0, strict_min=True))
    suite.add_expectation(
        ExpectColumnValuesToBeInSet(column="payment_purpose", value_set=[c.code for c in code_list("payment_purpose")])
    )
    suite.add_expectation(ExpectColumnValuesToMatchRegex(column="paid_time", regex="^([01][0-9]|2[0-3]):[0-5][0-9]$"))
    asset: Any = context.data_sources.add_spark("payments").add_dataframe_asset("silver")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": silver})
    return bool(batch.validate(suite, result_format="BOOLEAN_ONLY").success)


def _gold(silver: DataFrame) -> DataFrame:
    month, counts = Window.partitionBy("unit_id", "month"), "NOT returned"
    sums = {
        "month_count": F.sum(F.expr(f"CAST({counts} AS BIGINT)")).over(month),
        "month_amount": F.sum(F.expr(f"CASE WHEN {counts} THEN amount ELSE 0 END")).over(month),
    }  # fmt: skip
    return silver.withColumns(
        {"month": F.date_format("paid_at", "yyyy-MM"), "at_line": F.expr("amount >= 5000000")}
    ).withColumns(sums)


def _write(frame: DataFrame, place: str) -> None:
    frame.write.format("delta").mode("overwrite").save(place)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
