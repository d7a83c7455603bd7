"""The first schema of the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    counter = op.create_table(
        "counter",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "event",
        sa.Column("seq", _BIG, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("subject_id", _BIG, nullable=False),
        sa.Column("from_state", sa.String(length=16), nullable=False),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_subject_id"), "event", ["subject_id"], unique=False)
    op.create_table(
        "load",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("batches", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_load")),
    )
    op.create_index(op.f("ix_load_form"), "load", ["form"], unique=False)
    op.create_index(op.f("ix_load_state"), "load", ["state"], unique=False)
    op.create_table(
        "mart_state",
        sa.Column("mart", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("rows", _BIG, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("mart", name=op.f("pk_mart_state")),
    )
    op.create_table(
        "release",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("marts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_table(
        "submission",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("receipt", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("received_on", sa.String(length=10), nullable=False),
        sa.Column("received_at", sa.String(length=40), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("supersedes", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("rejection", sa.JSON(), nullable=True),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("receipt", name=op.f("uq_submission_receipt")),
    )
    op.create_index(op.f("ix_submission_form"), "submission", ["form"], unique=False)
    op.create_index(op.f("ix_submission_sha256"), "submission", ["sha256"], unique=False)
    op.create_index(op.f("ix_submission_state"), "submission", ["state"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("submission", _BIG, nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("contract_hash", sa.String(length=64), nullable=False),
        sa.Column("judge", sa.String(length=32), nullable=False),
        sa.Column("reader", sa.String(length=32), nullable=False),
        sa.Column("staged_sha256", sa.String(length=64), nullable=False),
        sa.Column("findings_sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", _BIG, nullable=False),
        sa.Column("silver_rows", _BIG, nullable=False),
        sa.Column("quarantine_rows", _BIG, nullable=False),
        sa.Column("sender_rows", _BIG, nullable=True),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("controls", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("load", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["submission"], ["submission.id"], name=op.f("fk_batch_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index(op.f("ix_batch_form"), "batch", ["form"], unique=False)
    op.create_index(op.f("ix_batch_load"), "batch", ["load"], unique=False)
    op.create_index(op.f("ix_batch_state"), "batch", ["state"], unique=False)
    op.create_index(op.f("ix_batch_submission"), "batch", ["submission"], unique=False)
    op.create_index("uq_batch_judging", "batch", ["submission", "contract_hash", "judge"], unique=True)
    op.create_table(
        "entry",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("batch", _BIG, nullable=False),
        sa.Column("submission", _BIG, nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rows", _BIG, nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("queries", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_seq", _BIG, nullable=True),
        sa.Column("to_seq", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("fk_entry_batch")),
        sa.ForeignKeyConstraint(["submission"], ["submission.id"], name=op.f("fk_entry_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_batch"), "entry", ["batch"], unique=False)
    op.create_index("ix_entry_key", "entry", ["form", "unit_id", "period", "scope"], unique=False)
    op.create_index(op.f("ix_entry_state"), "entry", ["state"], unique=False)
    op.create_index(op.f("ix_entry_submission"), "entry", ["submission"], unique=False)
    op.create_index("uq_entry_batch", "entry", ["batch", "unit_id", "period", "scope", "turn"], unique=True)
    names = ("event", "submission", "batch", "entry", "load", "release")
    op.bulk_insert(counter, [{"name": name, "value": 0} for name in names])
