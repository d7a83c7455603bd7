"""Homes to be written, copied from one that several tests read."""

import shutil
from dataclasses import replace
from pathlib import Path

from catalog.settings import Settings


def moved(settings: Settings, home: Path) -> Settings:
    """A copy of a whole home, to be written."""
    shutil.copytree(settings.home, home)
    return replace(settings, home=home, lake=str(home / "lake"), ledger=f"sqlite:///{home / 'ledger.db'}")
