"""Time passes over a lake in a folder: every file, and what Delta's logs say of when a file was removed, becomes days older.

Retention is counted by the machine's clock, in the engines; a year of nights is over in half an hour of it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.settings import Settings
from catalog.tables import LAYERS

_DAY = 24 * 60 * 60


def pass_days(settings: Settings, days: int) -> None:
    """Between nights: nothing may be writing."""
    for layer in LAYERS:
        for table in sorted((Path(settings.lake) / layer).glob("*")):
            for log in sorted((table / "_delta_log").glob("*")):
                if log.suffix == ".json":
                    _rewrite(log, _older_lines(log.read_text(encoding="utf-8"), days))
                elif log.suffix == ".parquet":
                    _checkpoint(log, days)
            for path in (p for p in table.rglob("*") if p.is_file()):
                seen = path.stat()
                os.utime(path, (seen.st_atime - days * _DAY, seen.st_mtime - days * _DAY))


def _older_lines(text: str, days: int) -> str:
    lines = [json.loads(line) for line in text.splitlines() if line]
    for line in lines:
        for action, name in (("remove", "deletionTimestamp"), ("commitInfo", "timestamp")):
            if line.get(action, {}).get(name):
                line[action][name] -= days * _DAY * 1000
    return "\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines) + "\n"


def _rewrite(log: Path, text: str) -> None:
    """In place of what it was, with its times."""
    seen = log.stat()
    log.write_text(text, encoding="utf-8")
    os.utime(log, (seen.st_atime, seen.st_mtime))


def _checkpoint(log: Path, days: int) -> None:
    seen, stored = log.stat(), pq.read_table(log)
    if "remove" not in stored.schema.names:
        return
    field = stored.schema.field("remove")
    rows: list[dict[str, Any] | None] = stored["remove"].to_pylist()
    for row in rows:
        if row and row.get("deletionTimestamp"):
            row["deletionTimestamp"] -= days * _DAY * 1000
    changed = stored.set_column(stored.schema.get_field_index("remove"), field, pa.array(rows, field.type))
    pq.write_table(changed, log)
    os.utime(log, (seen.st_atime, seen.st_mtime))
