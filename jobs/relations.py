"""Relation rules: a record in force against another one: the previous period's, a year ago's, another form's, all filers'.

For every form one join a kind of comparison; a record carries all its broken checks in one array. Unknown (no other record,
nothing filed) is not broken. A finding belongs to the pair of batches it was seen in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.predicate import broken_sql, parse, parse_value
from jobs import slips
from jobs.inputs import Parameters, values
from jobs.vector import together
from schemas.calendar import compared_with, first_of_year
from schemas.contract import Check, Form, Rule
from schemas.period import parse_period

BEFORE = ("previous", "previous_in_year", "year_end", "year_ago")
_PLACE = ("unit_id", "period", "scope", "_row", "_source", "_cells", "_batch", "_submission")


@dataclass(frozen=True)
class Relations:
    """One form's relation rules over the records in force. `others`: the records of every form a rule mentions; `statement`: the mart."""

    form: Form
    records: DataFrame
    others: Mapping[str, DataFrame]
    statement: DataFrame
    parameters: Parameters

    def broken(self) -> Iterator[DataFrame]:
        """Frames of the columns `_PLACE`, declared_unit, _other_batch, rule_id, column, seen, expected, previous."""
        yield from self._against_earlier()
        yield from self._against_same_period()
        yield from self._kinds()

    def _against_earlier(self) -> Iterator[DataFrame]:
        for compare in BEFORE:
            checks = [(rule, check) for rule in self.form.relation_rules if rule.compare == compare for check in rule.checks]
            if checks:
                yield self._shown(self.pairs(compare), checks, {"": "r", "previous": "p"}, "p._batch")

    def _against_same_period(self) -> Iterator[DataFrame]:
        rules = [rule for rule in self.form.relation_rules if rule.compare == "same_period" and rule.checks]
        for rule in rules:
            names = mentioned(self.form, rule)
            joined = self.records.alias("r")
            for name in names:
                joined = joined.join(self._beside(name).alias(name), self._same(name), "left")
            aliases = {"": "r", "previous": names[0], **{name: name for name in names}}
            yield self._shown(joined, [(rule, check) for check in rule.checks], aliases, f"{names[0]}._batch")

    def _kinds(self) -> Iterator[DataFrame]:
        for rule in self.form.relation_rules:
            match rule.kind:
                case "first_in_year":
                    yield self._first_in_year(rule)
                case "registered":
                    beside = self._beside(rule.parameters["registry"])
                    yield self._placed(slips.registered(self.records, beside, rule))
                case "scale":
                    yield self._scale(rule)
                case "copied":
                    yield self._placed(slips.copied(self.form, self.pairs("previous"), rule))
                case "zero_column":
                    yield self._placed(slips.zero_column(self.form, self.records, self.statement, rule))

    def pairs(self, compare: str) -> DataFrame:
        """Each record `r` with the record `p` of the same unit and scope that it is compared with."""
        return self.records.alias("r").join(self._earlier(compare).alias("p"), ["unit_id", "period", "scope"])

    def _earlier(self, compare: str) -> DataFrame:
        """Records under the period of the record that is compared with them."""
        found = []
        for period in self.parameters.periods.get(self.form.name, ()):
            other = compared_with(self.form.calendar, parse_period(period), compare)
            if other is not None:
                found.append((period, str(other)))
        moved = values(self.records, {"later": "text", "period": "text"}, found)
        return self.records.join(F.broadcast(moved), "period").drop("period").withColumnRenamed("later", "period")

    def _beside(self, name: str) -> DataFrame:
        """Another form's records under the same period; of dated records the one that holds on the period's last day."""
        if self.parameters.forms[name].period_from == "submission":
            return self.others[name]
        ends = [(p, parse_period(p).end) for p in self.parameters.periods.get(self.form.name, ())]
        return slips.valid_on(self.others[name], values(self.records, {"at": "text", "period_end": "date"}, ends))

    def _same(self, name: str) -> F.Column:
        keys = ["unit_id", "period"] + (["scope"] if self.parameters.forms[name].scope else [])
        return reduce(F.Column.__and__, (F.col(f"r.{k}") == F.col(f"{name}.{k}") for k in keys))

    def _first_in_year(self, rule: Rule) -> DataFrame:
        total, part = rule.parameters["total"], rule.parameters["part"]
        items = [i.name for i in self.form.items if i.kind == rule.parameters["items"] and i.type == "amount"]
        checks = [
            (rule, Check(f"restated_reason IS NOT NULL OR within_tolerance({i}_{total}, {i}_{part})", f"{i}_{total}", f"{i}_{part}"))
            for i in items if i not in rule.parameters.get("except", ())
        ]  # fmt: skip
        known = self.parameters.periods.get(self.form.name, ())
        first = [p for p in known if first_of_year(self.form.calendar, parse_period(p))]
        return self._shown(self.records.where(F.col("period").isin(first)).alias("r"), checks, {"": "r"}, "CAST(0 AS BIGINT)")

    def _scale(self, rule: Rule) -> DataFrame:
        against = rule.parameters["against"]
        joined = self.records.alias("r")
        for name in against:
            same = [F.col(f"r.{k}") == F.col(f"{name}.{k}") for k in ("unit_id", "period", "scope")]
            joined = joined.join(self._earlier(name).alias(name), same, "left")
        names = [c.name for c in self.form.columns if c.measure in rule.parameters["measures"] and c.type == "amount"]
        other = f"coalesce({', '.join(f'{name}._batch' for name in against)}, 0)"
        return self._inlined(joined, (slips.off_by_factor(name, against, rule) for name in names), other)

    def _shown(
        self, joined: DataFrame, checks: Iterable[tuple[Rule, Check]], aliases: Mapping[str, str], other: str
    ) -> DataFrame:
        return self._inlined(joined, (_struct(self.form, rule, check, aliases) for rule, check in checks), other)

    def _inlined(self, joined: DataFrame, structs: Iterable[str], other: str) -> DataFrame:
        place = [f"r.{c} AS {c}" for c in _PLACE] + [f"{_unit(self.form, 'r.')} AS declared_unit", f"{other} AS _other_batch"]
        return joined.selectExpr(*place, f"inline({together(structs)})")

    def _placed(self, found: DataFrame) -> DataFrame:
        return found.selectExpr(*_PLACE, f"{_unit(self.form, '')} AS declared_unit", "_other_batch", *slips.SHOWN)


def mentioned(form: Form, rule: Rule) -> list[str]:
    """Other forms a rule's predicates look at, in order of name."""
    checks = rule.checks
    return sorted({name for check in checks for name in parse(check.predicate, form, relation=True).others})


def _unit(form: Form, alias: str) -> str:
    return f"{alias}declared_unit" if "declared_unit" in form.by_name else "CAST(NULL AS STRING)"


def _struct(form: Form, rule: Rule, check: Check, aliases: Mapping[str, str]) -> str:
    """NULL unless the check is broken on a day the rule is in force; then what the finding shows."""
    end = {"period_end": "CAST(NULL AS DATE)"}
    broken = broken_sql(parse(check.predicate, form, relation=True), "spark", {**aliases, **end})
    expected = parse_value(check.expected, form, relation=True).sql("spark", {**aliases, **end}) if check.expected else "NULL"
    previous = f"p.`{check.at}`" if aliases.get("previous") == "p" else "NULL"
    return f"CASE WHEN {broken} THEN {slips.shows(rule, check.at, expected, previous)} END"
