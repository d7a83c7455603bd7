"""Nights without Spark as processes of their own: to be killed, stopped, or run beside each other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from catalog.settings import Settings, load_settings
from tests.jobs.homes import environment
from tests.jobs.incoming import capital, capital_with, put

_NIGHT = Path(__file__).with_name("night_to_kill.py")


def home(folder: Path) -> Settings:
    return load_settings({"GUOZI_HOME": str(folder), "GUOZI_TODAY": "2025-05-20", "GUOZI_ARRIVALS": "manifest", "GUOZI_WORKERS": "2"})


def send(settings: Settings) -> Settings:
    """Accepted, quarantined in part, a revision, the same bytes twice, a file that cannot be read."""
    capital(settings, "sse/2010.csv", arrived="2011-04-30", rows="8")
    capital(settings, "sse/2010_r2.csv", capital_with("海信电器", "海信视像"), arrived="2011-05-30", revision="2")
    capital(settings, "sse/2011.csv", capital_with('"-"', '"？"', "2011"), year="2011", arrived="2012-04-30")
    capital(settings, "again/2010.csv", arrived="2011-06-30")
    put(settings, "sse/balance.csv", "balance_sheet_2012.csv", "listed_balance_sheet", "2012", arrived="2013-04-30")
    put(settings, "sse/broken.csv", "", "listed_profile", "2012", b"\x00\x01", arrived="2013-04-30")
    return settings


def begin(settings: Settings, failpoint: str = "", *how: str) -> subprocess.Popen[bytes]:
    """A night that kills itself at the failpoint, if one is named. `how`: of `night_to_kill`."""
    told = {**os.environ, **environment(settings), "GUOZI_FAILPOINT": failpoint, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen([sys.executable, str(_NIGHT), *how], env=told, stderr=subprocess.PIPE)


def run(settings: Settings, failpoint: str = "") -> int:
    started = begin(settings, failpoint)
    started.communicate()
    return started.returncode
