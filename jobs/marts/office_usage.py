"""What every office did with the system in a month: from the access log, the ledger and its answers, never from self-report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters, values
from jobs.recorded import declared, newest, quotient

# The month a period ends in.
_MONTH = """CASE length(period) WHEN 4 THEN concat(period, '-12') WHEN 6 THEN
    concat(left(period, 4), '-', lpad(CAST(3 * CAST(right(period, 1) AS INT) AS STRING), 2, '0')) ELSE left(period, 7) END"""
_COUNTS = ("users", "login_days", "logins", "due_items", "on_time", "returns", "tries", "findings", "handled", "requests", "answered",
           "shared_items", "calls")  # fmt: skip
# Each side in one figure: days with a reader; reports in time; the mean of reports accepted and questions settled; the mean of
# requests answered in time and whether others read what the office owns.
_READ = "CASE WHEN calls > 0 THEN 1 ELSE 0 END"
_RAW = {
    "login": "login_days", "collect": "timeliness", "manage": "coalesce((quality + handled_rate) / 2, quality, handled_rate)",
    "share": f"coalesce((answered_rate + {_READ}) / 2, {_READ})",
}  # fmt: skip


def office_usage(
    access: DataFrame, submission_coverage: DataFrame, entry: DataFrame, data_request: DataFrame, parameters: Parameters, as_of: date
) -> DataFrame:
    """One row an office and month with any report or access; offices that own no form, mart or indicator have `has_module` false.

    collect: reports of its forms that were due and came in time; manage: reports returned, and those with open questions
    that were settled; share: requests answered by their day, and how often other offices read what it owns.
    """
    owned = values(access, {"about": "text", "owner": "text"}, _owned(parameters))
    forms = F.broadcast(values(access, {"form": "text", "office": "text"}, [(f.name, f.owner) for f in parameters.forms.values()]))
    parts = (
        _logins(access), _calls(access, F.broadcast(owned)), _collected(submission_coverage, forms), _managed(entry, forms),
        _answered(data_request, as_of),
    )  # fmt: skip
    months = reduce(DataFrame.union, (part.select("period") for part in parts[:3])).distinct()
    every = months.join(F.broadcast(_offices(access, parameters)), F.expr("valid_from <= last_day(CAST(concat(period, '-01') AS DATE))"))
    joined = reduce(lambda a, b: a.join(b, ["period", "office"], "left"), parts, every)
    counted = joined.withColumns({c: F.expr(f"coalesce({c}, 0)") for c in _COUNTS}).withColumns({
        "timeliness": quotient("on_time / due_items"), "quality": quotient("1 - returns / tries"),
        "handled_rate": quotient("handled / findings"), "answered_rate": quotient("answered / requests"),
    })  # fmt: skip
    raw = {f"raw_{side}": F.expr(f"CAST({sql} AS DECIMAL(28,8))") for side, sql in _RAW.items()}
    return declared(counted.withColumns(raw), "office_usage")


def _owned(parameters: Parameters) -> Iterator[tuple[str, str]]:
    yield from ((form.name, form.owner) for form in parameters.forms.values())
    yield from parameters.owners.items()


def _offices(like: DataFrame, parameters: Parameters) -> DataFrame:
    having = {owner for _, owner in _owned(parameters)} | {i.owner for i in parameters.indicators}
    kinds = {"office": "text", "has_module": "boolean", "valid_from": "date", "items_kept": "integer"}
    kept = [i.owner for i in parameters.indicators]
    offices = [code for code in parameters.codes["office"] if not code.valid_to]
    return values(like, kinds, [(o.code, o.code in having, o.valid_from, kept.count(o.code)) for o in offices])


def _logins(access: DataFrame) -> DataFrame:
    return access.groupBy(F.substring("day", 1, 7).alias("period"), "office").agg(
        F.countDistinct("account").alias("users"), F.countDistinct("day").alias("login_days"), F.count("*").alias("logins")
    )


def _calls(access: DataFrame, owned: DataFrame) -> DataFrame:
    """What an office owns, read by others."""
    read = access.withColumn("about", F.explode(F.split("about", ";"))).join(owned, "about").where("owner <> office")
    return read.groupBy(F.substring("day", 1, 7).alias("period"), F.col("owner").alias("office")).agg(
        F.count("*").alias("calls"), F.countDistinct("about").alias("shared_items")
    )


def _collected(coverage: DataFrame, forms: DataFrame) -> DataFrame:
    due = coverage.withColumn("period", F.expr(_MONTH)).join(forms, "form").where("expected AND maturity <> '未到期'")
    return due.groupBy("period", "office").agg(F.count("*").alias("due_items"), F.expr("count_if(received AND NOT late)").alias("on_time"))


def _managed(entry: DataFrame, forms: DataFrame) -> DataFrame:
    """Of entries with questions (`queries`), those settled: explained and in force, superseded, returned or withdrawn."""
    known = entry.where("turn = 0").withColumn("period", F.expr(_MONTH)).join(forms, "form")
    return known.groupBy("period", "office").agg(
        F.count("*").alias("tries"), F.expr("count_if(state = 'returned')").alias("returns"),
        F.expr("count_if(queries > 0)").alias("findings"),
        F.expr("count_if(queries > 0 AND state NOT IN ('to explain', 'to review', 'pending'))").alias("handled"),
    )  # fmt: skip


def _answered(data_request: DataFrame, as_of: date) -> DataFrame:
    """Requests that were due by today, under the month of their day."""
    due = newest(data_request, "unit_id", "period", "request_no").where(F.col("due") <= F.lit(as_of))
    return due.groupBy(F.expr("date_format(due, 'yyyy-MM')").alias("period"), F.col("owner_office").alias("office")).agg(
        F.count("*").alias("requests"), F.expr("count_if(answered_on <= due)").alias("answered")
    )
