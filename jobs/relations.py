"""Relation rules: a record in force against another one: the previous period's, a year ago's, another form's, all filers'.

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

from expectations.predicate import broken_sql, parse, parse_value
from jobs import slips
from jobs.circles import circles
from jobs.dated import valid_on
from jobs.inputs import Parameters, values
from jobs.vector import references, together
from schemas.calendar import compared_with, first_of_year
from schemas.contract import Check, Form, Rule
from schemas.period import parse_period

BEFORE = ("previous", "previous_in_year", "year_end", "year_ago")
_PAIR = ["unit_id", "period", "scope"]


@dataclass(frozen=True)
class Relations:
    """One form's relation rules over the records in force. `others`: the records of every form that has some; `statement`: the mart.

    A rule that mentions a form without records says nothing.
    """

    form: Form
    records: DataFrame
    others: Mapping[str, DataFrame]
    statement: DataFrame
    parameters: Parameters

    def broken(self) -> Iterator[DataFrame]:
        """Frames of the columns `slips.PLACE`, declared_unit, rule_id, column, seen, expected, previous, _other_batch."""
        checks = [sql for rule in self.form.relation_rules for sql in self._checks(rule)]
        if checks:
            place = [f"r.{c} AS {c}" for c in (*slips.PLACE, "declared_unit")]
            yield self._joined(checks).selectExpr(*place, f"inline({together(checks, self._type)})")
        for rule in self.form.relation_rules:
            if rule.kind == "zero_column":
                yield slips.zero_column(self.form, self._own([]), self.statement, rule)
            elif rule.kind == "registered" and rule.parameters["registry"] in self.others:
                yield slips.registered(self._own([]), self._beside(rule.parameters["registry"]), rule)
            elif rule.kind == "holding_cycle":
                yield circles(self._own([f"r.`{rule.parameters[name]}`" for name in ("owner", "share")]), rule)

    def _checks(self, rule: Rule) -> list[str]:
        """SQL of what a finding shows for every check of a rule: NULL unless it is broken."""
        match rule.kind:
            case "":
                known = self.others.keys() >= set(mentioned(self.form, rule))
                return [self._sql(rule, check) for check in rule.checks if known]
            case "first_in_year":
                return [self._sql(rule, check) for check in self._first_in_year(rule)]
            case "scale":
                names = [c.name for c in self.form.columns if c.measure in rule.parameters["measures"] and c.type == "amount"]
                return [slips.off_by_factor(name, rule) for name in names]
            case "copied":
                return [slips.whole_sheet(self.form, rule)]
        return []

    def _first_in_year(self, rule: Rule) -> list[Check]:
        """No other record is needed: the check is of the first period of each year."""
        total, part, skip = (rule.parameters.get(k, ()) for k in ("total", "part", "except"))
        items = [i.name for i in self.form.items if i.kind == rule.parameters["items"] and i.type == "amount" and i.name not in skip]
        later = [p for p in self._periods if not first_of_year(self.form.calendar, parse_period(p))]
        exempt = f"period IN ({', '.join(map(repr, later))}) OR " if later else ""
        return [
            Check(f"{exempt}restated_reason IS NOT NULL OR within_tolerance({i}_{total}, {i}_{part})", f"{i}_{total}", f"{i}_{part}")
            for i in items
        ]

    def _sql(self, rule: Rule, check: Check) -> str:
        other = "" if rule.kind else rule.compare if rule.compare in BEFORE else mentioned(self.form, rule)[0]
        aliases = {"": "r", "previous": rule.compare, "period_end": "r.`period_end`", **{name: name for name in self.others}}
        broken = broken_sql(parse(check.predicate, self.form, relation=True), "spark", aliases)
        expected = parse_value(check.expected, self.form, relation=True).sql("spark", aliases) if check.expected else "NULL"
        previous = f"{other}.`{check.at}`" if other in BEFORE else "NULL"
        there = [f"{other}.`_batch` IS NOT NULL AND "] if other else []
        silent = [p for p in self._periods if not rule.valid_on(parse_period(p).end)]
        dated = [f"r.`period` NOT IN ({', '.join(map(repr, silent))}) AND "] if silent else []
        shown = slips.shows(rule, check.at, expected, previous, f"{other}.`_batch`" if other else "0")
        return f"CASE WHEN {''.join([*there, *dated])}{broken} THEN {shown} END"

    def _type(self, reference: str) -> str:
        """Of `alias.`column`` as a check writes it; '' for what is no column of a form."""
        alias, _, name = reference.replace("`", "").partition(".")
        column = self.parameters.forms.get(alias, self.form).by_name.get(name)
        return column.type if column else ""

    @property
    def _periods(self) -> tuple[str, ...]:
        return self.parameters.periods.get(self.form.name, ())

    def _joined(self, checks: Sequence[str]) -> DataFrame:
        """The records `r`, each with the records beside it that the checks refer to."""
        joined, same = self._own(checks), [*_PAIR, *self.form.own_key]
        for compare in BEFORE:
            if references(checks, compare):
                joined = joined.join(_needed(self._earlier(compare), same, checks, compare), same, "left")
        for name in sorted(self.others):
            if name != self.form.name and references(checks, name):
                keys = shared_key(self.form, self.parameters.forms[name])
                joined = joined.join(_needed(self._beside(name), keys, checks, name), keys, "left")
        return joined

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

    def _beside(self, name: str) -> DataFrame:
        """Another form's records under the same period (events: on the same day); of dated records those that hold on its last day."""
        other = self.parameters.forms[name]
        if not other.dated:
            return self.others[name]
        ends = [(p, parse_period(p).end) for p in self._periods]
        return valid_on(self.others[name], values(self.records, {"at": "text", "period_end": "date"}, ends), other.own_key)


def shared_key(form: Form, other: Form) -> list[str]:
    """Columns that a record of one form and the record of another beside it agree in."""
    return [*(_PAIR if other.scope else _PAIR[:2]), *(name for name in other.own_key if name in form.by_name)]


def mentioned(form: Form, rule: Rule) -> list[str]:
    """Other forms a rule's predicates look at, in order of name."""
    return sorted({name for check in rule.checks for name in parse(check.predicate, form, relation=True).others})


def _needed(frame: DataFrame, keys: Sequence[str], checks: Sequence[str], alias: str) -> DataFrame:
    wanted = [n for n in references(checks, alias) if n not in (*keys, "_batch")]
    return frame.select(*keys, "_batch", *wanted).alias(alias)
