"""What tells the journal which rows are new: the number of a blob, the event that last changed a sighting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sighting", sa.Column("seq", _BIG, server_default="0", nullable=False))
    op.add_column("blob", sa.Column("number", _BIG, server_default="0", nullable=False))
    op.create_index(op.f("ix_blob_number"), "blob", ["number"], unique=False)
    blob = sa.table("blob", sa.column("sha256"), sa.column("number"))
    kept = list(op.get_bind().execute(sa.select(blob.c.sha256).order_by(blob.c.sha256)).scalars())
    if kept:
        numbered = sa.update(blob).where(blob.c.sha256 == sa.bindparam("key")).values(number=sa.bindparam("place"))
        op.get_bind().execute(numbered, [{"key": sha256, "place": place} for place, sha256 in enumerate(kept, 1)])
    op.bulk_insert(sa.table("counter", sa.column("name"), sa.column("value")), [{"name": "blob", "value": len(kept)}])
