"""Where projections stand: lag in events and seconds, speed, time to go, and what could not be applied."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events import EventLog
from ..events.log import WHOLE
from .projection import Projection
from .registry import (
    ACTIVE,
    BUILDING,
    DROPPED,
    FAULTED,
    NO_PROJECT,
    RETIRED,
    RUNNING,
    CheckpointRow,
    FaultRow,
    GenerationRow,
)

PAUSED = "paused"
_MEASURED_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Fault:
    """An event that could not be applied. `project` waits at it; None: the whole read model does."""

    bucket: int
    project: UUID | None
    event: int
    type: str
    error: str
    trace: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BucketProgress:
    """A bucket that is behind."""

    bucket: int
    position: int
    lag: int
    lag_seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a generation of a projection stands.

    `lag` counts the events that it has yet to pass, `lag_seconds` is the age of the oldest of them. `speed` is in
    events a second as last measured, `seconds_to_go` what the lag takes at that speed. `state` is running, paused
    or faulted while it is read, building before; `error` is the first of its faults.
    """

    projection: str
    generation: int
    version: int
    state: str
    active: bool
    position: int
    events: int
    lag: int
    lag_seconds: float
    speed: float
    seconds_to_go: float | None
    error: str | None
    updated_at: datetime | None
    behind: tuple[BucketProgress, ...]
    faults: tuple[Fault, ...]


async def progress(log: EventLog, engine: AsyncEngine, projections: Sequence[Projection]) -> list[Progress]:
    """Every generation that is read or will be, those of our versions and of others."""
    async with engine.execution_options(read_only=True).connect() as connection:
        generations = (await connection.execute(_living())).all()
        checkpoints = _grouped((await connection.execute(select(CheckpointRow.__table__))).all())
        faults = _grouped((await connection.execute(select(FaultRow.__table__).order_by(FaultRow.event))).all())
    heads = await log.heads()
    place = {projection.name: number for number, projection in enumerate(projections)}
    found = []
    for row in sorted(generations, key=lambda row: (place.get(row.projection, len(place)), row.generation)):
        key = row.projection, row.generation
        if row.projection in place:
            found.append(await _one(log, row, checkpoints[key], faults[key], heads))
    return found


def _living() -> Any:
    return select(GenerationRow.__table__).where(GenerationRow.state.not_in([RETIRED, DROPPED]))


def _grouped(rows: Sequence[Any]) -> defaultdict[tuple[str, int], list[Any]]:
    groups: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.projection, row.generation].append(row)
    return groups


async def _one(log: EventLog, row: Any, checkpoints: Sequence[Any], faults: Sequence[Any], heads: Any) -> Progress:
    late = {c.bucket: c.position for c in checkpoints if c.position < heads.get(c.bucket, 0)}
    pending = await log.pending(late) if late else {}
    now = datetime.now(UTC)
    behind = tuple(
        BucketProgress(bucket, late[bucket], waiting.events, _age(waiting.since, now))
        for bucket, waiting in sorted(pending.items())
        if waiting.events
    )
    lag = sum(bucket.lag for bucket in behind)
    kept = tuple(_fault(fault) for fault in faults)
    stopped = any(checkpoint.state == FAULTED for checkpoint in checkpoints)
    beyond = [c.position for c in checkpoints if c.position > heads[WHOLE]]
    return Progress(
        projection=row.projection,
        generation=row.generation,
        version=row.version,
        state=_state(row, stopped=stopped or bool(kept)),
        active=row.state == ACTIVE,
        position=beyond[0] if beyond else min((b.position for b in behind), default=heads[WHOLE]),
        events=sum(checkpoint.events for checkpoint in checkpoints),
        lag=lag,
        lag_seconds=max((bucket.lag_seconds for bucket in behind), default=0.0),
        speed=row.speed,
        seconds_to_go=0.0 if not lag else lag / row.speed if row.speed else None,
        error=row.error or (f"event {kept[0].event}: {kept[0].error}" if kept else None),
        updated_at=max((checkpoint.updated_at for checkpoint in checkpoints), default=None),
        behind=behind,
        faults=kept,
    )


def _state(row: Any, *, stopped: bool) -> str:
    if row.paused:
        return PAUSED
    if stopped:
        return FAULTED
    return RUNNING if row.state == ACTIVE else str(row.state)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _fault(row: Any) -> Fault:
    project = None if row.project == NO_PROJECT else row.project
    return Fault(row.bucket, project, row.event, row.type, row.error, row.trace, row.state, row.at)


async def measure(engine: AsyncEngine) -> None:
    """Takes the speed of every generation over the last few seconds, unless another worker has just done so.

    Where nothing happens nothing is written; the first look after a rest only marks the beginning.
    """
    now = datetime.now(UTC)
    passed = (
        select(func.sum(CheckpointRow.events))
        .where(
            CheckpointRow.projection == GenerationRow.projection, CheckpointRow.generation == GenerationRow.generation
        )
        .scalar_subquery()
    )
    due = or_(GenerationRow.measured_at.is_(None), GenerationRow.measured_at < now - _MEASURED_EVERY)
    moved = or_(GenerationRow.speed > 0, passed != GenerationRow.measured_events)
    wanted = select(GenerationRow.__table__, passed.label("passed")).where(
        GenerationRow.state.in_([ACTIVE, BUILDING]), due, moved
    )
    async with engine.execution_options(read_only=True).connect() as connection:
        found = (await connection.execute(wanted)).all()
    if not found:
        return
    async with engine.begin() as connection:
        for row in found:
            seconds = (now - row.measured_at).total_seconds() if row.measured_at else 0.0
            rested = not row.speed and seconds > _MEASURED_EVERY.total_seconds() * 2
            speed = 0.0 if rested or not seconds else (int(row.passed) - row.measured_events) / seconds
            await connection.execute(
                update(GenerationRow)
                .where(
                    GenerationRow.projection == row.projection,
                    GenerationRow.generation == row.generation,
                    GenerationRow.measured_at.is_not_distinct_from(row.measured_at),  # or another worker was first
                )
                .values(measured_at=now, measured_events=int(row.passed), speed=max(0.0, speed))
            )
