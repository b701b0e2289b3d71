"""What an operator may do to a projection: pause it, let it go on, try again, pass over an event, rebuild it.

Each changes what the registry says, on all generations that live; the runners find it there. Doing one twice does
no more than once, so that whoever carries them out may repeat them.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from .generations import want
from .projection import Projection
from .registry import ACTIVE, BUILDING, FAULTED, RETRYING, WANTED, FaultRow, GenerationRow

_LIVING = GenerationRow.state.in_([WANTED, BUILDING, ACTIVE])


async def pause(engine: AsyncEngine, projection: Projection, *, paused: bool = True) -> None:
    """Stops the projection after the batches under way, or lets it go on."""
    async with engine.begin() as connection:
        await connection.execute(
            update(GenerationRow).where(GenerationRow.projection == projection.name, _LIVING).values(paused=paused)
        )


async def retry(engine: AsyncEngine, projection: Projection, project: UUID | None = None) -> None:
    """Lets what could not be applied be tried again; of one project, or all of it."""
    await _again(engine, projection, project, {"state": RETRYING})


async def skip(engine: AsyncEngine, projection: Projection, event: int) -> None:
    """Passes over the event of that position, where something waits at it, and goes on behind it."""
    await _again(engine, projection, None, {"state": RETRYING, "position": event}, FaultRow.event == event)


async def rebuild(engine: AsyncEngine, projection: Projection) -> None:
    """Asks for a new generation beside the present one, unless one is on its way."""
    async with engine.begin() as connection:
        coming = select(GenerationRow.generation).where(
            GenerationRow.projection == projection.name,
            GenerationRow.version == projection.version,
            GenerationRow.state.in_([WANTED, BUILDING]),
        )
        if await connection.scalar(coming.limit(1)) is None:
            await want(connection, projection)


async def _again(
    engine: AsyncEngine, projection: Projection, project: UUID | None, values: dict[str, Any], *which: Any
) -> None:
    of = [FaultRow.projection == projection.name, FaultRow.state == FAULTED, *which]
    if project is not None:
        of.append(FaultRow.project == project)
    async with engine.begin() as connection:
        await connection.execute(update(FaultRow).where(*of).values(values))
