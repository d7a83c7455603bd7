"""A contract resolved to plain values, and its hash: what is kept so that any judging can be repeated years later."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from datetime import date
from typing import Any

from schemas.codes import code_list
from schemas.contract import Form
from schemas.declared import once_per_set
from schemas.load import form


def plain(value: Any) -> Any:
    """Dataclasses, tuples, mappings and dates as JSON values; a form's source document is left out (it is resolved)."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclass_fields(value) if f.name != "document"}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of a plain value."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def resolved(made: Form) -> dict[str, Any]:
    """The form with every code list it judges by."""
    lists = {c.codes for c in made.columns if c.codes} | _lists_in_rules(made)
    return {"form": plain(made), "codes": {name: _plain_list(name) for name in sorted(lists)}}


@once_per_set
def _plain_list(name: str) -> Any:
    return plain(code_list(name))


def _lists_in_rules(made: Form) -> set[str]:
    texts = " ".join(check.predicate for rule in made.rules for check in rule.checks)
    lists = {part.split("'")[1] for part in texts.split("valid_code(")[1:]}
    return lists | ({"mart_parameter"} if "parameter(" in texts else set())


@once_per_set
def contract_hash(name: str) -> str:
    return digest(resolved(form(name)))
