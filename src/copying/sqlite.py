"""The tables of a log in a SQLite file, in one transaction."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects import sqlite

from .. import migrate
from ..config import Settings
from ..database import DatabaseUnreachableError, reaching, sqlite_engine
from ..events import LogUnavailableError
from ..events.sqlite_log import ConnectionThread, connect
from ..key_file import DatabaseInUseError
from .errors import DamagedLogError
from .rows import PAGE, Kind, Row, Tables, Target, columns_of, kind_of

T = TypeVar("T")
_DIALECT = sqlite.dialect()
_BUSY_SECONDS = 5


class SQLiteTables:
    """On one connection, which its own thread uses."""

    def __init__(self, thread: ConnectionThread, settings: Settings) -> None:
        self._thread, self._settings = thread, settings

    by_bytes = ""

    async def ask(self, sql: str, *arguments: Any) -> Sequence[tuple[Any, ...]]:
        return await self._run(lambda connection: connection.execute(sql.replace("$", "?"), arguments).fetchall())

    async def rows(self, table: Table) -> AsyncGenerator[Sequence[Row], None]:
        key = ", ".join(f'"{column.name}"' for column in table.primary_key)
        sql = f"SELECT {columns_of(table)} FROM {table.name} ORDER BY {key}"  # noqa: S608 - our own names
        cursor = await self._run(lambda connection: connection.execute(sql))
        hexadecimal = _hexadecimal(table)
        while page := await self._run(lambda _: cursor.fetchmany(PAGE)):
            if hexadecimal:
                try:
                    page = [_changed(row, hexadecimal, lambda text: str(UUID(text))) for row in page]
                except (ValueError, TypeError, AttributeError) as error:
                    raise DamagedLogError(f"an id in a row of {table.name} is none: {error}") from error
            yield page

    async def write(self, table: Table, rows: Sequence[Row]) -> None:
        places = ", ".join("?" * len(table.columns))
        sql = f"INSERT INTO {table.name} ({columns_of(table)}) VALUES ({places})"  # noqa: S608 - our own names
        hexadecimal = _hexadecimal(table)
        if hexadecimal:
            rows = [_changed(row, hexadecimal, lambda text: UUID(text).hex) for row in rows]
        try:
            await self._run(lambda connection: connection.executemany(sql, rows))
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeEncodeError) as error:
            raise DamagedLogError(f"a row of {table.name} does not fit: {error}") from error

    async def run(self, sql: str) -> None:
        await self._run(lambda connection: connection.execute(sql))

    async def reset_read_models(self) -> int:
        file = self._settings.read_file
        return await self._run(lambda _: _reset(file.as_posix()) if file.exists() else 0)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._thread.run(work)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Tables]:
    """Of one moment, whoever writes meanwhile."""
    if not settings.log_file.exists():
        raise DatabaseUnreachableError(f"there is no database {settings.log_file}")
    await _check(settings)
    async with _transaction(settings, "BEGIN") as tables:
        yield tables


@asynccontextmanager
async def writing(settings: Settings) -> AsyncIterator[Target]:
    """Committed at the end of the block, unless it raises. Files that there are not are made."""
    if settings.log_file.exists():
        await _check(settings)
    else:
        await migrate.upgrade(settings)
    async with _transaction(settings, "BEGIN IMMEDIATE") as tables:
        yield tables


async def _check(settings: Settings) -> None:
    engine = sqlite_engine(settings.log_file)
    try:
        with reaching(settings):
            await migrate.check(engine, migrate.LOG)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _transaction(settings: Settings, begin: str) -> AsyncIterator[SQLiteTables]:
    thread = ConnectionThread(settings.log_file, _connect)
    tables = SQLiteTables(thread, settings)
    try:
        try:
            await tables.run(begin)
        except LogUnavailableError as error:
            raise DatabaseInUseError(
                "another process is writing to the database: stop the service, and try again"
            ) from error
        try:
            yield tables
        except BaseException:
            await tables.run("ROLLBACK")
            raise
        await tables.run("COMMIT")
    except sqlite3.DatabaseError as error:
        raise DatabaseUnreachableError(f"the database {settings.log_file} cannot be used: {error}") from error
    finally:
        await asyncio.shield(thread.close())


def _connect(path: Path) -> sqlite3.Connection:
    """Texts come even where they are damaged, so that it can be told which are."""
    connection = connect(path, busy_seconds=_BUSY_SECONDS)
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    return connection


def _reset(path: str) -> int:
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection, connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'checkpoints'").fetchall():
            return 0
        ((position,),) = connection.execute("SELECT coalesce(max(position), 0) FROM checkpoints").fetchall()
        connection.execute("UPDATE generations SET state = 'building' WHERE state = 'active'")
        return int(position)


def _hexadecimal(table: Table) -> list[int]:
    """Which columns have ids without hyphens."""
    return [n for n, column in enumerate(table.columns) if kind_of(column) is Kind.ID and not _text(column)]


def _text(column: Column[Any]) -> bool:
    return isinstance(column.type.dialect_impl(_DIALECT), Text)


def _changed(row: Row, where: list[int], how: Callable[[str], str]) -> Row:
    changed: list[Any] = list(row)
    for n in where:
        if changed[n] is not None:
            changed[n] = how(changed[n])
    return tuple(changed)
