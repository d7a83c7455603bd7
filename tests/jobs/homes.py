"""Homes to be written, copied from one that several tests read."""

import shutil
from dataclasses import replace
from pathlib import Path

from catalog.settings import Settings


def moved(settings: Settings, home: Path) -> Settings:
    """A copy of a whole home, to be written."""
    shutil.copytree(settings.home, home)
    return elsewhere(settings, home)


def elsewhere(settings: Settings, home: Path) -> Settings:
    """The same settings at a home that need not be there yet."""
    return replace(settings, home=home, lake=str(home / "lake"), ledger=f"sqlite:///{home / 'ledger.db'}")


def lose_ledger(settings: Settings) -> None:
    for path in settings.home.glob("ledger.db*"):
        path.unlink()
