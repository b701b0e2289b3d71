"""What cannot be applied: the project that it belongs to waits there, its bucket and all others go on.

A bucket whose batch failed is gone through project by project, and the project that failed event by event. What is
found is kept with its error and trace. A read model that is not bucketed has one order only, and waits as a whole.
"""

import traceback
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..events import EventLog, LogUnavailableError, RecordedEvent
from .claims import Claim, lock, move
from .outages import is_outage
from .projection import Projection
from .registry import (
    ACTIVE,
    BUILDING,
    FAULTED,
    NO_PROJECT,
    RETRYING,
    RUNNING,
    CheckpointRow,
    FaultRow,
    GenerationRow,
    checkpoint_of,
)

_LONGEST_ERROR, _LONGEST_TRACE = 2_000, 20_000
_CUT = "LogCut"
_logger = structlog.get_logger(__name__)

_Fault = tuple[RecordedEvent, Exception]


class _UnsoundError(Exception):
    """Rows refer to rows that are not there."""


async def go_carefully(connection: AsyncConnection, claim: Claim, recorded: Sequence[RecordedEvent]) -> None:
    """Applies a batch of one bucket as far as it can be, and parks what cannot."""
    groups: dict[UUID, list[RecordedEvent]] = defaultdict(list)
    for event in recorded:
        groups[(event.project if claim.projection.bucketed else None) or NO_PROJECT].append(event)
    for project, events in groups.items():
        if project in claim.parked:
            continue
        fault = await _isolate(connection, claim.projection, claim.generation, events)
        if fault is None:
            continue
        await _keep(connection, claim, project, fault)
        if project == NO_PROJECT:
            await move(connection, [(claim, fault[0].position - 1, events.index(fault[0]))], FAULTED)
            return
    await move(connection, [(claim, recorded[-1].position, len(recorded))], RUNNING)


async def _isolate(
    connection: AsyncConnection, projection: Projection, generation: int, events: Sequence[RecordedEvent]
) -> _Fault | None:
    """Applies the events; those before the first that cannot be, and that one with its error."""
    if await _attempt(connection, projection, generation, events) is None:
        return None
    for event in events:
        error = await _attempt(connection, projection, generation, [event])
        if error is not None:
            return event, error
    return None


async def _attempt(
    connection: AsyncConnection, projection: Projection, generation: int, events: Sequence[RecordedEvent]
) -> Exception | None:
    """Applies the events, or nothing of them and tells why."""
    try:
        async with connection.begin_nested():
            await projection.project(events, connection, generation)
            await _check_references(connection)
    except LogUnavailableError:
        raise
    except Exception as error:
        if is_outage(error):
            raise
        return error
    return None


