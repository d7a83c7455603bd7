"""Who has to report which form for which period, and until when: from the registry, the lists of reporters, the calendars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters, Ruling, values
from schemas.calendar import due_day, final_day
from schemas.period import parse_period

_WHO = {**dict.fromkeys(("form", "unit_id", "period", "scope", "unit_name", "supervisor"), "text"), "expected": "boolean", "reason": "text"}


def registered(tree: DataFrame, parameters: Parameters) -> DataFrame:
    """Units of the registry at period end: each its single statement, and the consolidated one where it has whom to consolidate."""
    forms = [f for f in parameters.forms.values() if f.calendar.reporters == "registry"]
    asked = values(tree, _WHO, [])
    for form in forms:
        stand = tree.where(F.col("period").isin(list(parameters.asked.get(form.name, ()))))
        own = stand.where("depth = 0").withColumn("expected", F.coalesce(form.calendar.flag, F.lit(False)))
        below = stand.where(f"depth > 0 AND NOT is_supervisor AND is_consolidated AND {form.calendar.flag}")
        heads = below.select("period", F.col("ancestor_id").alias("unit_id")).distinct()
        scopes = [own.withColumn("scope", F.lit("single"))]
        scopes.append(own.where("expected").join(heads, ["period", "unit_id"]).withColumn("scope", F.lit("consolidated")))
        for frame in scopes:
            reason = F.expr("CASE WHEN NOT expected THEN coalesce(exemption, '名录标为免报') END").alias("reason")
            asked = asked.unionByName(frame.withColumn("form", F.lit(form.name)).select(*list(_WHO)[:-1], reason))
    return asked


def listed(like: DataFrame, parameters: Parameters) -> DataFrame:
    """Reporters named by a list, on the period's last day."""

    def rows() -> Iterator[tuple[Any, ...]]:
        for form in parameters.forms.values():
            if form.calendar.reporters != "list":
                continue
            for period in parameters.asked.get(form.name, ()):
                for code in parameters.codes[form.calendar.reporter_list]:
                    if code.valid_on(parse_period(period).end):
                        yield form.name, code.code, period, form.scope.removeprefix("="), code.name, "", True, None

    return values(like, _WHO, rows())


def days(like: DataFrame, parameters: Parameters) -> DataFrame:
    """Due day and last provisional day of every form, period and superior; superior '' is a reporter without one."""
    superiors = ["", *(code.code for code in parameters.codes["supervisor"])]
    rows = []
    for form in (f for f in parameters.forms.values() if f.calendar.due):
        known = {*parameters.periods.get(form.name, ()), *parameters.asked.get(form.name, ())}
        for period, superior in product(map(parse_period, sorted(known)), superiors):
            due = due_day(form.calendar, period, superior)
            final = final_day(form.calendar, period, superior)
            rows.append((form.name, str(period), superior, due.day if due else None, final))
    kinds = {"form": "text", "period": "text", "supervisor": "text", "due_on": "date", "final_on": "date"}
    return values(like, kinds, rows)


def ruled(like: DataFrame, rulings: Iterable[Ruling]) -> DataFrame:
    """One row a form, unit and period of which an office ruled: why it is exempt, until when its day moved."""
    found: dict[tuple[str, str, str], tuple[str | None, date | None]] = {}
    for one in rulings:
        key = (one.form, one.unit_id, one.period)
        exempt, until = found.get(key, (None, None))
        found[key] = (exempt, one.until) if one.until else (one.said, until)
    kinds = {"form": "text", "unit_id": "text", "period": "text", "exempt": "text", "until": "date"}
    return values(like, kinds, ((*key, *told) for key, told in found.items()))
