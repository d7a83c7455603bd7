"""The last stage of a night: one release of what was built and audited, then the journal."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import released
from catalog.ledger.gold import WARNING, check_official
from catalog.ledger.ledger import Ledger
from catalog.ledger.values import Refused, ReleaseNote, Warned, WarnedNow, named
from catalog.settings import Settings
from catalog.telemetry import logs
from jobs import journal, sound


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
        seen = sound.gold(settings, ledger)
        made = ledger.publish(settings.today.isoformat(), _warned(settings, ledger), seen)
        if official is not None:
            made = _official(settings, ledger, official)
        journal.export(settings, ledger)
        if made is not None:
            logs.note("release.published", release=made.id, count=len(made.marts))
        return made
    finally:
        ledger.close()


def _warned(settings: Settings, ledger: Ledger) -> WarnedNow | None:
    """What the audited `warning` says of supervised units; public samples (labelled) are nobody's to handle."""
    built, last = ledger.marts().get(WARNING), ledger.release()
    released_already = last is not None and built is not None and last.marts.get(WARNING, {}).get("version") == built.version
    if built is None or built.state != "audited" or released_already:
        return None
    rows = released.built(settings, WARNING, built.version).to_table().to_pylist()
    return WarnedNow(built.version, tuple(
        Warned(r["warning_id"], r["unit_id"], r["period"], r["scope"], r.get("subject") or "", r["level"], r["title"], r["owner"])
        for r in rows if not r["label"]
    ))  # fmt: skip


def _official(settings: Settings, ledger: Ledger, official: Official) -> ReleaseNote:
    last = ledger.release()
    if last is None:
        raise Refused("还没有任何发布，不能作正式发布；请先运行 guozi night")
    check_official(last, official.by, official.reason)
    return ledger.make_official(last.id, official.by, official.reason, released.keep(settings, ledger, last))
