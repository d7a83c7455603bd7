from decimal import Decimal

from jobs.marts.energy_cost import energy_cost
from pyspark.sql import SparkSession


def test_the_cost_is_the_one_filed(spark: SparkSession) -> None:
    filed = spark.createDataFrame([("a", "2024-06", Decimal("960.5"))], "unit_id STRING, period STRING, electricity_cost DECIMAL(18,4)")
    assert [tuple(r) for r in energy_cost(filed).collect()] == [("a", "2024-06", Decimal("960.5000"))]
