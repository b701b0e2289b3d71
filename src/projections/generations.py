"""The life of a generation: asked for, made, filled beside the one that is read, switched to, retired, dropped.

Readers look up the active generation of their version of a projection in their own transaction. Tables are dropped a
while after their retirement, and never under a reader: each holds a lock on the generations that it reads.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, delete, func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from .projection import Projection
from .registry import ACTIVE, BUILDING, DROPPED, RETIRED, RUNNING, WANTED, CheckpointRow, FaultRow, GenerationRow
from .tables import drop, make

GRACE = timedelta(minutes=1)
"""How long a retired generation stays, whoever reads."""
SUPERSEDED = timedelta(hours=1)
"""How long a version that another one has followed may be left alone by all workers before it is retired."""
READERS_LOCK = 1_886_546_787
"""The class of the advisory locks that readers hold on generations."""

_logger = structlog.get_logger(__name__)


async def prepare(owner: AsyncEngine, projections: Iterable[Projection], head: int) -> None:
    """Gives every projection a generation of its version. One of an empty log is level, and so read at once."""
    async with owner.begin() as connection:
        if connection.dialect.name == "postgresql":  # another may be preparing as well
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('projectory migrations'))"))
        for projection in projections:
            if head == 0:
                await _forget_unused(connection, projection)
            ours = generations_of(projection).where(GenerationRow.state.in_([WANTED, BUILDING, ACTIVE]))
            if await connection.scalar(ours.limit(1)) is None:
                await want(connection, projection)
            await _make(connection, projection)
            if head == 0:
                await connection.execute(
                    update(GenerationRow)
                    .where(GenerationRow.projection == projection.name, GenerationRow.version == projection.version)
                    .where(GenerationRow.state == BUILDING)
                    .values(state=ACTIVE, changed_at=datetime.now(UTC))
                )


async def _forget_unused(connection: AsyncConnection, projection: Projection) -> None:
    """The migrations make tables of the first versions; before anything has happened nobody runs another than ours."""
    of = and_(
        GenerationRow.projection == projection.name,
        GenerationRow.version != projection.version,
        GenerationRow.state == BUILDING,
    )
    for number, names in (
        await connection.execute(select(GenerationRow.generation, GenerationRow.tables).where(of))
    ).all():
        await _clear(connection, projection.name, number, names)
    await connection.execute(delete(GenerationRow).where(of))


async def _clear(connection: AsyncConnection, name: str, number: int, tables: Sequence[str]) -> None:
    """Drops the tables of a generation, and forgets how far it has come."""
    await connection.run_sync(drop, tables)
    for model in (CheckpointRow, FaultRow):
        await connection.execute(delete(model).where(model.projection == name, model.generation == number))


async def states(engine: AsyncEngine, projections: Iterable[Projection]) -> set[tuple[str, bool, str]]:
    """What there is beside the projections' rows: (projection, whether of our version, state) of every generation."""
    versions = {projection.name: projection.version for projection in projections}
    wanted = select(GenerationRow.projection, GenerationRow.version, GenerationRow.state).where(
        GenerationRow.state != DROPPED, GenerationRow.projection.in_(versions)
    )
    async with engine.execution_options(read_only=True).connect() as connection:
        rows = (await connection.execute(wanted)).all()
    return {(row.projection, row.version == versions[row.projection], row.state) for row in rows}


def generations_of(projection: Projection) -> Any:
    """Those of the version that this code has."""
    return select(GenerationRow.generation).where(
        GenerationRow.projection == projection.name, GenerationRow.version == projection.version
    )


async def living(engine: AsyncEngine, projection: Projection, state: str) -> Sequence[int]:
    """Those of our version in that state, that are not paused."""
    wanted = generations_of(projection).where(GenerationRow.state == state, ~GenerationRow.paused)
    async with engine.execution_options(read_only=True).connect() as connection:
        return (await connection.scalars(wanted)).all()


async def want(connection: AsyncConnection, projection: Projection) -> int:
    """Asks for a new generation, to be filled from the beginning of the log; its number."""
    name, now = projection.name, datetime.now(UTC)
    number = (
        await connection.scalar(select(func.max(GenerationRow.generation)).where(GenerationRow.projection == name)) or 0
    ) + 1
    row: dict[str, Any] = {
        "projection": name,
        "generation": number,
        "version": projection.version,
        "tables": [],
        "state": WANTED,
        "paused": False,
        "requested_at": now,
        "changed_at": now,
        "measured_events": 0,
        "speed": 0.0,
    }
    await connection.execute(insert(GenerationRow).values(row))
    return number


