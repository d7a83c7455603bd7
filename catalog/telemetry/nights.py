"""When a night was last done, as the structured logs tell: a night that found nothing new leaves no other trace."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from catalog.telemetry.logs import folder

_LAST = ("publish", "night")


def last_finished(home: Path) -> datetime | None:
    """The end of the last night's last stage; None when the logs tell of none."""
    for day in sorted(folder(home).glob("????-??-??.jsonl"), reverse=True):
        for line in reversed(day.read_text(encoding="ascii").splitlines()):
            if '"stage.end"' in line and (said := json.loads(line)).get("stage") in _LAST:
                return datetime.fromisoformat(said["ts"])
    return None
