"""Texts of any length on PostgreSQL, as they always were on SQLite; nothing is rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    known = sa.inspect(connection)
    for table in known.get_table_names():
        for column in known.get_columns(table):
            if isinstance(column["type"], sa.String) and column["type"].length:
                op.alter_column(table, column["name"], type_=sa.String())
