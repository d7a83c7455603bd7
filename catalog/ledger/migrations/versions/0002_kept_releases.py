"""Official releases, the set of declarations a mart was computed by, and the day an event counts for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("event") as event:
        event.add_column(sa.Column("day", sa.String(length=10), nullable=False, server_default=""))
    op.execute("UPDATE event SET day = substr(at, 1, 10)")
    with op.batch_alter_table("mart_state") as mart_state:
        mart_state.add_column(sa.Column("declared", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("release") as release:
        release.add_column(sa.Column("official", sa.JSON(), nullable=True))