async def _check_references(connection: AsyncConnection) -> None:
    """Foreign keys that are only checked at the end of a transaction are checked now, while we know of what."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        await connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    elif broken := (await connection.execute(text("PRAGMA foreign_key_check"))).first():
        raise _UnsoundError(f"a row of {broken[0]} refers to one of {broken[2]} that is not there")


async def _keep(connection: AsyncConnection, claim: Claim, project: UUID, fault: _Fault) -> None:
    event, error = fault
    _logger.error(
        "event cannot be applied",
        projection=claim.projection.name,
        generation=claim.generation,
        event_position=event.position,
        type=event.type,
        waiting=str(project) if project != NO_PROJECT else "all of it",
        exc_info=error,
    )
    key = {"projection": claim.projection.name, "generation": claim.generation, "bucket": claim.bucket}
    await _put(connection, {**key, "project": project, **_told(event, error)})


async def _put(connection: AsyncConnection, row: dict[str, Any]) -> None:
    """A new fault, in the place of one that is there for the same."""
    table: Any = FaultRow.__table__
    await connection.execute(_of(table.delete(), row))
    await connection.execute(table.insert().values(row))


def _told(event: RecordedEvent, error: Exception) -> dict[str, Any]:
    return {
        "position": event.position - 1,
        "event": event.position,
        "type": event.type,
        "error": _storable(f"{type(error).__name__}: {error}")[:_LONGEST_ERROR],
        "trace": _storable("".join(traceback.format_exception(error)))[-_LONGEST_TRACE:],
        "state": FAULTED,
        "at": datetime.now(UTC),
    }


def _storable(text_: str) -> str:
    """An error quotes what it could not take, and that need not be text that a database takes."""
    return text_.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _of(statement: Any, row: Any) -> Any:
    """The statement, on the row of that key."""
    keys = ("projection", "generation", "bucket", "project")
    given = row if isinstance(row, dict) else row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return statement.where(*(getattr(FaultRow, key) == given[key] for key in keys))


async def mend(log: EventLog, engine: AsyncEngine, projections: Sequence[Projection], batch: int) -> int:
    """Lets those go on that are to be tried again, until they are where their bucket is; the events passed."""
    by_name = {projection.name: projection for projection in projections}
    wanted = (
        select(FaultRow.__table__, GenerationRow.version)
        .join(
            GenerationRow,
            (GenerationRow.projection == FaultRow.projection) & (GenerationRow.generation == FaultRow.generation),
        )
        .where(FaultRow.state == RETRYING, GenerationRow.state.in_([ACTIVE, BUILDING]), ~GenerationRow.paused)
    )
    async with engine.execution_options(read_only=True).connect() as connection:
        found = (await connection.execute(wanted)).all()
    passed = 0
    for row in found:
        projection = by_name.get(row.projection)
        if projection is not None and projection.version == row.version:
            while step := await _rejoin(log, engine, projection, row, batch):
                passed += step
    return passed


async def _rejoin(log: EventLog, engine: AsyncEngine, projection: Projection, fault: Any, batch: int) -> int:
    """Applies some of what the project has missed, under the lock of its bucket; 0 when it is done with."""
    async with engine.begin() as connection:
        checkpoint = await lock(connection, fault.projection, fault.generation, fault.bucket)
        found = (await connection.execute(_of(select(FaultRow.__table__), fault))).one_or_none()
        if checkpoint is None or found is None or found.state != RETRYING:
            return 0
        table: Any = FaultRow.__table__
        if fault.project == NO_PROJECT:
            await connection.execute(_of(table.delete(), fault))
            await connection.execute(
                update(CheckpointRow)
                .where(checkpoint_of(fault.projection, fault.generation, fault.bucket))
                .values(position=found.position, state=RUNNING)
            )
            return 0
        recorded = await log.read_project(fault.project, found.position, batch)
        missed = [event for event in recorded if event.position <= checkpoint.position]
        failed = await _isolate(connection, projection, fault.generation, missed) if missed else None
        if failed is not None:
            event, error = failed
            _logger.error("event still cannot be applied", projection=projection.name, event_position=event.position)
            await connection.execute(_of(table.update(), fault).values(_told(event, error)))
            return 0
        if len(missed) < batch:
            await connection.execute(_of(table.delete(), fault))
            _logger.info("project goes on", projection=projection.name, project=str(fault.project))
            return 0
        await connection.execute(_of(table.update(), fault).values(position=missed[-1].position))
        return len(missed)


async def stop_beyond_the_end(log: EventLog, engine: AsyncEngine, projections: Sequence[Projection]) -> None:
    """Stops what has projected more than the log holds, as after a restore of the log alone."""
    names, head = [projection.name for projection in projections], await log.head()
    beyond = select(CheckpointRow.__table__).where(
        CheckpointRow.position > head, CheckpointRow.state == RUNNING, CheckpointRow.projection.in_(names)
    )
    async with engine.begin() as connection:
        found = (await connection.execute(beyond.with_for_update(skip_locked=True))).all()
        head = await log.head() if found else head  # what was appended and projected meanwhile is not beyond it
        for row in found:
            if row.position <= head:
                continue
            error = f"the log ends at {head}: was it restored without the read models? Rebuild them"
            _logger.error("projection is beyond the end of the log", projection=row.projection, position=row.position)
            key = {"projection": row.projection, "generation": row.generation, "bucket": row.bucket}
            told = {"position": row.position, "event": row.position + 1, "type": _CUT, "error": error, "trace": ""}
            at = datetime.now(UTC)
            await _put(connection, {**key, "project": NO_PROJECT, **told, "state": FAULTED, "at": at})
            await connection.execute(update(CheckpointRow).where(checkpoint_of(**key)).values(state=FAULTED))
