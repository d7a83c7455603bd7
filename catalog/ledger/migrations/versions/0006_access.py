"""The access log: which office read which tables, when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    texts = (("at", 40), ("day", 10), ("office", 32), ("account", 64), ("command", 16))
    op.create_table(
        "access",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in texts),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
    )
    op.create_index(op.f("ix_access_day"), "access", ["day"], unique=False)
