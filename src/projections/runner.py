"""Runs projections: reads the log, applies a batch to rows in memory, writes rows and checkpoint together.

So each event counts once, however often the runner is woken and wherever it is stopped. A lock on the
checkpoint's row admits one worker; another waits for its turn. An event that cannot be applied stops its
projection before that event, with the error kept; the others go on.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog
from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..events import EventLog, LogUnavailableError, RecordedEvent
from .checkpoints import FAULTED, RUNNING, CheckpointRow, Progress
from .projection import Projection
from .rows import Rows

BATCH = 1_000
_LARGEST = 20
"""How many times that the batches grow while a projection is far behind."""
_TURN_SECONDS = 10
_VALUES = ("22", "23")
"""The classes of SQLSTATE that speak of values: data exceptions and broken constraints."""

_logger = structlog.get_logger(__name__)


class _NotApplicableError(Exception):
    """The event behind this position, or one of the batch that begins there, could not be applied."""

    def __init__(self, after: int) -> None:
        super().__init__(after)
        self.after = after


class _LogCutError(Exception):
    """What was projected is not in the log any more."""


class Runner:
    """Brings projections up to date. Any number of them, in any number of processes, may run at once."""

    def __init__(
        self, log: EventLog, engine: AsyncEngine, projections: Sequence[Projection], batch: int = BATCH
    ) -> None:
        self.projections = projections
        self._log = log
        self._engine = engine
        self._batch = batch
        # Those who wait within this process hold no connection meanwhile.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def catch_up(self, projection: Projection) -> int:
        """Applies all that is in the log; the number of events passed. Raises LogUnavailableError."""
        passed, limit = 0, self._batch
        async with self._turns[projection.name]:
            while step := await self._step(projection, limit):
                passed += step
                if step == limit:  # far behind: what every batch touches anew costs less the fewer there are
                    limit = min(limit * 4, self._batch * _LARGEST)
        return passed

    async def catch_up_all(self) -> int:
        """All projections; one that fails does not keep the others, and its error is raised at the end."""
        passed, failure = 0, None
        for projection in self.projections:
            try:
                passed += await self.catch_up(projection)
            except Exception as error:  # noqa: BLE001 - raised below
                failure = error
        if failure is not None:
            raise failure
        return passed

    async def progress(self) -> list[Progress]:
        """Where each projection stands, measured against the end of the log."""
        async with self._engine.execution_options(read_only=True).connect() as connection:
            found = {row.projection: row for row in await connection.execute(select(CheckpointRow.__table__))}
        head = await self._log.head()
        return [_progress(projection, found.get(projection.name), head) for projection in self.projections]

    async def retry(self, projection: Projection) -> None:
        """Lets a stopped projection try its event again."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(CheckpointRow)
                .where(CheckpointRow.projection == projection.name, CheckpointRow.state == FAULTED)
                .values(state=RUNNING, error=None, updated_at=datetime.now(UTC))
            )

    async def _step(self, projection: Projection, limit: int) -> int:
        """One batch. Where an event of it cannot be applied: as many events one by one, up to that one."""
        try:
            return await self._whole(projection, limit)
        except _NotApplicableError:
            _logger.warning("batch rolled back", projection=projection.name)
        passed = 0
        while passed < self._batch:
            try:
                if not await self._whole(projection, 1):
                    break
            except _NotApplicableError as error:
                await self._fault(projection, error.after, error.__cause__)
                break
            passed += 1
        return passed

    async def _whole(self, projection: Projection, limit: int) -> int:
        """A batch that is under way is ended before a cancellation is followed: cut off, it would keep its locks."""
        batch = asyncio.ensure_future(self._apply(projection, limit))
        try:
            return await asyncio.shield(batch)
        except asyncio.CancelledError:
            await asyncio.wait([batch])
            raise

    async def _apply(self, projection: Projection, limit: int) -> int:
        after = None
        try:
            async with self._engine.begin() as connection:
                after = await self._checkpoint(connection, projection)
                if after is None:
                    return 0
                recorded = await self._log.read(after, limit)
                if not recorded:
                    await self._check_end(after)
                    return 0
                await self._apply_to_rows(projection, recorded, connection)
                await connection.execute(
                    update(CheckpointRow)
                    .where(CheckpointRow.projection == projection.name)
                    .values(position=recorded[-1].position, updated_at=datetime.now(UTC))
                )
            return len(recorded)
        except LogUnavailableError:
            raise
        except Exception as error:
            if _is_outage(error):
                raise LogUnavailableError(str(error) or type(error).__name__) from error
            if after is None:
                raise
            raise _NotApplicableError(after) from error

    async def _check_end(self, position: int) -> None:
        if position > (head := await self._log.head()):
            raise _LogCutError(f"the log ends at {head}: was it restored without the read models?")

    async def _apply_to_rows(
        self, projection: Projection, recorded: Sequence[RecordedEvent], connection: AsyncConnection
    ) -> None:
        followed = projection.follows()
        rows = Rows(connection)
        mine = [event for event in recorded if followed is None or event.type in followed]
        await rows.fetch(need for event in mine for need in projection.needs(event))
        for event in mine:
            projection.apply(event, rows)
        projection.settle(rows)
        await rows.flush()

    async def _checkpoint(self, connection: AsyncConnection, projection: Projection) -> int | None:
        """The position, locked until the end of the transaction; None when it is not ours to move."""
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_TURN_SECONDS}s'"))
        wanted = select(CheckpointRow.position, CheckpointRow.state, CheckpointRow.version).where(
            CheckpointRow.projection == projection.name
        )
        wanted = wanted.with_for_update()
        row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            await connection.execute(self._first(connection, projection))
            row = (await connection.execute(wanted)).one()
        if row.version != projection.version:
            _logger.warning("another version has the read model", projection=projection.name, version=row.version)
            return None
        return row.position if row.state == RUNNING else None

    def _first(self, connection: AsyncConnection, projection: Projection) -> Any:
        """Makes the checkpoint unless another worker just has."""
        insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(CheckpointRow)
        values = {"projection": projection.name, "version": projection.version, "position": 0, "state": RUNNING}
        return insert.values(**values, updated_at=datetime.now(UTC)).on_conflict_do_nothing()

    async def _fault(self, projection: Projection, after: int, cause: BaseException | None) -> None:
        """Stops the projection there, unless another worker has got past it or stopped it already."""
        async with self._engine.begin() as connection:
            if await self._checkpoint(connection, projection) != after:
                return
            _logger.error("projection stopped", projection=projection.name, exc_info=cause)
            error = f"event {after + 1}: {type(cause).__name__}: {cause}"
            await connection.execute(
                update(CheckpointRow)
                .where(CheckpointRow.projection == projection.name)
                .values(state=FAULTED, error=error, updated_at=datetime.now(UTC))
            )


def _is_outage(error: Exception) -> bool:
    """Whether the database could not be reached or used, and not: was given a value that it does not take."""
    match error:
        case OperationalError() | PoolTimeoutError() | OSError() | asyncpg.InternalClientError():
            return True
        case asyncpg.PostgresError():
            return not (error.sqlstate or "").startswith(_VALUES)
        case asyncpg.InterfaceError():
            return not isinstance(error, ValueError)
        case DataError() | IntegrityError():
            return False
        case DBAPIError():
            state = getattr(error.orig, "sqlstate", None)
            if state is None:
                return error.connection_invalidated or isinstance(error, InterfaceError)
            return not state.startswith(_VALUES)
        case _:
            return False


def _progress(projection: Projection, row: Any, head: int) -> Progress:
    if row is None:
        return Progress(projection.name, projection.version, 0, head, RUNNING, None, None)
    return Progress(
        projection.name, row.version, row.position, head - row.position, row.state, row.error, row.updated_at
    )
