"""Explanations of findings; rulings: closed periods, extensions, exemptions; the group's review of an entry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*columns: tuple[str, int]) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length=length), nullable=False) for name, length in columns]


def upgrade() -> None:
    op.create_table(
        "explanation",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        *_texts(("finding", 16), ("form", 64), ("unit_id", 64), ("period", 10), ("scope", 16), ("rule_id", 64), ("column", 128)),
        sa.Column("record", sa.Text(), nullable=False),
        *_texts(("code", 16)),
        sa.Column("text", sa.Text(), nullable=False),
        *_texts(("by", 64), ("day", 10), ("state", 16)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanation")),
    )
    op.create_index(op.f("ix_explanation_finding"), "explanation", ["finding"], unique=False)
    op.create_table(
        "ruling",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        *_texts(("kind", 16), ("form", 64), ("unit_id", 64), ("period", 10), ("until", 10), ("by", 64), ("day", 10), ("state", 16)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
    )
    op.create_index("ix_ruling_key", "ruling", ["form", "period", "unit_id"], unique=False)
    with op.batch_alter_table("entry") as entry:
        entry.add_column(sa.Column("review", sa.String(length=16), nullable=False, server_default=""))
    op.bulk_insert(sa.table("counter", sa.column("name"), sa.column("value")),
                   [{"name": name, "value": 0} for name in ("explanation", "ruling")])  # fmt: skip
