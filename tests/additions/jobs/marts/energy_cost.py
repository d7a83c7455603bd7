"""What electricity costs."""

from __future__ import annotations

from pyspark.sql import DataFrame


def energy_cost(energy_use: DataFrame) -> DataFrame:
    """One row a unit and month, in yuan."""
    return energy_use.select("unit_id", "period", "electricity_cost")
