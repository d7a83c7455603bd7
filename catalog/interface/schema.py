"""A form's records as JSON Schema (2020-12): what may be pushed as JSON, by column name."""

from __future__ import annotations

from typing import Any

from schemas.codes import code_list
from schemas.column import Column
from schemas.contract import Form

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER = r"^[-+]?[0-9][0-9,]*(\.[0-9]+)?$"
# Longer lists are given as files in codes/ alone.
_LISTED = 60
_TYPES: dict[str, dict[str, Any]] = {
    "amount": {"type": ["number", "string"], "pattern": _NUMBER}, "ratio": {"type": ["number", "string"], "pattern": rf"{_NUMBER[:-1]}%?$"},
    "quantity": {"type": ["number", "string"], "pattern": _NUMBER},
    "integer": {"type": ["integer", "string"], "pattern": r"^[-+]?[0-9,]+$"},
    "date": {"type": "string", "format": "date"}, "boolean": {"enum": [True, False, "是", "否"]},
}  # fmt: skip


def record_schema(form: Form) -> dict[str, Any]:
    """One record; keys are column names, Chinese headers and synonyms are taken as well."""
    return {
        "$schema": DIALECT, "title": form.title, "description": form.purpose, "type": "object",
        "properties": {column.name: _property(column) for column in form.columns},
        "required": [c.name for c in form.columns if c.required and not _said_once(form, c)],
    }  # fmt: skip


def _said_once(form: Form, column: Column) -> bool:
    """What a submission may say once for all records."""
    return column.name in ("period", "declared_unit") or (column.name == "scope" and form.scope.startswith("="))


def _property(column: Column) -> dict[str, Any]:
    made: dict[str, Any] = {"title": column.label, **_TYPES.get(column.type, {"type": "string"})}
    if not column.required:
        made = {"anyOf": [{k: v for k, v in made.items() if k != "title"}, {"type": "null"}], "title": column.label}
    if column.codes:
        codes = code_list(column.codes)
        made["x-code-list"] = f"codes/{column.codes}.csv"
        if len(codes) <= _LISTED:
            made["examples"] = [code.code for code in codes[:3]]
    if column.unit:
        made["x-unit"] = column.unit
    return made
