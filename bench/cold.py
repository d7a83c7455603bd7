"""A sample city and its first night, done once for all sections that start from it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.measure import Measured, measured
from bench.options import Options
from samples import generate


@dataclass(frozen=True)
class Cold:
    """`home` as the night left it, `sent` what its units had sent, `night` what it cost."""

    home: Path
    sent: Path
    environment: Mapping[str, str]
    night: Measured


@cache
def cold(folder: Path, options: Options) -> Cold:
    home, city = folder / "var", folder / "city"
    summary = generate(city, options.seed, options.city, domains=options.domains)
    sent = city / "incoming"
    shutil.copytree(sent, home / "incoming")
    environment = {"GUOZI_HOME": str(home), "GUOZI_ARRIVALS": "manifest", "GUOZI_TODAY": summary.today.isoformat()}
    return Cold(home, sent, environment, measured([sys.executable, "-m", "bench.night"], environment))
