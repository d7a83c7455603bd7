"""Message templates of rules and warnings, filled in one place."""

from __future__ import annotations

NOTHING = "（空）"
SEVERITIES = {"error": "必改", "query": "核实", "notice": "提示"}


def say(template: str, **values: object) -> str:
    """`{label}应为 {expected}` with values; a value that is missing reads （空）. Unknown placeholders raise KeyError."""
    shown = {key: NOTHING if value in (None, "") else value for key, value in values.items()}
    return template.format_map({"previous": NOTHING, **shown})
