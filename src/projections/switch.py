"""The switch from what is read to a generation that is level with it.

The checkpoints of both are locked meanwhile, so the new one is at least where the old one is: nobody ever sees an
older state than before.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..events import EventLog, RecordedEvent
from .claims import Claim, move, read, wait_a_while
from .generations import generations_of
from .projection import Projection
from .registry import ACTIVE, BUILDING, RETIRED, RUNNING, CheckpointRow, FaultRow, GenerationRow

_logger = structlog.get_logger(__name__)


async def switch(log: EventLog, engine: AsyncEngine, projection: Projection, batch: int) -> bool:
    """Makes the newest generation the one that is read, if it is as far as what is read now; whether it did.

    While the checkpoints of both are locked it is given the last few events that it lacks: where commands never
    pause it would else always be just behind.
    """
    if not await _near(log, engine, projection, batch):
        return False
    async with engine.begin() as connection:
        await wait_a_while(connection)
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
        ours_active = [row.generation for row in ours if row.state == ACTIVE]
        if not await _complete(log, connection, projection, new, active, batch):
            return False
        if projection.derivation and not await projection.derivation.complete(connection, new, ours_active):
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
    building = generations_of(projection).where(GenerationRow.state == BUILDING)
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
