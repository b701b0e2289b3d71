"""The life of a generation: asked for, made, filled beside the one that is read, switched to, retired, dropped.

Readers look up the active generation of their version of a projection in their own transaction. A switch locks the
checkpoints of both, so the new one is at least where the old one is. Tables are dropped a while after their
retirement, and never under a reader: each holds a lock on the generations that it reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..events import EventLog, RecordedEvent
from .claims import Claim, move, read
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
            ours = _of(projection).where(GenerationRow.state.in_([WANTED, BUILDING, ACTIVE]))
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


async def states(engine: AsyncEngine, projections: Iterable[Projection]) -> set[tuple[str, bool, str]]:
    """What there is beside the projections' rows: (projection, whether of our version, state) of every generation."""
    versions = {projection.name: projection.version for projection in projections}
    wanted = select(GenerationRow.projection, GenerationRow.version, GenerationRow.state).where(
        GenerationRow.state != DROPPED, GenerationRow.projection.in_(versions)
    )
    async with engine.execution_options(read_only=True).connect() as connection:
        rows = (await connection.execute(wanted)).all()
    return {(row.projection, row.version == versions[row.projection], row.state) for row in rows}


def _of(projection: Projection) -> Any:
    return select(GenerationRow.generation).where(
        GenerationRow.projection == projection.name, GenerationRow.version == projection.version
    )


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
            _logger.error("read model cannot be rebuilt", projection=projection.name, error=told)  # noqa: TRY400
            async with engine.begin() as connection:
                await connection.execute(
                    update(GenerationRow)
                    .where(GenerationRow.projection == projection.name, GenerationRow.state == WANTED)
                    .values(error=told)
                )


async def _make(connection: AsyncConnection, projection: Projection) -> None:
    wanted = _of(projection).where(GenerationRow.state == WANTED).with_for_update(skip_locked=True)
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


async def switch(log: EventLog, engine: AsyncEngine, projection: Projection, batch: int) -> bool:
    """Makes the newest generation the one that is read, if it is as far as what is read now; whether it did.

    While the checkpoints of both are locked it is given the last few events that it lacks: where commands never
    pause it would else always be just behind.
    """
    if not await _near(log, engine, projection, batch):
        return False
    async with engine.begin() as connection:
        found = (
            await connection.execute(
                select(GenerationRow.__table__)
                .where(GenerationRow.projection == projection.name, GenerationRow.state.in_([BUILDING, ACTIVE]))
                .order_by(GenerationRow.generation)
                .with_for_update()
            )
        ).all()
        ours = [row for row in found if row.version == projection.version]
        built = [row.generation for row in ours if row.state == BUILDING and not row.paused]
        if not built:
            return False
        new, active = built[-1], [row.generation for row in found if row.state == ACTIVE]
        if not await _complete(log, connection, projection, new, active, batch):
            return False
        now = datetime.now(UTC)
        retired = [row.generation for row in ours if row.generation != new]
        for numbers, state in ((retired, RETIRED), ([new], ACTIVE)):
            await connection.execute(
                update(GenerationRow)
                .where(GenerationRow.projection == projection.name, GenerationRow.generation.in_(numbers))
                .values(state=state, changed_at=now)
            )
    _logger.info("read model switched", projection=projection.name, generation=new, retired=retired)
    return True


async def _near(log: EventLog, engine: AsyncEngine, projection: Projection, batch: int) -> bool:
    """Whether it is worth the locks, which keep those from work who fill the new generation."""
    building = _of(projection).where(GenerationRow.state == BUILDING)
    wanted = select(CheckpointRow.bucket, CheckpointRow.position).where(
        CheckpointRow.projection == projection.name, CheckpointRow.generation.in_(building)
    )
    async with engine.execution_options(read_only=True).connect() as connection:
        at = {row.bucket: row.position for row in await connection.execute(wanted)}
    heads = await log.heads()
    late = {bucket: position for bucket, position in at.items() if position < heads.get(bucket, 0)}
    return not late or sum(pending.events for pending in (await log.pending(late)).values()) <= batch


async def _complete(
    log: EventLog, connection: AsyncConnection, projection: Projection, new: int, active: Sequence[int], batch: int
) -> bool:
    """Brings the new generation to where all active ones are, or the log where none is; False: it is too far."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL lock_timeout = '10s'"))
    rows = await connection.execute(
        select(CheckpointRow.generation, CheckpointRow.bucket, CheckpointRow.position, CheckpointRow.state)
        .where(CheckpointRow.projection == projection.name, CheckpointRow.generation.in_([new, *active]))
        .order_by(CheckpointRow.generation, CheckpointRow.bucket)
        .with_for_update()
    )
    shown: dict[int, int] = {}
    own: dict[int, int] = {}
    for row in rows:
        if row.generation != new:
            shown[row.bucket] = max(row.position, shown.get(row.bucket, 0))
        elif row.state != RUNNING:
            return False
        else:
            own[row.bucket] = row.position
    heads = shown or await log.heads()
    waiting = await _waiting(connection, projection, [new, *active])
    for (bucket, project), position in waiting[new].items():
        if not active or any(waiting[n].get((bucket, project), position + 1) > position for n in active):
            return False
    missing = {bucket: position for bucket, position in own.items() if position < heads.get(bucket, 0)}
    recorded = await read(log, missing, batch)
    news: dict[int, list[RecordedEvent]] = defaultdict(list)
    for event in recorded:
        if event.position <= heads[bucket := projection.bucket_of(event)]:
            news[bucket].append(event)
    if any(len(events) >= batch and events[-1].position < heads[bucket] for bucket, events in news.items()):
        return False
    parked = {project for _, project in waiting[new]}
    lacked = [event for bucket in news for event in news[bucket] if event.project not in parked]
    await projection.project(sorted(lacked, key=lambda event: event.position), connection, new)
    claims = [Claim(projection, new, bucket, position, frozenset()) for bucket, position in missing.items()]
    await move(connection, [(each, heads[each.bucket], len(news[each.bucket])) for each in claims], RUNNING)
    return True


async def _waiting(
    connection: AsyncConnection, projection: Projection, generations: Sequence[int]
) -> defaultdict[int, dict[tuple[int, UUID], int]]:
    """By generation: the positions of what waits at an event that could not be applied, by bucket and project."""
    rows = await connection.execute(
        select(FaultRow.generation, FaultRow.bucket, FaultRow.project, FaultRow.position).where(
            FaultRow.projection == projection.name, FaultRow.generation.in_(generations)
        )
    )
    found: defaultdict[int, dict[tuple[int, UUID], int]] = defaultdict(dict)
    for row in rows:
        found[row.generation][row.bucket, row.project] = row.position
    return found


async def retire_superseded(engine: AsyncEngine, projection: Projection) -> None:
    """Retires generations of other versions that no worker has moved for long, once ours is read."""
    before = datetime.now(UTC) - SUPERSEDED
    moved = select(CheckpointRow.updated_at).where(
        CheckpointRow.projection == GenerationRow.projection,
        CheckpointRow.generation == GenerationRow.generation,
        CheckpointRow.updated_at >= before,
    )
    async with engine.begin() as connection:
        ours = _of(projection).where(GenerationRow.state == ACTIVE, GenerationRow.changed_at < before)
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
            await connection.run_sync(drop, tables)
            for model in (CheckpointRow, FaultRow):
                table: Any = model.__table__
                await connection.execute(table.delete().where(table.c.projection == name, table.c.generation == number))
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
