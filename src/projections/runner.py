"""Runs projections: reads the log, applies a batch to rows in memory, writes rows and checkpoint together.

So each event counts once, however often the runner is woken and wherever it is stopped. A lock on the
checkpoint's row admits one worker; another waits for its turn. An event that cannot be applied stops its
projection before that event, with the error kept; the others go on.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..events import EventLog, LogUnavailableError, RecordedEvent
from .checkpoints import FAULTED, RUNNING, CheckpointRow, Progress
from .projection import Projection
from .rows import Rows

BATCH = 1_000
_TURN_SECONDS = 10

_logger = structlog.get_logger(__name__)


class _NotApplicableError(Exception):
    """Some event of the batch could not be applied; the batch was rolled back."""


class Runner:
    """Brings projections up to date. Any number of them, in any number of processes, may run at once."""

    def __init__(
        self, log: EventLog, engine: AsyncEngine, projections: Sequence[Projection], batch: int = BATCH
    ) -> None:
        self.projections = projections
        self._log = log
        self._engine = engine
        self._batch = batch

    async def catch_up(self, projection: Projection) -> int:
        """Applies all that is in the log; the number of events passed. Raises LogUnavailableError."""
        passed = 0
        while step := await self._step(projection):
            passed += step
        return passed

    async def catch_up_all(self) -> int:
        return sum([await self.catch_up(projection) for projection in self.projections])

    async def progress(self) -> list[Progress]:
        """Where each projection stands, measured against the end of the log."""
        head = await self._log.head()
        async with self._engine.connect() as connection:
            found = {row.projection: row for row in await connection.execute(select(CheckpointRow.__table__))}
        return [_progress(projection, found.get(projection.name), head) for projection in self.projections]

    async def retry(self, projection: Projection) -> None:
        """Lets a stopped projection try its event again."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(CheckpointRow)
                .where(CheckpointRow.projection == projection.name, CheckpointRow.state == FAULTED)
                .values(state=RUNNING, error=None, updated_at=datetime.now(UTC))
            )

    async def _step(self, projection: Projection) -> int:
        """One batch. Where an event cannot be applied: the batch up to it, then event by event."""
        try:
            return await self._apply(projection, self._batch)
        except _NotApplicableError:
            _logger.warning("batch rolled back", projection=projection.name)
        while True:
            try:
                if not (passed := await self._apply(projection, 1)):
                    return 0
            except _NotApplicableError as error:
                await self._fault(projection, error.__cause__)
                return 0
            if passed >= self._batch:
                return passed

    async def _apply(self, projection: Projection, limit: int) -> int:
        try:
            async with self._engine.begin() as connection:
                position = await self._checkpoint(connection, projection)
                if position is None:
                    return 0
                recorded = await self._log.read(position, limit)
                if not recorded:
                    return 0
                await self._apply_to_rows(projection, recorded, connection)
                await connection.execute(
                    update(CheckpointRow)
                    .where(CheckpointRow.projection == projection.name)
                    .values(position=recorded[-1].position, updated_at=datetime.now(UTC))
                )
                return len(recorded)
        except (OperationalError, InterfaceError) as error:
            raise LogUnavailableError(str(error.orig)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise LogUnavailableError(str(error.orig)) from error
            raise _NotApplicableError from error

    async def _apply_to_rows(
        self, projection: Projection, recorded: Sequence[RecordedEvent], connection: AsyncConnection
    ) -> None:
        followed = projection.follows()
        rows = Rows(connection)
        mine = [event for event in recorded if followed is None or event.type in followed]
        try:
            await rows.fetch(need for event in mine for need in projection.needs(event))
            for event in mine:
                projection.apply(event, rows)
            projection.settle(rows)
        except DBAPIError:
            raise
        except Exception as error:
            raise _NotApplicableError from error
        await rows.flush()

    async def _checkpoint(self, connection: AsyncConnection, projection: Projection) -> int | None:
        """The position, locked until the end of the transaction; None when the projection is stopped."""
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_TURN_SECONDS}s'"))
        wanted = select(CheckpointRow.position, CheckpointRow.state).where(CheckpointRow.projection == projection.name)
        wanted = wanted.with_for_update()
        row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            await connection.execute(self._first(connection, projection))
            row = (await connection.execute(wanted)).one()
        return row.position if row.state == RUNNING else None

    def _first(self, connection: AsyncConnection, projection: Projection) -> Any:
        """Makes the checkpoint unless another worker just has."""
        insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(CheckpointRow)
        values = {"projection": projection.name, "version": projection.version, "position": 0, "state": RUNNING}
        return insert.values(**values, updated_at=datetime.now(UTC)).on_conflict_do_nothing()

    async def _fault(self, projection: Projection, cause: BaseException | None) -> None:
        _logger.error("projection stopped", projection=projection.name, exc_info=cause)
        async with self._engine.begin() as connection:
            position = await self._checkpoint(connection, projection)
            error = f"event {(position or 0) + 1}: {type(cause).__name__}: {cause}"
            await connection.execute(
                update(CheckpointRow)
                .where(CheckpointRow.projection == projection.name)
                .values(state=FAULTED, error=error, updated_at=datetime.now(UTC))
            )


def _progress(projection: Projection, row: Any, head: int) -> Progress:
    if row is None:
        return Progress(projection.name, projection.version, 0, head, RUNNING, None, None)
    return Progress(
        projection.name, row.version, row.position, max(0, head - row.position), row.state, row.error, row.updated_at
    )
