"""The ledger as Arrow tables, for the build and for `ops/`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Engine,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from catalog.ledger.machine import STANDING
from catalog.ledger.models import Base, Batch, Entry, Event, Submission


def frame(engine: Engine, query: Select[Any]) -> pa.Table:
    """The query's rows; integers int64, everything else text. Types do not depend on the rows."""
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    columns = list(query.selected_columns)
    arrays = [pa.array([r[index] for r in rows], _arrow(column.type)) for index, column in enumerate(columns)]
    return pa.table(arrays, names=[c.name for c in columns])


def _arrow(kind: Any) -> pa.DataType:
    if isinstance(kind, Boolean):
        return pa.bool_()
    return pa.int64() if isinstance(kind, Integer) else pa.string()


def whole(model: type[Base], names: Collection[str] = ()) -> Select[Any]:
    """All rows by key, of them the columns named, if any; JSON as the text it is stored as."""
    table = model.__table__
    assert isinstance(table, Table)
    chosen = [c for c in table.columns if not names or c.name in names]
    columns = [cast(c, Text).label(c.name) if isinstance(c.type, JSON) else c for c in chosen]
    return select(*columns).order_by(*table.primary_key.columns)


def in_force(at_seq: int | None) -> Select[Any]:
    """One row an entry that stands (now, or just after event `at_seq`), key (form, unit_id, period, scope, batch)."""
    state = Entry.state if at_seq is None else _state_at(at_seq)
    stood: ColumnElement[bool] = Entry.state.in_(STANDING)
    if at_seq is not None:
        stood = and_(Entry.from_seq <= at_seq, or_(Entry.to_seq.is_(None), Entry.to_seq > at_seq))
    return (
        select(
            Entry.id.label("entry"), Entry.form, Entry.unit_id, Entry.period, Entry.scope, Entry.batch,
            Entry.submission, Entry.revision, Entry.rows, state.label("state"), Entry.from_seq, Submission.received_on,
        )
        .join(Submission, Submission.id == Entry.submission).join(Batch, Batch.id == Entry.batch)
        .where(stood).order_by(Entry.form, Entry.unit_id, Entry.period, Entry.scope, Entry.id)
    )  # fmt: skip


def entries_moved(seq: int) -> Select[Any]:
    """Entries with an event after `seq`."""
    moved = select(Event.subject_id).where(Event.subject == "entry", Event.seq > seq)
    return whole(Entry).where(Entry.id.in_(moved))


def entries_at(seq: int) -> Select[Any]:
    """All entries made up to event `seq`, in the state of then."""
    last = _last("entry", seq)
    before = {
        "state": last.c.to_state, "reason": last.c.reason,
        "from_seq": case((Entry.from_seq <= seq, Entry.from_seq)), "to_seq": case((Entry.to_seq <= seq, Entry.to_seq)),
    }  # fmt: skip
    columns = [before[c.name].label(c.name) if c.name in before else c for c in Entry.__table__.columns]
    return select(*columns).join(last, last.c.subject_id == Entry.id).order_by(Entry.id)


def states_at(subject: str, seq: int) -> Select[Any]:
    """id and state of everything of a kind that there was at event `seq`."""
    last = _last(subject, seq)
    return select(last.c.subject_id.label("id"), last.c.to_state.label("state")).order_by(last.c.subject_id)


def _last(subject: str, seq: int) -> Subquery:
    """The last event of each of a kind up to `seq`."""
    newest = select(func.max(Event.seq)).where(Event.subject == subject, Event.seq <= seq).group_by(Event.subject_id)
    return select(Event.subject_id, Event.to_state, Event.reason).where(Event.seq.in_(newest)).subquery()


def _state_at(at_seq: int) -> Any:
    last = (
        select(func.max(Event.seq)).where(Event.subject == "entry", Event.subject_id == Entry.id, Event.seq <= at_seq)
        .correlate(Entry).scalar_subquery()
    )  # fmt: skip
    return select(Event.to_state).where(Event.seq == last).correlate(Entry).scalar_subquery()
