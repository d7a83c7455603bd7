"""The connection: SQLite (WAL, BEGIN IMMEDIATE for writers) or PostgreSQL, brought to the current schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from catalog.ledger.models import Base

HEAD = "0009"
_WRITING = "guozi_writing"
_BUSY_MS = 60_000
# A reading transaction sees one state of the ledger, as it does on SQLite; a writer, which waits for the counter's row,
# must see what those before it wrote.
_READING: Mapping[str, Mapping[str, Any]] = {"postgresql": {"isolation_level": "REPEATABLE READ", "pool_pre_ping": True}}
_FOR_WRITING: Mapping[str, Mapping[str, Any]] = {"postgresql": {"isolation_level": "READ COMMITTED"}, "sqlite": {_WRITING: True}}


def connect(url: str) -> Engine:
    """An engine on the ledger at `url`, migrated to HEAD (one in memory, `sqlite://`, is made whole).

    Two processes may open a new ledger at once.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, json_serializer=_to_json, hide_parameters=True, **_READING.get(parsed.get_backend_name(), {}))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _without_values)
    if not parsed.database:
        Base.metadata.create_all(engine)
    elif _version(engine) != HEAD:
        _migrate(engine)
    return engine


def for_writing(engine: Engine) -> Engine:
    """The engine as writers use it: one at a time, by SQLite's lock or by the counter's row."""
    return engine.execution_options(**_FOR_WRITING[engine.dialect.name])


def _without_values(context: ExceptionContext) -> None:
    """PostgreSQL's DETAIL quotes the row; an error says what and where, never a value."""
    diagnosed, told = getattr(context.original_exception, "diag", None), context.sqlalchemy_exception
    if diagnosed is not None and diagnosed.message_primary:
        context.original_exception.args = (diagnosed.message_primary,)
        if told is not None:
            told.args = (diagnosed.message_primary,)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _configure_sqlite(raw: Any, _entry: ConnectionPoolEntry) -> None:
    raw.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING)
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
    config.attributes["engine"] = for_writing(engine)
    command.upgrade(config, "head")
