"""The databases of read models, their generations and checkpoints: all that the kit knows of how these are kept."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select, update

from .. import migrate
from ..config import Settings
from ..database import Database, open_database
from ..events import EventLog, RecordedEvent
from ..events.log import WHOLE, bucket_of
from ..projections import PROJECTIONS, Projection, Runner, control, generations
from ..projections.read_model import ReadModel
from ..projections.registry import ACTIVE, CheckpointRow, GenerationRow
from ..projections.tables import tables

Rows = list[dict[str, Any]]


@asynccontextmanager
async def a_database(settings: Settings | None) -> AsyncIterator[Settings]:
    """The database, migrated; if none is given, one in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="projectory-test-") as folder:
        settings = settings or Settings(database_url=f"sqlite:///{folder}/projectory.db", redis_url=None)
        await migrate.upgrade(settings)
        yield settings


@dataclass(frozen=True)
class ReadModels:
    """The tables of some projections, beside an open log."""

    log: EventLog
    database: Database
    projections: Sequence[Projection]

    async def follow(self) -> None:
        """Runs the projections after each event, as if they were never behind."""
        events = await self.log.read(0, await self.log.head())
        for end in range(1, len(events) + 1):
            until = cast("EventLog", _LogUntil(events[:end]))
            await Runner(until, self.database.models, self.projections).catch_up()
        await self._level()

    async def rebuild(self) -> None:
        """All events at once, into new tables, which are read from then on."""
        for projection in self.projections:
            await control.rebuild(self.database.models, projection)
        await self._level()

    async def follow_again(self) -> None:
        """The same events on the rows that are there; but for what is only ever added to: the database refuses that."""
        again = [p.name for p in self.projections if not any(model.append_only for model in p.tables)]
        async with self.database.models.begin() as connection:
            changed = update(CheckpointRow).where(CheckpointRow.projection.in_(again)).values(position=0)
            await connection.execute(changed)
        await self._level()

    async def rows(self, model: type[ReadModel]) -> Rows:
        """All rows of the table that is read now, in the order of their keys."""
        projection = next(each for each in (*self.projections, *PROJECTIONS) if model in each.tables)
        active = select(GenerationRow.generation).where(
            GenerationRow.projection == projection.name,
            GenerationRow.version == projection.version,
            GenerationRow.state == ACTIVE,
        )
        async with self.database.readers.connect() as connection:
            table = tables((await connection.execute(active)).scalar_one())[model]
            found = await connection.execute(select(table).order_by(*table.primary_key.columns))
            return [dict(row) for row in found.mappings()]

    async def _level(self) -> None:
        """Runs the projections until nothing is left to do; AssertionError when an event stops one."""
        runner = Runner(self.log, self.database.models, self.projections, self.database.owner)
        while await runner.catch_up_all():
            pass
        for progress in await runner.progress():
            if progress.error or progress.lag:
                raise AssertionError(f"the projection {progress.projection} was stopped: {progress.error}")


@asynccontextmanager
async def read_models(settings: Settings, projections: Sequence[Projection]) -> AsyncIterator[ReadModels]:
    """Opens an empty database, with tables for these projections."""
    database, log = open_database(settings)
    try:
        if await log.head():
            raise ValueError("the database holds events already: name one that is empty")
        await generations.prepare(database.owner, projections, 0)
        yield ReadModels(log, database, projections)
    finally:
        await log.close()
        await database.dispose()


class _LogUntil:
    """A log when it ended with the last of these events."""

    def __init__(self, events: Sequence[RecordedEvent]) -> None:
        self._events = events

    async def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        return self._events[after : after + limit]

    async def read_buckets(self, after: Mapping[int, int], limit: int) -> Sequence[RecordedEvent]:
        found = [self._of(bucket, position)[:limit] for bucket, position in after.items()]
        return sorted((event for events in found for event in events), key=lambda event: event.position)

    async def head(self) -> int:
        return len(self._events)

    async def heads(self) -> Mapping[int, int]:
        buckets = {bucket_of(event.project): event.position for event in self._events if event.project}
        return {WHOLE: len(self._events), **buckets}

    def _of(self, bucket: int, after: int) -> Sequence[RecordedEvent]:
        return [e for e in self._events[after:] if e.project and bucket_of(e.project) == bucket]
