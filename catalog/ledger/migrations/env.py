"""Alembic's entry: one transaction on the engine that `catalog.ledger.engine` hands over, one process at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Engine, text

from catalog.ledger.models import Base

_LOCK = 7_401_001  # any number, the same for all processes


def run() -> None:
    engine: Engine = context.config.attributes["engine"]
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        context.run_migrations()


run()
