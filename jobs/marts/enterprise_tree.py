"""Who stands above whom at the end of each period: the management closure, with the supervisors above it.

One pass without a join a level: every unit climbs a map of parents, at most DEEPEST steps, and stops where it has been before.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.dated import valid_on
from jobs.inputs import Parameters, values
from schemas.period import parse_period

DEEPEST = 20
_CLIMB = f"""
    aggregate(sequence(1, {DEEPEST}), array(unit_id), (way, step) ->
      CASE WHEN map_contains_key(parents, parents[element_at(way, -1)])
                AND NOT array_contains(way, parents[element_at(way, -1)])
           THEN concat(way, array(parents[element_at(way, -1)])) ELSE way END)"""


def enterprise_tree(
    enterprise_registry: DataFrame, enterprise_registry_line: DataFrame, parameters: Parameters
) -> DataFrame:
    """One row a period, ancestor and unit; every unit is its own ancestor at depth 0."""
    valid = valid_on(enterprise_registry, _periods(enterprise_registry, parameters))
    climbed = (
        valid.join(F.broadcast(_parents(valid)), "period")
        .withColumn("way", F.expr(_CLIMB))
        .withColumn("in_cycle", F.expr("coalesce(array_contains(way, parents[element_at(way, -1)]), false)"))
        .join(F.broadcast(_supervisors(enterprise_registry, parameters)), "supervisor", "left")
        .join(_owners(enterprise_registry_line), ["unit_id", "valid_from"], "left")
    )
    line = "concat(way, coalesce(above, array()))"
    every = climbed.select("*", F.posexplode(F.expr(line)).alias("depth", "ancestor_id"))
    return every.select(
        "period", "ancestor_id", "unit_id", "depth",
        F.expr("depth >= size(way)").alias("is_supervisor"),
        F.expr("coalesce(names[ancestor_id], above_names[depth - size(way)])").alias("ancestor_name"), "unit_name",
        "management_parent", "supervisor", "division", "industry", "function_class", "legal_form", "status",
        "is_consolidated", "files_monthly", "files_annual", "exemption", "valid_from",
        F.expr(f"array_join(reverse(slice({line}, 1, depth + 1)), '/')").alias("path"), "in_cycle",
        F.coalesce("owners", F.lit("")).alias("owners"), "_batch", "_submission",
    )  # fmt: skip


def _periods(like: DataFrame, parameters: Parameters) -> DataFrame:
    found = [(p, parse_period(p).end) for p in parameters.tree_periods()]
    return values(like, {"at": "text", "period_end": "date"}, found)


def _parents(valid: DataFrame) -> DataFrame:
    def collected(value: str) -> Column:
        return F.map_from_entries(F.collect_list(F.struct("unit_id", value)))

    return valid.groupBy("period").agg(collected("management_parent").alias("parents"), collected("unit_name").alias("names"))


def _supervisors(like: DataFrame, parameters: Parameters) -> DataFrame:
    """Each supervisor with the ids (`jg:<code>`) and names of itself and all above it, nearest first."""
    listed = {code.code: code for code in parameters.codes["supervisor"]}

    def above(code: str) -> list[str]:
        line = [code]
        while (parent := listed[line[-1]].extra.get("parent", "")) in listed and parent not in line:
            line.append(parent)
        return line

    rows = [(c, [f"jg:{a}" for a in above(c)], [listed[a].name for a in above(c)]) for c in listed]
    return values(like, {"supervisor": "text", "above": "texts", "above_names": "texts"}, rows)


def _owners(lines: DataFrame) -> DataFrame:
    one = F.expr("concat(coalesce(owner_id, owner_name), ':', coalesce(CAST(share AS STRING), '?'))")
    return lines.groupBy("unit_id", "valid_from").agg(F.array_join(F.array_sort(F.collect_list(one)), ";").alias("owners"))
