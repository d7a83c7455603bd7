"""How much of what was sent is right: rows judged and broken, a rule, form, unit and period."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.inputs import Parameters, values
from schemas.contract import Form
from schemas.implied import all_rules
from schemas.period import parse_period

_KEY = ("form", "unit_id", "period")


def data_quality(entry: DataFrame, finding: DataFrame, relation_finding: DataFrame, parameters: Parameters) -> DataFrame:
    """One row a rule, form, unit and period. Authored rules are always shown, implied ones where they are broken.

    A rule of the record is judged on everything sent, also what was returned or superseded since, records kept out of silver by
    an error of their own among it; a relation rule on what is in force. Of an entry returned whole only the records with an
    error are known, and at least one. Findings of a file as a whole belong to no unit and are not counted here.
    """
    sent = entry.where("state <> 'shadow' AND turn = 0")
    own = finding.join(_batches(sent), ["_batch", *_KEY, "scope"], "left_semi")
    stands = entry.where("state IN ('in force', 'to explain')")
    shown = _judged(_with_wrong(sent, own), _broken(own), _rules(entry, parameters, relation=False))
    related = _judged(stands, _broken(relation_finding), _rules(entry, parameters, relation=True))
    rules = F.broadcast(values(entry, dict.fromkeys(("form", "rule_id", "title", "severity", "dimension"), "text"), _named(parameters)))
    return shown.unionByName(related).join(rules, ["form", "rule_id"], "left").select(
        "rule_id", *_KEY, "title", "severity", "dimension", "rows", "broken",
        F.expr("CAST(round(CAST(rows - broken AS DECIMAL(18,0)) / CAST(rows AS DECIMAL(18,0)), 8) AS DECIMAL(18,8))").alias("pass_rate"),
    )  # fmt: skip


def _batches(entries: DataFrame) -> DataFrame:
    return entries.select(F.col("batch").alias("_batch"), *_KEY, "scope").distinct()


def _with_wrong(entries: DataFrame, findings: DataFrame) -> DataFrame:
    """Entries of which `rows` are all records known: those in silver, and those with an error."""
    wrong = findings.where("severity = 'error'").groupBy(F.col("_batch").alias("batch"), *_KEY, "scope").agg(
        F.count_distinct("_row").alias("wrong")
    )  # fmt: skip
    return entries.join(wrong, ["batch", *_KEY, "scope"], "left").withColumn("rows", F.expr("rows + coalesce(wrong, 0)"))


def _broken(findings: DataFrame) -> DataFrame:
    record = F.struct("_batch", "scope", F.coalesce("_row", F.lit(-1)))
    return findings.groupBy("rule_id", *_KEY).agg(F.count_distinct(record).alias("broken"))


def _judged(entries: DataFrame, broken: DataFrame, rules: DataFrame) -> DataFrame:
    """An entry without rows counts as one."""
    rows = entries.groupBy(*_KEY).agg(F.sum(F.greatest("rows", F.lit(1))).alias("rows"))
    asked = rows.join(F.broadcast(rules), ["form", "period"]).select(*_KEY, "rule_id")
    found = broken.join(rows.select(*_KEY), list(_KEY), "left_semi")
    every = asked.join(found, [*_KEY, "rule_id"], "full").withColumn("broken", F.expr("coalesce(broken, 0)"))
    return every.join(rows, list(_KEY)).withColumn("rows", F.greatest("rows", "broken"))


def _rules(like: DataFrame, parameters: Parameters, *, relation: bool) -> DataFrame:
    def valid(form: Form) -> Iterator[tuple[Any, ...]]:
        for period in parameters.periods.get(form.name, ()):
            for rule in form.relation_rules if relation else form.row_rules:
                if rule.valid_on(parse_period(period).end):
                    yield form.name, period, rule.id

    rows = [row for form in parameters.forms.values() for row in valid(form)]
    return values(like, dict.fromkeys(("form", "period", "rule_id"), "text"), rows)


def _named(parameters: Parameters) -> Iterator[tuple[str, ...]]:
    for form in (f for f in parameters.forms.values() if parameters.periods.get(f.name)):
        yield from ((form.name, rule.id, rule.title, rule.severity, rule.dimension) for rule in all_rules(form))
