"""Scratch releases: gold recomputed as it was known on a day, or under changed declarations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "scratch",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("declared", sa.String(length=64), nullable=False),
        sa.Column("marts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scratch")),
    )
