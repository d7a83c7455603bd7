"""Marts and releases inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.failpoint import reach
from catalog.ledger import cases, leases
from catalog.ledger.models import MartState, Release, Scratch
from catalog.ledger.values import MartVersion, Refused, ReleaseNote, ScratchNote, WarnedNow, named
from catalog.ledger.writer import Writer

_COLUMNS = ("mart", "fingerprint", "version", "rows", "content_hash", "state", "seq", "as_of", "declared", "fence")
WARNING = "warning"
_RELEASED = ("fingerprint", "version", "rows", "content_hash", "seq", "as_of", "declared")


def set_mart(writer: Writer, mart: MartVersion, reason: str) -> None:
    """Raises Fenced."""
    leases.check(writer.session, mart.fence)
    known = writer.session.get(MartState, mart.mart)
    before = known.state if known and known.version == mart.version and known.state != mart.state else ""
    values = {name: getattr(mart, name) for name in _COLUMNS}
    writer.event("mart", mart.version, before, mart.state, reason, data=values)
    if known is None:
        writer.session.add(MartState(**values))
        return
    for name, value in values.items():
        setattr(known, name, value)


def release_mart(writer: Writer, mart: str, by: str, reason: str) -> None:
    known = writer.session.get(MartState, mart)
    if known is None or known.state != "held":
        raise Refused(f"主题表“{mart}”没有被扣留，无需放行")
    named(by, reason)
    writer.event("mart", known.version, "held", "audited", reason, by, {"mart": mart})
    known.state = "audited"


def marts(session: Session) -> dict[str, MartVersion]:
    found = session.scalars(select(MartState).order_by(MartState.mart))
    return {m.mart: MartVersion(**{name: getattr(m, name) for name in _COLUMNS}) for m in found}


def publish(writer: Writer, as_of: str, warned: WarnedNow | None = None, seen: Mapping[str, int] | None = None) -> ReleaseNote | None:
    """`warned`: what the mart `warning` says, to open cases by; `seen`: version of every audited mart, as looked at before.

    Refused when other versions are to be released.
    """
    cases.escalate(writer, as_of)
    known, last = marts(writer.session), release(writer.session, None)
    chosen: dict[str, Any] = {}
    for name, mart in known.items():
        if mart.state == "audited":
            chosen[name] = {k: getattr(mart, k) for k in _RELEASED}
        elif last and name in last.marts:
            chosen[name] = dict(last.marts[name])
    if not chosen or (last and _contents(last.marts) == _contents(chosen)):
        return None
    if seen is not None and seen != {name: mart.version for name, mart in known.items() if mart.state == "audited"}:
        raise Refused("主题表在发布期间被重新计算过，本次没有发布；请重新运行 guozi publish")
    number = writer.number("release")
    seq = writer.event("release", number, "", "published", data={"as_of": as_of, "marts": chosen})
    writer.session.add(Release(id=number, seq=seq, at=writer.at, as_of=as_of, marts=chosen))
    if warned is not None:
        if chosen.get(WARNING, {}).get("version") != warned.version:
            raise Refused("预警表在发布期间被重新计算过，本次没有发布；请重新运行 guozi publish")
        cases.see(writer, number, seq, warned.rows)
    writer.flush()
    reach("publish.inside")
    held = tuple(n for n, m in known.items() if m.state != "audited")
    return ReleaseNote(number, seq, writer.at, as_of, chosen, held)


def release(session: Session, number: int | None) -> ReleaseNote | None:
    query = select(Release).order_by(Release.id.desc()).limit(1)
    found = session.scalars(query if number is None else query.where(Release.id == number)).first()
    return _note(found) if found else None


def make_official(writer: Writer, number: int, by: str, reason: str, kept: Mapping[str, Any]) -> ReleaseNote:
    found = writer.session.get_one(Release, number)
    check_official(_note(found), by, reason)
    found.official = {"by": by, "reason": reason, "at": writer.at, **kept}
    writer.event("release", number, "published", "official", reason, by, kept)
    return _note(found)


def amend_official(writer: Writer, number: int, official: Mapping[str, Any], order: Mapping[str, str]) -> None:
    found = writer.session.get_one(Release, number)
    found.official = dict(official)
    why = f"按第 {order['order']} 号令清除 {order['receipt']}"
    writer.event("release", number, "official", "official", why, order["by"], {k: official[k] for k in ("marts", "manifest", "purged")})


def check_official(note: ReleaseNote, by: str, reason: str) -> None:
    """Raises Refused."""
    named(by, reason)
    if note.official is not None:
        raise Refused(f"第 {note.id} 次发布已经是正式发布（{note.official['by']}：{note.official['reason']}），无需再次发布")


def release_on(session: Session, day: str) -> ReleaseNote | None:
    """The last release that readers saw on a day."""
    query = select(Release).where(Release.as_of <= day).order_by(Release.id.desc()).limit(1)
    found = session.scalars(query).first()
    return _note(found) if found else None


def keep_scratch(writer: Writer, note: ScratchNote) -> None:
    values = {name: getattr(note, name) for name in ("seq", "as_of", "declared")}
    found = writer.session.get(Scratch, note.name)
    if found is None:
        found = Scratch(name=note.name)
        writer.session.add(found)
    for name, value in {**values, "at": writer.at, "marts": {k: dict(v) for k, v in note.marts.items()}}.items():
        setattr(found, name, value)


def scratch(session: Session, name: str) -> ScratchNote | None:
    found = session.get(Scratch, name)
    return _scratched(found) if found else None


def scratches(session: Session) -> list[ScratchNote]:
    return [_scratched(found) for found in session.scalars(select(Scratch).order_by(Scratch.name))]


def _scratched(row: Scratch) -> ScratchNote:
    return ScratchNote(row.name, row.seq, row.as_of, row.declared, row.marts)


def releases_after(session: Session, number: int) -> list[ReleaseNote]:
    return [_note(r) for r in session.scalars(select(Release).where(Release.id > number).order_by(Release.id))]


def _note(row: Release) -> ReleaseNote:
    return ReleaseNote(row.id, row.seq, row.at, row.as_of, row.marts, official=row.official)


def _contents(marts: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    return {name: (mart["version"], mart["content_hash"]) for name, mart in marts.items()}
