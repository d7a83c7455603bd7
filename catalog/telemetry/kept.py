"""How each stage last ended, kept as `GUOZI_HOME/metrics/<stage>.json`: what the ledger does not know of a night."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from catalog.settings import Settings

STAGES = ("plan", "land", "refine", "build", "publish")


@dataclass(frozen=True)
class Ended:
    """`at`: seconds since 1970; `day`: the operator's; `marts`: of a build, each mart computed → {seconds, rows}."""

    stage: str
    at: float
    day: str
    seconds: float
    fine: bool
    marts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def folder(settings: Settings) -> Path:
    return settings.home / "metrics"


def keep(settings: Settings, ended: Ended) -> None:
    """Raises OSError."""
    folder(settings).mkdir(parents=True, exist_ok=True)
    part = folder(settings) / f".{ended.stage}.{os.getpid()}"
    part.write_text(json.dumps(asdict(ended)), encoding="ascii")
    part.replace(folder(settings) / f"{ended.stage}.json")


def kept(settings: Settings) -> dict[str, Ended]:
    """By stage; none where a stage never ran."""
    paths = [path for stage in STAGES if (path := folder(settings) / f"{stage}.json").exists()]
    read: list[dict[str, Any]] = [json.loads(path.read_text(encoding="ascii")) for path in paths]
    return {one["stage"]: Ended(**one) for one in read}
