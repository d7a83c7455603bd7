"""Relation rules as SQL of either engine: what is broken between a record and those beside it, and what a finding shows.

Aliases of the records: `r` the record itself; `previous`, `previous_in_year`, `year_end`, `year_ago` its earlier ones; a form's
name that form's record beside it, `year_end_<form>` the one that stands beside its record of last year's end; `each_<form>` that
form's records beside it, grouped. Who joins them is `jobs.relations` on the lake and `intake.beside` on a release.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from expectations import bodies
from expectations.predicate import Predicate, broken_sql, parse, parse_value
from expectations.related import PREFIX, RelatedNode
from expectations.slips import NUMBERS, figure_columns
from expectations.target import Dialect, Target
from schemas.calendar import first_of_year
from schemas.contract import Check, Form, Rule
from schemas.period import parse_period

BEFORE = ("previous", "previous_in_year", "year_end", "year_ago")
PAIR = ("unit_id", "period", "scope")
_AGGREGATES = ("SUM", "COUNT", "MIN", "MAX")


@dataclass(frozen=True)
class Probe:
    """One check: SQL that is true where it is broken, and SQL of what is shown; `batch` is of the record compared with."""

    rule: Rule
    column: str
    broken: str
    seen: str
    expected: str = "NULL"
    previous: str = "NULL"
    batch: str = "0"


def shared_key(form: Form, other: Form) -> list[str]:
    """Columns that a record of one form and the record of another beside it agree in.

    A form without scope stands beside the other's single statement.
    """
    entry = PAIR if other.scope and form.scope else PAIR[:2]
    return [*entry, *(name for name in other.own_key if name in form.by_name)]


def beside_alias(other: str, compare: str) -> str:
    """Of another form's record: beside the record itself, or beside the one it is compared with."""
    return f"{compare}_{other}" if compare in BEFORE else other


def mentioned(form: Form, rule: Rule) -> list[str]:
    """Other forms of which a rule's predicates look at one record, in order of name."""
    return sorted({name for check in rule.checks for name in parse(check.predicate, form, relation=True).others})


def grouped(form: Form) -> dict[str, list[RelatedNode]]:
    """Other form → the aggregates over its records that the form's relation rules look at."""
    found: dict[str, dict[str, RelatedNode]] = {}
    for check in (c for rule in form.relation_rules for c in rule.checks if any(f"{f}(" in c.predicate for f in _AGGREGATES)):
        texts = [parse(check.predicate, form, relation=True)]
        values = [*texts, *([parse_value(check.expected, form, relation=True)] if check.expected else [])]
        for node in (n for value in values for n in value.related):
            found.setdefault(node.form, {})[node.name] = node
    return {name: list(nodes.values()) for name, nodes in found.items()}


def looked_at(form: Form) -> set[str]:
    """Other forms that the form's relation rules look at."""
    named = {name for rule in form.relation_rules for name in mentioned(form, rule)}
    registries = {rule.parameters["registry"] for rule in form.relation_rules if rule.kind == "registered"}
    ordered = {name for rule in form.relation_rules if rule.kind == "order_of_bodies" for name in bodies.READS}
    return named | grouped(form).keys() | registries | ordered


def probes(form: Form, rule: Rule, dialect: Dialect, periods: Sequence[str], known: Collection[str]) -> list[Probe]:
    """Every check of a rule. `periods`: those the form has entries of; `known`: forms of which anything was ever filed."""
    match rule.kind:
        case "":
            return _declared(form, rule, rule.checks, dialect, periods, known)
        case "first_in_year":
            return _declared(form, rule, _first_in_year(form, rule, periods), dialect, periods, known)
        case "scale":
            return [_off_by_factor(name, rule, dialect) for name in figure_columns(form, rule)]
        case "copied":
            return [_whole_sheet(form, rule, dialect)]
    return []


def _declared(
    form: Form, rule: Rule, checks: Sequence[Check], dialect: Dialect, periods: Sequence[str], known: Collection[str]
) -> list[Probe]:
    """Nothing where one of the checks looks at a form of which nothing was ever filed, unless it looks at an earlier record too:
    then all of that form is NULL.
    """
    parsed = [(check, parse(check.predicate, form, relation=True)) for check in checks]
    looked_at = {name for _, p in parsed for name in (*(() if p.previous else p.others), *(n.form for n in p.related))}
    return [_check(form, rule, check, p, dialect, periods, known) for check, p in parsed if looked_at <= set(known)]


