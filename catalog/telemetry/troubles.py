"""What could not be told: a lineage event not sent, metrics not written. It stops nothing and is never silent.

Each trouble is a line of the log and of `GUOZI_HOME/logs/troubles.jsonl`, which the summary and the metric
`guozi_telemetry_failures_total` count.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from catalog.settings import ZONE, Settings
from catalog.telemetry import logs

_FILE = "troubles.jsonl"


def aside(settings: Settings, what: str, tell: Callable[[], None]) -> None:
    """Runs `tell`; whatever goes wrong with it is kept as a trouble of `what`, and the work it tells of goes on."""
    try:
        tell()
    except Exception as problem:
        told = logs.failure(problem)
        told["what"] = what
        logs.note("telemetry.failed", "error", **told)
        _keep(settings, what, told["error"])


def counted(settings: Settings) -> dict[str, int]:
    """What (lineage, metrics) → how often it could not be told."""
    path = logs.folder(settings.home) / _FILE
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return dict(Counter(json.loads(line)["what"] for line in lines))


def _keep(settings: Settings, what: str, error: str) -> None:
    line = {"ts": datetime.now(ZONE).isoformat(timespec="milliseconds"), "what": what, "error": error}
    try:
        logs.folder(settings.home).mkdir(parents=True, exist_ok=True)
        with (logs.folder(settings.home) / _FILE).open("a", encoding="ascii") as kept:
            kept.write(f"{json.dumps(line)}\n")
    except OSError as problem:
        print(f"{what} 没有送出（{error}），也记不下来（{problem.strerror}）；检查 GUOZI_HOME 的磁盘和权限", file=sys.stderr)
