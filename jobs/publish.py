"""The last stage of a night: one release of what was built and audited, then the journal."""

from __future__ import annotations

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import ReleaseNote
from catalog.settings import Settings
from jobs import journal


def publish(settings: Settings) -> ReleaseNote | None:
    """Publishes every audited mart in one transaction; a held one keeps its last good version.

    None when nothing changed since the last release. The journal is brought up to date in either case.
    """
    ledger = Ledger.open(settings)
    try:
        made = ledger.publish(settings.today.isoformat())
        journal.export(settings, ledger)
        return made
    finally:
        ledger.close()
