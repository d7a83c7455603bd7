"""A person's word on a form and period: closed (封账), due later (延期), not asked for (免报); each dated, with name and reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa
from sqlalchemy import select

from catalog.ledger import frames
from catalog.ledger.machine import SUBJECTS
from catalog.ledger.models import Ruling
from catalog.ledger.store import Store
from catalog.ledger.values import Refused, RulingRecord, named
from catalog.ledger.writer import Writer
from schemas.load import form_names
from schemas.period import parse_period

KINDS = ("closing", "extension", "exemption")
IN_EFFECT = "in effect"


class Rulings(Store):
    """The part of the ledger that keeps closings, extensions and exemptions."""

    def rule(self, said: RulingRecord, by: str, reason: str) -> int:
        """Returns its number. Raises Refused."""
        with self._writing() as writer:
            return _rule(writer, said, by, reason)

    def lift(self, number: int, by: str, reason: str) -> None:
        """A closing is unlocked, an extension or exemption withdrawn. Raises Refused."""
        with self._writing() as writer:
            _lift(writer, number, by, reason)

    def rulings(self, at_seq: int | None = None) -> pa.Table:
        """All rulings, now or just after event `at_seq`: id, kind, form, unit_id, period, until, by, day, state, reason."""
        found = frames.frame(self._engine, frames.whole(Ruling))
        if at_seq is None:
            return found
        states = {number: state for kind in KINDS for number, state in self.states(kind, at_seq).items()}
        rows = [{**row, "state": states[row["id"]]} for row in found.to_pylist() if row["id"] in states]
        return pa.Table.from_pylist(rows, schema=found.schema)


def closings(writer: Writer, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(form, period) that are closed → why nothing new counts there."""
    wanted = set(keys)
    query = select(Ruling).where(Ruling.kind == "closing", Ruling.state == IN_EFFECT, Ruling.period.in_(sorted({p for _, p in wanted})))
    return {
        (r.form, r.period): f"SUB-CLOSED {r.period} 已由 {r.by} 封账（{r.reason}）；确需更正，请归口处室先解锁：guozi rule lift {r.id}"
        for r in writer.session.scalars(query) if (r.form, r.period) in wanted
    }  # fmt: skip


def extensions(writer: Writer, periods: set[str]) -> dict[tuple[str, str, str], str]:
    """(form, unit, period) → the day its due day was moved to."""
    query = select(Ruling).where(Ruling.kind == "extension", Ruling.state == IN_EFFECT, Ruling.period.in_(sorted(periods)))
    return {(r.form, r.unit_id, r.period): r.until for r in writer.session.scalars(query)}


def _rule(writer: Writer, said: RulingRecord, by: str, reason: str) -> int:
    named(by, reason)
    _check(said)
    same = (getattr(Ruling, name) == getattr(said, name) for name in ("kind", "form", "unit_id", "period"))
    found = writer.session.scalars(select(Ruling).where(Ruling.state == IN_EFFECT, *same)).first()
    if found is not None:
        said_so = f"{SUBJECTS[said.kind]}已由 {found.by} 决定（编号 {found.id}：{found.reason}）"
        raise Refused(f"{said_so}；要更改请先 guozi rule lift {found.id}")
    number = writer.number("ruling")
    values = {"kind": said.kind, "form": said.form, "unit_id": said.unit_id, "period": said.period, "until": said.until}
    writer.event(said.kind, number, "", IN_EFFECT, reason, by, values)
    writer.session.add(Ruling(id=number, state=IN_EFFECT, by=by, day=writer.day, reason=reason, **values))
    return number


def _check(said: RulingRecord) -> None:
    if said.form not in form_names():
        raise Refused(f"没有“{said.form}”这种报表")
    try:
        parse_period(said.period)
        if said.until:
            date.fromisoformat(said.until)
    except ValueError as wrong:
        raise Refused(f"报告期或日期写法不对：{wrong}") from None
    if said.kind == "closing" and said.unit_id:
        raise Refused("封账是对整张报表的一期，不能只封一个单位")
    if said.kind != "closing" and not said.unit_id:
        raise Refused(f"{SUBJECTS[said.kind]}必须写明单位（--unit）")
    if (said.kind == "extension") != bool(said.until):
        raise Refused("延期必须写明新的截止日（--until），封账和免报没有截止日")


def _lift(writer: Writer, number: int, by: str, reason: str) -> None:
    named(by, reason)
    found = writer.session.get(Ruling, number)
    if found is None:
        raise Refused(f"没有编号 {number} 的封账、延期或免报；guozi rule list 列出全部")
    if found.state != IN_EFFECT:
        raise Refused(f"编号 {number} 的{SUBJECTS[found.kind]}已经解除，无需再次解除")
    writer.event(found.kind, number, found.state, "lifted", reason, by)
    found.state = "lifted"
