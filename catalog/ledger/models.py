"""The ledger's tables. Order is `seq`, from a counter locked in the ledger, never a clock; times are ISO with zone.

No text has a longest length: what a sender writes too long is a finding, not a fault of the night. SQLite would not mind,
PostgreSQL would.

Every change of state is one `Event`; the other tables are what the events add up to.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Big = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={
        "pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s",
    })  # fmt: skip


class Counter(Base):
    """One row per sequence (submission, batch, load, release, event): the last number given."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String, primary_key=True)
    value: Mapped[int] = mapped_column(Big)


class Event(Base):
    """The append-only journal. `subject` is one of `machine.SUBJECTS`; `seq` is gapless.

    `at` is the clock's; `day` the operator's day (`Settings.today`), which tells what was known on a day.
    """

    __tablename__ = "event"
    seq: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String)
    day: Mapped[str] = mapped_column(String, server_default="")
    subject: Mapped[str] = mapped_column(String)
    subject_id: Mapped[int] = mapped_column(Big, index=True)
    from_state: Mapped[str] = mapped_column(String)
    to_state: Mapped[str] = mapped_column(String)
    by: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Submission(Base):
    """One file received. `state`: received, rejected, judged. `name` is the path below incoming/ as sent.

    `received_on` is the day that counts for lateness; `verdict` accepted, partial, returned or rejected.
    `rejection` = {rule_id, where, message, todo} when rejected. `manifest`: SHA-256 of the manifest file that came with
    it; `origin`: inode and change time of the file as found, which tell a file left over by a kill from a new one.
    """

    __tablename__ = "submission"
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    receipt: Mapped[str] = mapped_column(String, unique=True)
    sha256: Mapped[str] = mapped_column(String, index=True)
    size: Mapped[int] = mapped_column(Big)
    name: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(String, default="")
    received_on: Mapped[str] = mapped_column(String)
    received_at: Mapped[str] = mapped_column(String)
    form: Mapped[str] = mapped_column(String, default="", index=True)
    period: Mapped[str] = mapped_column(String, default="")
    revision: Mapped[int] = mapped_column(Integer, default=0)
    supersedes: Mapped[str] = mapped_column(String, default="")
    state: Mapped[str] = mapped_column(String, index=True)
    verdict: Mapped[str] = mapped_column(String, default="")
    rejection: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    manifest: Mapped[str] = mapped_column(String, default="")
    origin: Mapped[str] = mapped_column(String, default="")


class Batch(Base):
    """One judging of one submission, unique by (submission, contract_hash, judge).

    `state`: staged, loaded, audited, held; `load` the load that committed it. `header` = {source: {column: position}}
    for table layouts; `counts` = {rule_id: {true, false, unknown}}; `controls` = {column: sum as text} over all typed amounts of the batch.
    """

    __tablename__ = "batch"
    __table_args__ = (Index("uq_batch_judging", "submission", "contract_hash", "judge", unique=True),)
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    submission: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    form: Mapped[str] = mapped_column(String, index=True)
    contract_hash: Mapped[str] = mapped_column(String)
    judge: Mapped[str] = mapped_column(String)
    reader: Mapped[str] = mapped_column(String)
    staged_sha256: Mapped[str] = mapped_column(String)
    findings_sha256: Mapped[str] = mapped_column(String)
    rows: Mapped[int] = mapped_column(Big)
    silver_rows: Mapped[int] = mapped_column(Big)
    quarantine_rows: Mapped[int] = mapped_column(Big)
    sender_rows: Mapped[int | None] = mapped_column(Big, default=None)
    header: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    controls: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    state: Mapped[str] = mapped_column(String, index=True)
    load: Mapped[int | None] = mapped_column(Big, default=None, index=True)


