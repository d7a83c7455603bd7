"""Relation rules: a record in force against another one: the previous period's, a year ago's, another form's, all filers'.

For forms of many records; few are judged in DuckDB (`intake.beside`), which needs no plan.

For every form one join of all it is compared with; a record carries all its broken checks in one array. Unknown (no other record,
nothing filed) is not broken. A finding belongs to the pair of batches it was seen in.

Two records are a pair when unit, period and scope agree, and what tells records of one entry apart: the line of the period before
is the one of the same key, the meeting a decision names is the one of that number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.bodies import LIST, MEETING, READS, TOPIC
from expectations.related import RelatedNode
from expectations.relations import BEFORE, PAIR, alias_of, beside_alias, grouped, probes, shared_key
from expectations.target import Target
from jobs import slips
from jobs.bodies import disordered
from jobs.circles import circles
from jobs.dated import valid_on
from jobs.inputs import Parameters, values
from jobs.vector import references, together
from schemas.calendar import beside, compared_with
from schemas.contract import Form, Rule
from schemas.period import parse_period


@dataclass(frozen=True)
class Relations:
    """One form's relation rules over the records in force. `others`: the records of every form that has some.

    A rule that mentions a form without records says nothing.
    """

    form: Form
    records: DataFrame
    others: Mapping[str, DataFrame]
    parameters: Parameters

    def broken(self) -> Iterator[DataFrame]:
        """Frames of the columns `slips.PLACE`, declared_unit, rule_id, column, seen, expected, previous, _other_batch."""
        checks = [sql for rule in self.form.relation_rules for sql in self._checks(rule)]
        if checks:
            place = [f"r.{c} AS {c}" for c in (*slips.PLACE, "declared_unit")]
            yield self._joined(checks).selectExpr(*place, f"inline({together(checks, self._type)})")
        for rule in self.form.relation_rules:
            if rule.kind == "zero_column":
                yield slips.zero_column(self.form, self.records, self._own([]), rule)
            elif rule.kind == "registered" and rule.parameters["registry"] in self.others:
                yield slips.registered(self._own([]), self._beside(rule.parameters["registry"]), rule)
            elif rule.kind == "holding_cycle":
                yield circles(self._own([f"r.`{rule.parameters[name]}`" for name in ("owner", "share")]), rule)
            elif rule.kind == "order_of_bodies" and self.others.keys() >= set(READS):
                own = self._own([f"r.`{name}`" for name in ("topic_id", "item_code", "decided_on", "decided_by", "party_on")])
                yield disordered(own, self._beside(LIST), self.others[MEETING], self.others[TOPIC], rule)

    def _checks(self, rule: Rule) -> list[str]:
        """SQL of what a finding shows for every check of a rule: NULL unless it is broken."""
        return [slips.shown(probe) for probe in probes(self.form, rule, "spark", self._periods, self.others.keys())]

    def _type(self, reference: str) -> str:
        """Of `alias.`column`` as a check writes it; '' for what is no column of a form."""
        alias, _, name = reference.replace("`", "").partition(".")
        others = {beside_alias(other, compare): other for other in self.others for compare in BEFORE}
        column = self.parameters.forms.get(others.get(alias, alias), self.form).by_name.get(name)
        return column.type if column else ""

    @property
    def _periods(self) -> tuple[str, ...]:
        return self.parameters.periods.get(self.form.name, ())

    def _joined(self, checks: Sequence[str]) -> DataFrame:
        """The records `r`, each with the records beside it that the checks refer to."""
        joined, same = self._own(checks), [*PAIR, *self.form.own_key]
        for compare in BEFORE:
            if references(checks, compare):
                joined = joined.join(_needed(self._earlier(compare), same, checks, compare), same, "left")
        for name in sorted(self.others):
            for compare in ("same_period", *BEFORE):
                if name != self.form.name and references(checks, at := beside_alias(name, compare)):
                    keys = shared_key(self.form, self.parameters.forms[name])
                    joined = joined.join(_needed(self._beside(name, compare), keys, checks, at), keys, "left")
        for name, nodes in grouped(self.form).items():
            if name in self.others and references(checks, alias_of(name)):
                keys = shared_key(self.form, self.parameters.forms[name])
                joined = joined.join(self._grouped(name, nodes, keys), keys, "left")
        return joined

    def _grouped(self, name: str, nodes: Sequence[RelatedNode], keys: Sequence[str]) -> DataFrame:
        """Another form's records under the keys they share with this one, added up."""
        target = Target("spark", {name: name}, ())
        sums = [F.expr(node.grouped(target)).alias(node.name) for node in nodes]
        latest = [F.max(n).alias(n) for n in ("_batch", "_step")]
        return self._beside(name).alias(name).groupBy(*keys).agg(*sums, *latest).alias(alias_of(name))

    def _own(self, checks: Sequence[str]) -> DataFrame:
        """The records `r` with their place and what the checks need of them."""
        named = "declared_unit" in self.form.by_name
        unit = F.col("declared_unit") if named else F.lit(None).cast("string").alias("declared_unit")
        keys = {n for name in (self.form.name, *self.others) for n in shared_key(self.form, self.parameters.forms[name])}
        wanted = sorted({*references(checks, "r"), *keys} - {*slips.PLACE, "declared_unit", "period_end"})
        ends = ", ".join(f"'{p}', DATE'{parse_period(p).end}'" for p in self._periods)
        return self.records.select(*slips.PLACE, unit, F.expr(f"map({ends})[period]").alias("period_end"), *wanted).alias("r")

    def _earlier(self, compare: str) -> DataFrame:
        """The records that are compared with, under the period of the record that is compared with them."""
        others = ((p, compared_with(self.form.calendar, parse_period(p), compare)) for p in self._periods)
        found = [(period, str(other)) for period, other in others if other is not None]
        moved = values(self.records, {"later": "text", "period": "text"}, found)
        return self.records.join(F.broadcast(moved), "period").withColumn("period", F.col("later"))

    def _beside(self, name: str, compare: str = "same_period") -> DataFrame:
        """Another form's records under the period that ends with this one's (events: on the same day); of dated records those that
        hold on its last day.
        """
        other = self.parameters.forms[name]
        records = self.others[name]
        if other.scope in other.by_name and not self.form.scope:
            records = records.where("scope = 'single'")
        if not other.dated and compare == "same_period" and other.calendar.kind == self.form.calendar.kind:
            return records
        if not other.dated:
            ending = ((p, beside(self.form.calendar, other.calendar, parse_period(p), compare)) for p in self._periods)
            found = [(period, str(its)) for period, its in ending if its is not None]
            moved = values(self.records, {"later": "text", "period": "text"}, found)
            return records.join(F.broadcast(moved), "period").withColumn("period", F.col("later"))
        at_end = ((p, compared_with(self.form.calendar, parse_period(p), compare)) for p in self._periods)
        ends = [(p, at.end) for p, at in at_end if at is not None]
        return valid_on(self.others[name], values(self.records, {"at": "text", "period_end": "date"}, ends), other.own_key)


def _needed(frame: DataFrame, keys: Sequence[str], checks: Sequence[str], alias: str) -> DataFrame:
    wanted = [n for n in references(checks, alias) if n not in (*keys, "_batch")]
    return frame.select(*keys, "_batch", *wanted).alias(alias)
