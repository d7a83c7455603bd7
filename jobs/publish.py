"""The last stage of a night: one release of what was built and audited, then the journal."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import released
from catalog.ledger.gold import check_official
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused, ReleaseNote, named
from catalog.settings import Settings
from jobs import journal


@dataclass(frozen=True)
class Official:
    """Who makes a release an official one, and why."""

    by: str
    reason: str


def publish(settings: Settings, official: Official | None = None) -> ReleaseNote | None:
    """Publishes every audited mart in one transaction; a held one keeps its last good version.

    None when nothing changed since the last release. The journal is brought up to date in either case. `official`: the
    last release, new or not, is also kept as files and made official. Raises Refused, archive.Damaged.
    """
    if official is not None:
        named(official.by, official.reason)
    ledger = Ledger.open(settings)
    try:
        made = ledger.publish(settings.today.isoformat())
        if official is not None:
            made = _official(settings, ledger, official)
        journal.export(settings, ledger)
        return made
    finally:
        ledger.close()


def _official(settings: Settings, ledger: Ledger, official: Official) -> ReleaseNote:
    last = ledger.release()
    if last is None:
        raise Refused("还没有任何发布，不能作正式发布；请先运行 guozi night")
    check_official(last, official.by, official.reason)
    return ledger.make_official(last.id, official.by, official.reason, released.keep(settings, ledger, last))
