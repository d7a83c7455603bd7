"""How far the rows of a part look: the parts of each form that they can follow from, as relation rules are declared.

Wider than need be where that is simpler, never narrower. A kind of rule that is not known here looks at everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from expectations.bodies import READS
from expectations.relations import BEFORE, grouped, mentioned
from schemas.calendar import beside, compared_with
from schemas.contract import Form
from schemas.period import Period, parse_period, part_of

Periods = Mapping[str, Sequence[str]]
Looks = dict[str, dict[str, set[str]]]

# Kinds that look at the record, those it is compared with, and other forms beside these.
_NEAR = frozenset({"", "first_in_year", "scale", "copied", "registered", "sign", "transposed", "shift"})
_WIDER = frozenset({"zero_column", "holding_cycle", "order_of_bodies"})


def by_relations(forms: Mapping[str, Form], periods: Periods) -> Looks:
    """Part → form → parts of it that the findings of records of the part can follow from. `periods`: of every filed form."""
    parts = {name: frozenset(map(part_of, known)) for name, known in periods.items()}
    found: Looks = {}
    for name in periods:
        form = forms[name]
        kinds = {rule.kind for rule in form.relation_rules}
        beside_it = [(forms[other], compare) for other, compare in _others(form) if other in periods]
        for part, last in {part_of(period): period for period in sorted(periods[name])}.items():
            looked = found.setdefault(part, {})
            if kinds - _NEAR - _WIDER:
                looked |= {other: {*looked.get(other, ()), *its} for other, its in parts.items()}
            looked.setdefault(name, set()).update(_own(form, part, parse_period(last), kinds, parts[name]))
            for other_name in (READS if "order_of_bodies" in kinds else ()):
                looked.setdefault(other_name, set()).update(parts.get(other_name, ()))
            for other, compare in beside_it:
                looked.setdefault(other.name, set()).update(_beside(form, other, parse_period(last), compare, parts[other.name]))
    return found


def _others(form: Form) -> list[tuple[str, str]]:
    """Other forms that relation rules look at, and beside which record."""
    named = {(name, at) for rule in form.relation_rules for name in mentioned(form, rule) for at in (rule.compare, "same_period")}
    registries = {(rule.parameters["registry"], "same_period") for rule in form.relation_rules if rule.kind == "registered"}
    return sorted(named | registries | {(name, "same_period") for name in grouped(form)})


def _own(form: Form, part: str, at: Period, kinds: Set[str], parts: Set[str]) -> set[str]:
    others = (compared_with(form.calendar, at, compare) for compare in BEFORE)
    found = {part, *(part_of(str(other)) for other in others if other is not None)}
    if "zero_column" in kinds:
        found |= {other for other in parts if other[4:] == part[4:]}
    if "holding_cycle" in kinds:
        found |= {other for other in parts if other <= part}
    return found


def _beside(form: Form, other: Form, at: Period, compare: str, parts: Set[str]) -> set[str]:
    """Of dated records those that began by the end of the period, where their period is the day on which they begin."""
    if other.dated:
        return {part for part in parts if other.period_from != "valid_from" or part <= part_of(at.end.isoformat())}
    its = beside(form.calendar, other.calendar, at, compare)
    return set() if its is None else {part_of(str(its))}
