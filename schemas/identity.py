"""What makes two findings the same one: rule, record and value seen, whichever submission they were seen in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

_PARTS = ("rule_id", "form", "unit_id", "period", "scope", "column", "record", "seen")


def record_text(values: Iterable[object]) -> str:
    """The own key of a record (`Form.own_key`) as one text; empty where an entry has one record."""
    return "|".join("" if value is None else str(value) for value in values)


def finding_number(finding: Mapping[str, Any]) -> str:
    """F and twelve hexadecimal digits. A finding of another period has another number: an explanation ends with its period."""
    told = "\x1f".join(str(finding.get(part) or "") for part in _PARTS)
    return f"F{hashlib.sha256(told.encode()).hexdigest()[:12]}"