def _check(
    form: Form, rule: Rule, check: Check, predicate: Predicate, dialect: Dialect, periods: Sequence[str], known: Collection[str]
) -> Probe:  # fmt: skip
    names = {name: beside_alias(name, rule.compare) if name in known else "" for name in predicate.others}
    each = {node.alias: node.alias for node in predicate.related}
    at = Target(dialect, {"": "r"}, ())
    aliases = {"": "r", "previous": rule.compare, "period_end": at.column("", "period_end"), **names, **each}
    earlier = rule.compare in BEFORE and (bool(predicate.previous) or not names)
    beside = "" if rule.kind else rule.compare if earlier else next(iter(sorted(names.values())), "")
    expected = parse_value(check.expected, form, relation=True).sql(dialect, aliases) if check.expected else "NULL"
    there = [f"{_column(dialect, beside, '_batch')} IS NOT NULL"] if beside else []
    silent = [p for p in periods if not rule.valid_on(parse_period(p).end)]
    dated = [f"{at.column('', 'period')} NOT IN ({', '.join(map(at.text, silent))})"] if silent else []
    batch = beside or next(iter(sorted(each)), "")
    return Probe(
        rule, check.at, " AND ".join([*there, *dated, broken_sql(predicate, dialect, aliases)]), at.column("", check.at), expected,
        _column(dialect, beside, check.at) if beside in BEFORE else "NULL",
        f"COALESCE({_column(dialect, batch, '_batch')}, 0)" if batch else "0",
    )  # fmt: skip


def _column(dialect: Dialect, alias: str, name: str) -> str:
    return Target(dialect, {alias: alias}, ()).column(alias, name)


def _first_in_year(form: Form, rule: Rule, periods: Sequence[str]) -> list[Check]:
    """No other record is needed: the check is of the first period of each year."""
    total, part, skip = (rule.parameters.get(k, ()) for k in ("total", "part", "except"))
    items = [i.name for i in form.items if i.kind == rule.parameters["items"] and i.type == "amount" and i.name not in skip]
    later = [p for p in periods if not first_of_year(form.calendar, parse_period(p))]
    exempt = f"period IN ({', '.join(map(repr, later))}) OR " if later else ""
    return [
        Check(f"{exempt}restated_reason IS NOT NULL OR within_tolerance({i}_{total}, {i}_{part})", f"{i}_{total}", f"{i}_{part}")
        for i in items
    ]


def _off_by_factor(name: str, rule: Rule, dialect: Dialect) -> Probe:
    """An amount off by a factor from every comparator that is filed and not zero, of which there is one."""
    against: list[str] = rule.parameters["against"]
    low, high = (Decimal(bound) for bound in rule.parameters["band"])
    own = _column(dialect, "r", name)
    seen = f"ABS(CAST({own} AS DECIMAL(28,4)))"

    def near(big: str, small: str) -> str:
        return " OR ".join(f"{big} BETWEEN {small} * {f * low:f} AND {small} * {f * high:f}" for f in rule.parameters["factors"])

    filed = [f"NULLIF(CAST({_column(dialect, other, name)} AS DECIMAL(28,4)), 0)" for other in against]
    off = " AND ".join(f"({c} IS NULL OR {near(seen, f'ABS({c})')} OR {near(f'ABS({c})', seen)})" for c in filed)
    previous = f"COALESCE({', '.join(filed)})"
    batch = f"COALESCE({', '.join(_column(dialect, other, '_batch') for other in against)})"
    return Probe(rule, name, f"{own} <> 0 AND {previous} IS NOT NULL AND {off}", own, previous=previous, batch=batch)


def _whole_sheet(form: Form, rule: Rule, dialect: Dialect) -> Probe:
    """All figures are those of the period before, enough of them not zero. The finding is of the whole sheet."""
    names = figure_columns(form, rule, NUMBERS)
    mine, its = (
        f"array({', '.join(f'CAST({_column(dialect, alias, n)} AS DECIMAL(28,8))' for n in names)})" for alias in ("r", "previous")
    )
    if dialect == "duckdb":
        mine, its = mine.replace("array(", "list_value(", 1), its.replace("array(", "list_value(", 1)
    lively = f"size(filter({mine}, v -> v <> 0))" if dialect == "spark" else f"len(list_filter({mine}, lambda v: v <> 0))"
    broken = f"{mine} IS NOT DISTINCT FROM {its} AND {lively} >= {int(rule.parameters['least'])}"
    return Probe(rule, "", broken, lively, batch=_column(dialect, "previous", "_batch"))


def alias_of(form: str) -> str:
    """Of a form's grouped records."""
    return PREFIX + form

