"""The databases from outside: statements as their owner, and as the role that the application has."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg

from src.config import Settings
from src.projections.tables import APPLICATION_ROLE


async def as_owner(settings: Settings, *statements: str, read_file: bool = False) -> list[tuple[Any, ...]]:
    """Runs the statements as whoever owns the database, a superuser on PostgreSQL; the rows of the last one."""
    if settings.embedded:
        return _sqlite(settings.read_file if read_file else settings.log_file, statements)
    rows: list[Any] = []
    async with postgresql(settings) as connection:
        for statement in statements:
            rows = await connection.fetch(statement)
    return [tuple(row) for row in rows]


@asynccontextmanager
async def postgresql(settings: Settings, *, application: bool = False) -> AsyncIterator[Any]:
    """A connection of the driver, as a superuser or in the application's role."""
    roles = {"role": APPLICATION_ROLE} if application else {}
    connection = await asyncpg.connect(settings.database_url, server_settings=roles)
    try:
        yield connection
    finally:
        await connection.close()


def _sqlite(path: Path, statements: Sequence[str]) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        return connection.execute(statements[-1]).fetchall()
