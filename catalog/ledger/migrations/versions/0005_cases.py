"""The handling of warnings: cases, and the periods in which each was seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*columns: tuple[str, int]) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length=length), nullable=False) for name, length in columns]


def upgrade() -> None:
    op.create_table(
        "warning_case",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        *_texts(("warning_id", 32), ("unit_id", 64), ("scope", 16)),
        sa.Column("subject", sa.Text(), nullable=False),
        *_texts(("level", 4)),
        sa.Column("title", sa.Text(), nullable=False),
        *_texts(("office", 64), ("state", 16), ("owner", 64), ("due", 10), ("escalated", 10)),
        sa.Column("directive", sa.Text(), nullable=False),
        sa.Column("clue", sa.String(length=64), nullable=False),
        sa.Column("merged_into", _BIG, nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_case")),
    )
    op.create_index(op.f("ix_warning_case_state"), "warning_case", ["state"], unique=False)
    op.create_index("ix_warning_case_key", "warning_case", ["warning_id", "unit_id", "scope"], unique=False)
    op.create_table(
        "sighting",
        sa.Column("case", _BIG, nullable=False),
        *_texts(("period", 10), ("level", 4)),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("release", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["case"], ["warning_case.id"], name=op.f("fk_sighting_case")),
        sa.PrimaryKeyConstraint("case", "period", name=op.f("pk_sighting")),
    )
    op.bulk_insert(sa.table("counter", sa.column("name"), sa.column("value")), [{"name": "case", "value": 0}])
