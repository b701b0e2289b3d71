"""What somebody can do who may do anything: a superuser of PostgreSQL, or who writes to the files of SQLite."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from src.config import Settings
from src.projections.audit import AUDIT
from src.verifying import KeptCheckpoint, Verification, verify
from src.wiring import App
from tests.databases import postgresql

LOG, TRAIL = "log", "audit"


@dataclass
class Forger:
    """Writes to one table past all that guards it."""

    driver: Any
    table: str
    embedded: bool

    async def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """A statement with $1, $2 … in it; the rows."""
        if self.embedded:
            return [tuple(row) for row in self.driver.execute(sql.replace("$", "?"), values).fetchall()]
        return [tuple(row) for row in await self.driver.fetch(sql, *values)]

    async def end(self) -> int:
        """The last position that is there."""
        return int((await self.run(f"SELECT max(position) FROM {self.table}"))[0][0])

    async def columns(self) -> list[str]:
        if self.embedded:
            return [row[1] for row in await self.run(f"PRAGMA table_info({self.table})")]
        sql = "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position"
        return [row[0] for row in await self.run(sql, self.table)]

    async def get(self, position: int, column: str) -> Any:
        return (await self.run(f'SELECT "{column}" FROM {self.table} WHERE position = $1', position))[0][0]

    async def set(self, position: int, column: str, value: Any) -> None:
        await self.run(f'UPDATE {self.table} SET "{column}" = $1 WHERE position = $2', value, position)

    async def change(self, position: int, column: str) -> Any:
        """Gives it another value of its kind; the one that it had."""
        was = await self.get(position, column)
        await self.set(position, column, other(was, self.embedded, column))
        return was

    async def remove(self, first: int, last: int | None = None) -> None:
        await self.run(f"DELETE FROM {self.table} WHERE position BETWEEN $1 AND $2", first, last or first)

    async def move(self, position: int, to: int) -> None:
        await self.set(position, "position", to)

    async def swap(self, one: int, other: int) -> None:
        await self.move(one, -1)
        await self.move(other, one)
        await self.move(-1, other)


def other(value: Any, embedded: bool, column: str) -> Any:
    """Another value that the column can hold."""
    match value:
        case None if embedded or column not in {"author", "session", "project"}:
            return uuid4().hex if column in {"author", "session"} else str(uuid4())
        case None:
            return uuid4()
        case UUID():
            return uuid4()
        case int():
            return value + 1_000
        case bytes():
            return bytes(len(value))
        case str() if embedded and len(value) == 32 and column in {"actor", "command_id", "project", "session"}:
            return uuid4().hex
        case str() if len(value) == 36 and column == "project":
            return str(uuid4())
        case str():
            return value[:-1] + (" }" if value.endswith("}") else "x")
        case _:
            return value + timedelta(seconds=1)


@asynccontextmanager
async def forging(settings: Settings, which: str) -> AsyncIterator[Forger]:
    """All triggers of the table are gone, for good on SQLite."""
    if settings.embedded:
        path = settings.read_file if which == TRAIL else settings.log_file
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as driver:
            forger = Forger(driver, "events", embedded=True)
            await _at(forger, which)
            sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1"
            for (name,) in await forger.run(sql, forger.table):
                driver.execute(f"DROP TRIGGER {name}")
            yield forger
        return
    async with postgresql(settings) as connection:
        forger = Forger(connection, "events", embedded=False)
        await _at(forger, which)
        await connection.execute(f"ALTER TABLE {forger.table} DISABLE TRIGGER ALL")
        yield forger


async def _at(forger: Forger, which: str) -> None:
    if which == TRAIL:
        sql = "SELECT generation FROM generations WHERE projection = $1 AND state = 'active' AND version = $2"
        ((number,),) = await forger.run(sql, AUDIT.name, AUDIT.version)
        forger.table = f"audit_{number}"


async def verified(app: App, checkpoints: Sequence[KeptCheckpoint] = ()) -> Verification:
    """What the verification finds now."""
    return await verify(app.log, app.witnesses, app.readers, checkpoints)