async def make_wanted(engine: AsyncEngine, owner: AsyncEngine, projections: Sequence[Projection]) -> None:
    """Makes the tables of what was asked for; where the role may not, that is kept where operators see it."""
    for projection in projections:
        try:
            async with owner.begin() as connection:
                await _make(connection, projection)
        except ProgrammingError as error:
            told = f"its tables cannot be made: {error.orig}; set PROJECTORY_OWNER_DATABASE_URL for the workers"
            _logger.error("read model cannot be rebuilt", projection=projection.name, error=told)  # noqa: TRY400 - an outage
            async with engine.begin() as connection:
                await connection.execute(
                    update(GenerationRow)
                    .where(GenerationRow.projection == projection.name, GenerationRow.state == WANTED)
                    .values(error=told)
                )


async def _make(connection: AsyncConnection, projection: Projection) -> None:
    wanted = generations_of(projection).where(GenerationRow.state == WANTED).with_for_update(skip_locked=True)
    for number in (await connection.scalars(wanted)).all():
        names = await connection.run_sync(make, projection.tables, number)
        now = datetime.now(UTC)
        rows = [
            {
                "projection": projection.name,
                "generation": number,
                "bucket": bucket,
                "position": 0,
                "events": 0,
                "state": RUNNING,
                "updated_at": now,
            }
            for bucket in projection.buckets
        ]
        await connection.execute(insert(CheckpointRow), rows)
        await connection.execute(
            update(GenerationRow)
            .where(GenerationRow.projection == projection.name, GenerationRow.generation == number)
            .values(state=BUILDING, tables=names, error=None, changed_at=now, measured_at=now)
        )


async def retire_superseded(engine: AsyncEngine, projection: Projection) -> None:
    """Retires generations of other versions that no worker has moved for long, once ours is read."""
    before = datetime.now(UTC) - SUPERSEDED
    moved = select(CheckpointRow.updated_at).where(
        CheckpointRow.projection == GenerationRow.projection,
        CheckpointRow.generation == GenerationRow.generation,
        CheckpointRow.updated_at >= before,
    )
    async with engine.begin() as connection:
        ours = generations_of(projection).where(GenerationRow.state == ACTIVE, GenerationRow.changed_at < before)
        if await connection.scalar(ours.limit(1)) is None:
            return
        await connection.execute(
            update(GenerationRow)
            .where(GenerationRow.projection == projection.name, GenerationRow.version != projection.version)
            .where(GenerationRow.state.in_([ACTIVE, BUILDING, WANTED]), ~moved.exists())
            .values(state=RETIRED, changed_at=datetime.now(UTC))
        )


async def drop_retired(owner: AsyncEngine, grace: timedelta = GRACE) -> None:
    """Drops the tables of generations that were retired a while ago and that nobody reads any more."""
    retired = select(GenerationRow.projection, GenerationRow.generation, GenerationRow.tables).where(
        GenerationRow.state == RETIRED, GenerationRow.changed_at <= datetime.now(UTC) - grace
    )
    async with owner.begin() as connection:
        for name, number, tables in (await connection.execute(retired.with_for_update(skip_locked=True))).all():
            if not await _free(connection, name, number):
                continue
            await _clear(connection, name, number, tables)
            await connection.execute(
                update(GenerationRow)
                .where(GenerationRow.projection == name, GenerationRow.generation == number)
                .values(state=DROPPED, changed_at=datetime.now(UTC))
            )
            _logger.info("read model dropped", projection=name, generation=number)


async def _free(connection: AsyncConnection, name: str, number: int) -> bool:
    """Whether no reader holds the generation. On SQLite a reader keeps what it has seen, whatever is dropped."""
    if connection.dialect.name == "sqlite":
        return True
    taken = "SELECT pg_try_advisory_xact_lock(:class, hashtext(:generation))"
    named = {"class": READERS_LOCK, "generation": f"{name} {number}"}
    return bool(await connection.scalar(text(taken), named))
