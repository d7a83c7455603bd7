"""The connection: SQLite (WAL, BEGIN IMMEDIATE for writers) or PostgreSQL, brought to the current schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

from catalog.ledger.models import Base

HEAD = "0006"
WRITING = "guozi_writing"
_BUSY_MS = 60_000


def connect(url: str) -> Engine:
    """An engine on the ledger at `url`, migrated to HEAD (one in memory, `sqlite://`, is made whole).

    Two processes may open a new ledger at once.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, json_serializer=_to_json)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    if not parsed.database:
        Base.metadata.create_all(engine)
    elif _version(engine) != HEAD:
        _migrate(engine)
    return engine


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _configure_sqlite(raw: Any, _entry: ConnectionPoolEntry) -> None:
    raw.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _version(engine: Engine) -> str:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _migrate(engine: Engine) -> None:
    """Imports Alembic, which a ledger that is current never needs."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["engine"] = engine.execution_options(**{WRITING: True})
    command.upgrade(config, "head")
