"""The rows of all read tables: to compare them, and to build them anew."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from src.projections import BY_TABLE, PROJECTIONS, Runner, control
from src.projections.read_model import ReadModel
from src.queries.reading import reading
from src.wiring import App

Dump = dict[str, list[tuple[Any, ...]]]


async def rows_of(readers: AsyncEngine, model: type[ReadModel]) -> list[Any]:
    """All rows of a read model, in the order of their keys."""
    async with reading(readers) as read:
        table = read[model]
        return list(await read.execute(select(table).order_by(*table.primary_key)))


async def dump(readers: AsyncEngine) -> Dump:
    """All rows of all read tables that are active, in the order of their keys."""
    return {model.__tablename__: [tuple(map(str, row)) for row in await rows_of(readers, model)] for model in BY_TABLE}


async def rebuilt(app: App, batch: int = 1000) -> Dump:
    """The rows of a fresh build over the same log, in batches of so many events; it is the active one then."""
    runner = Runner(app.log, app.models, PROJECTIONS, app.runner._owner, batch)
    for projection in PROJECTIONS:
        await control.rebuild(app.models, projection)
    before = [(progress.projection, progress.generation) for progress in await runner.progress() if progress.active]
    await runner.build()
    after = [(progress.projection, progress.generation) for progress in await runner.progress() if progress.active]
    assert not set(before) & set(after), "somebody else has them in hand"
    return await dump(app.readers)
