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


def environment(settings: Settings) -> dict[str, str]:
    """What a process of its own is told to find the same place."""
    told = {
        "GUOZI_HOME": str(settings.home), "GUOZI_LAKE": settings.lake, "GUOZI_LEDGER": settings.ledger,
        "GUOZI_TODAY": settings.today.isoformat(), "GUOZI_ARRIVALS": settings.arrivals, "GUOZI_WORKERS": str(settings.workers),
        "GUOZI_SPARK_MASTER": settings.spark_master, "GUOZI_LEASE": str(settings.lease),
    }  # fmt: skip
    if settings.store is not None:
        store = settings.store
        told |= {"GUOZI_S3_ENDPOINT": store.endpoint, "GUOZI_S3_ACCESS_KEY": store.access_key, "GUOZI_S3_SECRET_KEY": store.secret_key,
                 "GUOZI_S3_CA": str(store.authority or "")}  # fmt: skip
    return told


def lose_ledger(settings: Settings) -> None:
    for path in settings.home.glob("ledger.db*"):
        path.unlink()