class Entry(Base):
    """What one batch says of one (form, unit, period, scope).

    `state`: pending, returned, to explain, to review, shadow, in force, superseded, withdrawn.
    Its figures stand from `from_seq` until `to_seq` (NULL: still); `to explain` stands too (a query never blocks).
    `filed` is False when its records hold nothing but keys. `turn` counts from 0: each revert to this batch is a new
    entry, so that the time it stood before stays known. `review`: empty, reviewed (by the group) or accepted (by the office).
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("uq_entry_batch", "batch", "unit_id", "period", "scope", "turn", unique=True),
        Index("ix_entry_key", "form", "unit_id", "period", "scope"),
    )
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    batch: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    submission: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    form: Mapped[str] = mapped_column(String)
    unit_id: Mapped[str] = mapped_column(String)
    period: Mapped[str] = mapped_column(String)
    scope: Mapped[str] = mapped_column(String)
    turn: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer)
    rows: Mapped[int] = mapped_column(Big)
    errors: Mapped[int] = mapped_column(Integer)
    queries: Mapped[int] = mapped_column(Integer)
    content_hash: Mapped[str] = mapped_column(String)
    filed: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String, index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    from_seq: Mapped[int | None] = mapped_column(Big, default=None)
    to_seq: Mapped[int | None] = mapped_column(Big, default=None)
    review: Mapped[str] = mapped_column(String, server_default="")


class Explanation(Base):
    """What a sender says of a query finding (`schemas.identity.finding_number`). Of one finding the last counts.

    `state`: given, accepted, refused; `reason`: why it was refused. It holds for the finding of the same rule, record and
    value seen, in whichever submission, and ends with the period, since the finding's number does.
    """

    __tablename__ = "explanation"
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    finding: Mapped[str] = mapped_column(String, index=True)
    form: Mapped[str] = mapped_column(String)
    unit_id: Mapped[str] = mapped_column(String)
    period: Mapped[str] = mapped_column(String)
    scope: Mapped[str] = mapped_column(String)
    rule_id: Mapped[str] = mapped_column(String)
    column: Mapped[str] = mapped_column(String)
    record: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String)
    day: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(Text, default="")


class Ruling(Base):
    """A person's word on a form and period: `kind` closing (nothing new counts), extension (due on `until`), exemption.

    `unit_id` is empty for all units. `state`: in effect, lifted.
    """

    __tablename__ = "ruling"
    __table_args__ = (Index("ix_ruling_key", "form", "period", "unit_id"),)
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String)
    form: Mapped[str] = mapped_column(String)
    unit_id: Mapped[str] = mapped_column(String)
    period: Mapped[str] = mapped_column(String)
    until: Mapped[str] = mapped_column(String)
    by: Mapped[str] = mapped_column(String)
    day: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(Text)


class WarningCase(Base):
    """The handling of one warning: rule, unit, scope and subject, over all periods it is seen in (`Sighting`).

    `state`: found, assessed, assigned, refused, answered, treated, reviewed, closed; false alarm, merged, clue. `office` is the
    rule's, `owner` whoever it was assigned to; `due` his day and `escalated` the day of which being overdue was told.
    """

    __tablename__ = "warning_case"
    __table_args__ = (Index("ix_warning_case_key", "warning_id", "unit_id", "scope"),)
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    warning_id: Mapped[str] = mapped_column(String)
    unit_id: Mapped[str] = mapped_column(String)
    scope: Mapped[str] = mapped_column(String)
    subject: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(String)
    title: Mapped[str] = mapped_column(Text)
    office: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String, index=True)
    owner: Mapped[str] = mapped_column(String)
    due: Mapped[str] = mapped_column(String)
    escalated: Mapped[str] = mapped_column(String)
    directive: Mapped[str] = mapped_column(Text)
    clue: Mapped[str] = mapped_column(String)
    merged_into: Mapped[int | None] = mapped_column(Big, default=None)
    reopened: Mapped[int] = mapped_column(Integer)


class Sighting(Base):
    """A period in which a case's warning is seen (`present`: in the last release too), since which release. `seq`: the event of the
    release that last changed the row."""

    __tablename__ = "sighting"
    case: Mapped[int] = mapped_column(ForeignKey("warning_case.id"), primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(String, primary_key=True)
    level: Mapped[str] = mapped_column(String)
    present: Mapped[bool] = mapped_column(Boolean)
    release: Mapped[int] = mapped_column(Big)
    seq: Mapped[int] = mapped_column(Big, server_default="0")


class Load(Base):
    """A frozen list of batches committed together to the three tables of one form. `state`: open, done."""

    __tablename__ = "load"
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    form: Mapped[str] = mapped_column(String, index=True)
    batches: Mapped[list[int]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String, index=True)


class MartState(Base):
    """What gold holds: the fingerprint of the last build of a mart, its version, whether the audit passed it.

    `state`: built, audited, held. `declared`: the set of declarations it was computed by (`blobs.keep_set`); `fence`: of the
    lease it was written under.
    """

    __tablename__ = "mart_state"
    mart: Mapped[str] = mapped_column(String, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String)
    version: Mapped[int] = mapped_column(Big)
    rows: Mapped[int] = mapped_column(Big)
    content_hash: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String)
    seq: Mapped[int] = mapped_column(Big)
    as_of: Mapped[str] = mapped_column(String)
    declared: Mapped[str] = mapped_column(String, server_default="")
    fence: Mapped[int] = mapped_column(Big, server_default="0")


class Lease(Base):
    """Who may write gold (`leases.py`): the last holder's `fence`, believed alive until the database's clock says `until`
    (seconds since 1970); `place` tells the host and the lock there. Of the moment alone: neither recorded nor copied."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String, primary_key=True)
    place: Mapped[str] = mapped_column(String)
    fence: Mapped[int] = mapped_column(Big)
    until: Mapped[float] = mapped_column(Float)


class Release(Base):
    """One consistent set of gold versions: `marts` = {mart: {version, rows, content_hash, seq, as_of, declared}}.

    `official`: by whom and why it was made an official release, and the files kept of it (`catalog.released`).
    """

    __tablename__ = "release"
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Big)
    at: Mapped[str] = mapped_column(String)
    as_of: Mapped[str] = mapped_column(String)
    marts: Mapped[dict[str, Any]] = mapped_column(JSON)
    official: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)


class Scratch(Base):
    """Gold recomputed beside the released one (`jobs.scratch`): what of the ledger it knew (`seq`), the day that counted
    (`as_of`), the set of declarations; `marts` as in `Release`, under `scratch/<name>/` of the lake."""

    __tablename__ = "scratch"
    name: Mapped[str] = mapped_column(String, primary_key=True)
    seq: Mapped[int] = mapped_column(Big)
    at: Mapped[str] = mapped_column(String)
    as_of: Mapped[str] = mapped_column(String)
    declared: Mapped[str] = mapped_column(String)
    marts: Mapped[dict[str, Any]] = mapped_column(JSON)


class Blob(Base):
    """Every resolved contract, parameter set and declaration that ever judged or computed, by its hash; `number` in order from 1."""

    __tablename__ = "blob"
    sha256: Mapped[str] = mapped_column(String, primary_key=True)
    kind: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    number: Mapped[int] = mapped_column(Big, index=True, server_default="0")


class Access(Base):
    """One reading command of a named office. `about`: the forms and marts it named, joined by `;`; never what it asked or saw."""

    __tablename__ = "access"
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String)
    day: Mapped[str] = mapped_column(String, index=True)
    office: Mapped[str] = mapped_column(String)
    account: Mapped[str] = mapped_column(String)
    command: Mapped[str] = mapped_column(String)
    about: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
