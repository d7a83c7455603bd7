"""Units' figures summed over those below them, for groups, supervisors and the city."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def nodes(tree: DataFrame) -> DataFrame:
    """One row a period and node of the tree: its name, what the registry says of it, and whether it stands for more than one unit."""
    own = {c: F.expr(f"max(CASE WHEN depth = 0 THEN {c} END)").alias(c) for c in ("supervisor", "function_class", "industry")}
    return tree.groupBy("period", F.col("ancestor_id").alias("unit_id")).agg(
        F.first("ancestor_name").alias("unit_name"), *own.values(), F.expr("count(*) > 1 OR max(is_supervisor)").alias("is_head")
    )  # fmt: skip


def rolled(
    parts: DataFrame, tree: DataFrame, known: DataFrame, sums: Iterable[str], within: Iterable[str] = (), most: Iterable[str] = ()
) -> DataFrame:
    """Sums of `parts` (unit_id, period, …) over the closure of every head at period end. `known` is `nodes(tree)`.

    `within`: further columns of the grain, kept apart. `most`: columns of which the largest counts.
    """
    heads = F.broadcast(known.where("is_head").select("period", F.col("unit_id").alias("ancestor_id")))
    below = tree.select("period", "ancestor_id", "unit_id").join(heads, ["period", "ancestor_id"], "left_semi")
    grain = [F.col("ancestor_id").alias("unit_id"), *map(F.col, ("period", *within))]
    totals = [*(F.sum(c).alias(c) for c in sums), *(F.max(c).alias(c) for c in most)]
    return below.join(parts, ["period", "unit_id"]).groupBy(*grain).agg(*totals)
