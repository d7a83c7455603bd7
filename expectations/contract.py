"""Can every rule of a contract be run? The question that `schemas` cannot answer, since it holds only the text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from expectations import kinds
from expectations.columns import codes
from expectations.lexis import PredicateError, Refused
from expectations.predicate import parse, parse_value, parse_when
from schemas.contract import Form, Rule
from schemas.declared import once_per_set
from schemas.delivered import Warning
from schemas.load import form as load_form
from schemas.load import readable
from schemas.reading import ContractError
from schemas.rows import Reading


@once_per_set
def runnable(name: str) -> Form:
    """The form of this name, all rules of which can be run; each contract is looked at once a process.

    Raises KeyError when there is no such form, ContractError when its document or one of its rules is wrong.
    """
    made = load_form(name)
    check_form(made)
    return made


def check_form(form: Form) -> None:
    """Raises ContractError with one line for each rule or column that cannot be used."""
    found = [*_column_problems(form), *(p for rule in form.rules for p in rule_problems(form, rule))]
    if found:
        raise ContractError("\n".join(f"submissions/{form.name}.yaml {line}" for line in found))


def rule_problems(form: Form, rule: Rule) -> Iterator[str]:
    if rule.kind:
        yield from (f"规则 {rule.id}：{problem}" for problem in kinds.problems(form, rule))
    if rule.compare and rule.severity == "error":
        yield f"规则 {rule.id}：关系规则不能是 error；改为 query 或 notice"
    for check in rule.checks:
        if check.at and check.at not in form.by_name:
            yield f"规则 {rule.id}：at 的列“{check.at}”不存在；改正列名"
        try:
            parse(check.predicate, form, relation=bool(rule.compare))
            if check.expected:
                parse_value(check.expected, form, relation=bool(rule.compare))
        except PredicateError as problem:
            yield f"规则 {rule.id}：{problem}"


def check_warning(warning: Warning) -> None:
    """Raises ContractError with one line for each condition of a row warning that cannot be run."""
    reading = Reading(warning, readable(warning.parameters["reads"]))
    conditions = [(f"第 {n} 档 when", line.when, line.values) for n, line in enumerate(warning.lines, 1)]
    if where := warning.parameters.get("where"):
        conditions.append(("where", where, {}))
    found = []
    for place, text, given in conditions:
        try:
            parse_when(text, reading, {"as_of": date.min, **given})
        except PredicateError as problem:
            found.append(f"warnings {warning.id} {place}：{problem}")
    if found:
        raise ContractError("\n".join(found))


def _column_problems(form: Form) -> Iterator[str]:
    for column in form.columns:
        try:
            if column.codes:
                codes(column.codes)
        except Refused as refusal:
            yield f"列 {column.name}：{refusal}"
