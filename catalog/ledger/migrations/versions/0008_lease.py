"""The lease of those who write gold, and the fencing number with which a mart was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("fence", _BIG, nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.add_column("mart_state", sa.Column("fence", _BIG, server_default="0", nullable=False))
    op.bulk_insert(sa.table("counter", sa.column("name"), sa.column("value")), [{"name": "fence", "value": 0}])
