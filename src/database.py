"""Engines for both databases, and what is checked before they are used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .config import Settings
from .events import EventLog
from .events.postgresql_log import PostgreSQLLog
from .events.sqlite_log import SQLiteLog
from .projections.tables import APPLICATION_ROLE


class DatabaseUnreachableError(Exception):
    """The database cannot be reached or opened; the text says which and why."""


class SchemaError(Exception):
    """The database's schema is not the one that this version needs; the text says what to run."""


_ACQUIRE_SECONDS = 5
_ANSWER_SECONDS = 60
"""A server that has gone silent is given up after this."""


@dataclass(frozen=True)
class Database:
    """The engines of one process and event loop.

    `keys` holds the table of keys, beside the log; `models` writes the read models, `readers` reads them; `owner`
    makes and drops their tables.
    """

    keys: AsyncEngine
    models: AsyncEngine
    readers: AsyncEngine
    owner: AsyncEngine

    async def dispose(self) -> None:
        for engine in {self.keys, self.models, self.readers, self.owner}:
            await engine.dispose()


def open_database(settings: Settings) -> tuple[Database, EventLog]:
    """Engines that connect when they are first used, and the log."""
    if settings.embedded:
        keys, models = sqlite_engine(settings.log_file), sqlite_engine(settings.read_file)
        return Database(keys, models, models.execution_options(read_only=True), models), SQLiteLog(settings.log_file)
    # A pool each: who holds a read session or a projection's transaction may need the log or a key meanwhile.
    keys, models, readers = (postgresql_engine(settings.url, role=APPLICATION_ROLE) for _ in range(3))
    return Database(keys, models, readers, postgresql_engine(settings.owner_url)), PostgreSQLLog(keys)


def postgresql_engine(url: URL, role: str | None = None) -> AsyncEngine:
    """Connections take the role at once, so that what only the owner may do is refused whoever logs in."""
    server_settings = {"application_name": "projectory"} | ({"role": role} if role else {})
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_pre_ping=True,
        hide_parameters=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=_ACQUIRE_SECONDS,
        connect_args={
            "server_settings": server_settings,
            "timeout": _ACQUIRE_SECONDS,
            "command_timeout": _ANSWER_SECONDS,
        },
        isolation_level="READ COMMITTED",
    )


def sqlite_engine(path: Path) -> AsyncEngine:
    """Writers begin as writers: one that begins by reading is refused as soon as another has written.

    What has the execution option `read_only` waits for no writer.
    """
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        hide_parameters=True,
        connect_args={"timeout": 30},
        pool_timeout=_ACQUIRE_SECONDS,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: DBAPIConnection, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Any) -> None:
        reading = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Tells in words why the database cannot be used, where its driver gives an error."""
    try:
        yield
    except (OSError, SQLAlchemyError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        if f'role "{APPLICATION_ROLE}" does not exist' in reason:
            raise SchemaError("the database is not set up: run 'projectory migrate'") from error
        where = settings.url.render_as_string(hide_password=True)
        raise DatabaseUnreachableError(f"the database {where} cannot be used: {reason}") from error
