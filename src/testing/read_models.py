"""The databases of read models, their tables and checkpoints: all that the kit knows of how these are kept."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from alembic import command
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from .. import migrate
from ..config import Settings
from ..database import open_database
from ..events import EventLog, RecordedEvent
from ..projections import PROJECTIONS, Projection, Runner
from ..projections.generations import prepare
from ..projections.read_model import ReadModel
from ..projections.registry import FAULTED, CheckpointRow
from ..queries.reading import reading

Rows = list[dict[str, Any]]


@asynccontextmanager
async def a_database(settings: Settings | None) -> AsyncIterator[Settings]:
    """The database, migrated; if none is given, one in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="projectory-test-") as folder:
        settings = settings or Settings(database_url=f"sqlite:///{folder}/projectory.db", redis_url=None)
        await migrate.upgrade(settings)
        yield settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[EventLog, AsyncEngine]]:
    """The log, and the engine that projections write with."""
    database, log = open_database(settings)
    try:
        yield log, database.models
    finally:
        await log.close()
        await database.dispose()


async def project(log: EventLog, engine: AsyncEngine, projections: Sequence[Projection]) -> None:
    """Runs the projections until they are level; AssertionError when an event stops one."""
    runner = Runner(log, engine, projections)
    while await runner.catch_up_all():
        pass
    for progress in await runner.progress():
        if progress.state == FAULTED:
            raise AssertionError(f"the projection {progress.projection} was stopped by {progress.error}")


async def rewind(engine: AsyncEngine, projections: Sequence[Projection]) -> None:
    """Lets the projections begin again on the rows that are there."""
    async with engine.begin() as connection:
        names = [projection.name for projection in projections]
        await connection.execute(update(CheckpointRow).where(CheckpointRow.projection.in_(names)).values(position=0))


async def empty(settings: Settings) -> None:
    """Makes all read tables anew, without a row or a checkpoint; nobody may have the database open."""
    await migrate.run(settings, migrate.READ, lambda config: command.downgrade(config, "base"))
    await migrate.run(settings, migrate.READ, lambda config: command.upgrade(config, "head"))
    database, log = open_database(settings)
    await prepare(database.owner, PROJECTIONS, head=0)  # as if the log were empty still: the tables are read at once
    await log.close()
    await database.dispose()


async def rows(engine: AsyncEngine, model: type[ReadModel]) -> Rows:
    """All rows of a table in the order of their keys."""
    async with reading(engine.execution_options(read_only=True)) as read:
        table = read[model]
        found = await read.execute(select(table).order_by(*table.primary_key.columns))
        return [dict(row) for row in found.mappings()]


class _OneByOne:
    """A log that hands its events over one at a time."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def read(self, after: int, _limit: int) -> Sequence[RecordedEvent]:
        return await self._log.read(after, 1)

    async def read_buckets(self, after: Mapping[int, int], _limit: int) -> Sequence[RecordedEvent]:
        return await self._log.read_buckets(after, 1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def one_by_one(log: EventLog) -> EventLog:
    """The log as a runner sees it that is never behind."""
    return cast("EventLog", _OneByOne(log))
