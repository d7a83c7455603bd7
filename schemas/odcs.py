"""A contract written out in full as an Open Data Contract Standard v3.1 document, for catalogues and other readers.

What the standard has no place for stands in `customProperties`. A test validates every document against the
standard's own schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.column import SQL_TYPES, Column
from schemas.contract import Check, Form, Rule
from schemas.delivered import Mart
from schemas.freeze import plain
from schemas.implied import all_rules
from schemas.lineage import sources

_LOGICAL = {
    "amount": "number", "sum": "number", "figure": "number", "ratio": "number", "quantity": "number",
    "integer": "integer", "boolean": "boolean", "date": "date", "list": "array",
}  # fmt: skip
_COLUMN_EXTRAS = {
    "type": "guoziType", "header": "fileHeader", "synonyms": "synonyms", "codes": "codeList", "unit": "unit",
    "owner": "ownerOffice", "item": "cardItem", "measure": "cardMeasure", "percent": "filedInPercent",
    "prefix": "idPrefix", "personal": "personalInformation", "run_dependent": "runDependent",
}  # fmt: skip


def form_document(form: Form) -> dict[str, Any]:
    """The form with every column of its card and every rule, the implied ones too."""
    extras = {
        "title": form.title, "ownerOffice": form.owner, "grade": form.grade, "sharing": form.sharing,
        "legalBasis": form.legal_basis, "layouts": form.layouts, "accumulation": form.accumulation,
        "acceptance": form.acceptance, "source": form.source, "scopeColumn": form.scope, "periodFrom": form.period_from,
        "calendar": form.calendar, "label": form.label, "review": form.review,
    }  # fmt: skip
    table = _table(form.name, form.title, form.columns, form.key)
    table["quality"] = [_quality(rule) for rule in all_rules(form)]
    return _document(form.document, form.version, form.status, form.domain, form.purpose, table, extras)


def mart_document(mart: Mart) -> dict[str, Any]:
    table = _table(mart.name, mart.title, mart.columns, mart.key)
    table["dataGranularityDescription"] = mart.grain
    extras = {"title": mart.title, "ownerOffice": mart.owner, "inputs": mart.inputs}
    head = mart.document
    return _document(head, head["version"], head["status"], head["domain"], mart.description, table, extras)


def _document(
    head: Mapping[str, Any], version: str, status: str, domain: str, purpose: str, table: dict[str, Any],
    extras: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    return {
        "apiVersion": head["apiVersion"], "kind": head["kind"], "id": head["id"], "name": head["name"],
        "version": version, "status": status, "domain": domain, "description": {"purpose": purpose},
        "schema": [table], "customProperties": _custom(extras),
    }  # fmt: skip


def _table(name: str, title: str, columns: Iterable[Column], key: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": name, "businessName": title, "logicalType": "object", "physicalType": "table",
        "properties": [_property(column, key) for column in columns],
    }  # fmt: skip


def _property(column: Column, key: tuple[str, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": column.name, "businessName": column.label, "logicalType": _LOGICAL.get(column.type, "string"),
        "physicalType": SQL_TYPES[column.type], "required": column.required, "classification": column.grade,
    }  # fmt: skip
    if column.name in key:
        made |= {"primaryKey": True, "primaryKeyPosition": key.index(column.name) + 1}
    if column.description:
        made["description"] = column.description
    if column.rests_on:
        made["transformSourceObjects"] = list(sources(column))
    made["customProperties"] = _custom({alias: getattr(column, name) for name, alias in _COLUMN_EXTRAS.items()})
    return made


def _quality(rule: Rule) -> dict[str, Any]:
    """A rule as a custom check of this project's engine; each expansion with its predicate, cell and expected value."""
    implementation = {
        "checks": [_check(check) for check in rule.checks], "kind": rule.kind, "parameters": plain(rule.parameters),
        "compare": rule.compare, "message": rule.message, "validFrom": rule.valid_from.isoformat(),
        "validTo": rule.valid_to.isoformat() if rule.valid_to else "",
    }  # fmt: skip
    made: dict[str, Any] = {
        "id": rule.id, "name": rule.id, "description": rule.title, "dimension": rule.dimension,
        "severity": rule.severity, "type": "custom", "engine": "guozi",
        "implementation": {name: value for name, value in implementation.items() if value},
    }  # fmt: skip
    if extras := _custom({"basis": rule.basis, "related": rule.related}):
        made["customProperties"] = extras
    return made


def _check(check: Check) -> dict[str, str]:
    return {name: text for name, text in plain(check).items() if text}


def _custom(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Only what is said: empty values and False are the default."""
    return [{"property": name, "value": plain(value)} for name, value in values.items() if value]
